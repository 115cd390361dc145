"""What Python's own compiler says about the names of a module, to compare with."""

from __future__ import annotations

import ast
import symtable
from collections import defaultdict, deque
from typing import NamedTuple


class Key(NamedTuple):
    """What a name denotes: the scope that owns it, and the name."""

    scope: int
    name: str
    is_member: bool


def names_of(source: bytes, filename: str) -> dict[int, Key]:
    """Byte offset of every `ast.Name` and `ast.arg` of a module -> what it denotes."""
    oracle = _Oracle(source, filename)
    oracle.visit(ast.parse(source, filename))
    return oracle.found


class _Oracle(ast.NodeVisitor):
    def __init__(self, source: bytes, filename: str) -> None:
        self.found: dict[int, Key] = {}
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        top = symtable.symtable(source.decode(), filename, "exec")
        self.tables = [top]
        self.waiting: dict[tuple[int, str, int], deque[symtable.SymbolTable]] = defaultdict(deque)
        self._enter(top)

    def _enter(self, table: symtable.SymbolTable) -> None:
        for child in table.get_children():
            key = (table.get_id(), child.get_name(), child.get_lineno())
            self.waiting[key].append(child)
            self._enter(child)

    def _record(self, node: ast.Name | ast.arg, name: str) -> None:
        offset = self.lines[node.lineno - 1] + node.col_offset
        self.found[offset] = self._key(name)

    def _key(self, name: str) -> Key:
        for at in range(len(self.tables) - 1, -1, -1):
            table = self.tables[at]
            if at < len(self.tables) - 1 and table.get_type() == "class":
                continue
            names = set(table.get_identifiers())
            mangled = self._mangled(name)
            if mangled not in names:
                continue
            symbol = table.lookup(mangled)
            if symbol.is_global():
                return Key(self.tables[0].get_id(), name, False)
            if symbol.is_local():
                return Key(table.get_id(), name, table.get_type() == "class")
        return Key(self.tables[0].get_id(), name, False)

    def _mangled(self, name: str) -> str:
        if name.startswith("__") and not name.endswith("__"):
            for table in reversed(self.tables):
                if table.get_type() == "class":
                    return f"_{table.get_name().lstrip('_')}{name}"
        return name

    def _inside(self, node: ast.AST, name: str, parts: list[ast.AST]) -> None:
        key = (self.tables[-1].get_id(), name, node.lineno)  # type: ignore[attr-defined]
        self.tables.append(self.waiting[key].popleft())
        for part in parts:
            self.visit(part)
        self.tables.pop()

    def visit_Name(self, node: ast.Name) -> None:
        self._record(node, node.id)

    def visit_arg(self, node: ast.arg) -> None:
        self._record(node, node.arg)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [item for item in (arguments.vararg, arguments.kwarg) if item]
        outside = [*node.decorator_list, *arguments.defaults, *filter(None, arguments.kw_defaults)]
        outside += [item.annotation for item in every if item.annotation]
        outside += [node.returns] if node.returns else []
        for part in outside:
            self.visit(part)
        self._inside(node, node.name, [*every, *node.body])

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        arguments = node.args
        for part in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            self.visit(part)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [item for item in (arguments.vararg, arguments.kwarg) if item]
        self._inside(node, "lambda", [*every, node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self._inside(node, node.name, [*node.body])

    def _comprehension(self, node: ast.AST, name: str, results: list[ast.expr]) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        self.visit(generators[0].iter)
        parts: list[ast.AST] = [generators[0].target, *generators[0].ifs]
        parts += generators[1:]
        self._inside(node, name, [*parts, *results])

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node, "listcomp", [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node, "setcomp", [node.elt])

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node, "genexpr", [node.elt])

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node, "dictcomp", [node.key, node.value])
