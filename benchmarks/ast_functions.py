"""Python's own parser filling the fields of `read_functions`: the peer of `corpus_extraction`.

Functions, positions and names come from `ast`, comments from `tokenize`, which name is whose from
`symtable`. What is no parsing (style and first sentence of a docstring, which lines a comment
describes) is diglot's own, so that the difference is in reading the code.
"""

from __future__ import annotations

import ast
import io
import re
import symtable
import tokenize
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator

from diglot.languages.base import Language
from diglot.languages.comments import Comment, comments_within, read_comments
from diglot.languages.docstrings import docstring_style
from diglot.languages.functions import FunctionRecord, Identifier, Span
from diglot.languages.lines import Lines
from diglot.languages.scopes import Role
from diglot.languages.sentences import first_sentence

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = {
    "ListComp": "listcomp",
    "SetComp": "setcomp",
    "DictComp": "dictcomp",
    "GeneratorExp": "genexpr",
}
_COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINED = re.compile(r"(?:async\s+)?(?:def|class)\s+")
_TABLES = tuple[symtable.SymbolTable, ...]


class _File:
    """One file: its tree, tables of names and comments."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.lines = Lines(text)
        self.is_ascii = text.isascii()
        self.tree = ast.parse(text)
        self.records: list[FunctionRecord] = []
        self.occurrences: list[tuple[int, int, int, str]] = []
        self.roles: dict[tuple[int, str], Role] = {}
        self.calls: list[tuple[int, str]] = []
        self.tables: dict[tuple[str, int], list[symtable.SymbolTable]] = defaultdict(list)
        top = symtable.symtable(text, "<file>", "exec")
        self._register(top)
        self.found: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str, bool]] = []
        self._walk(self.tree, "", False, (top,))
        self.occurrences.sort()
        self.calls.sort()
        self.comments = self._comments()
        for node, name, is_method in self.found:
            self.records.append(self._record(node, name, is_method))

    def at(self, line: int, column: int) -> int:
        """Character offset of a place; `ast` counts columns in bytes."""
        start = self.lines.start(line)
        if self.is_ascii:
            return start + column
        return start + len(self.lines.line(line).encode()[:column].decode())

    def start(self, node: ast.stmt | ast.expr | ast.arg) -> int:
        """First character of a node."""
        return self.at(node.lineno, node.col_offset)

    def end(self, node: ast.stmt | ast.expr | ast.arg) -> int:
        """One after the last character of a node."""
        return self.at(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _comments(self) -> list[Comment]:
        spans = []
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                start = self.lines.start(token.start[0]) + token.start[1]
                spans.append((start, start + len(token.string)))
        return read_comments(self.lines, spans, self.language)

    def _register(self, table: symtable.SymbolTable) -> None:
        for child in table.get_children():
            self.tables[child.get_name(), child.get_lineno()].append(child)
            self._register(child)

    def _bind(self, name: str, start: int, tables: _TABLES, role: Role | None = None) -> None:
        """Note an occurrence with the table that the name belongs to."""
        owner: symtable.SymbolTable | None = None
        for at in range(len(tables) - 1, -1, -1):
            table = tables[at]
            if at and at < len(tables) - 1 and table.get_type() == "class":
                continue
            try:
                symbol = table.lookup(name)
            except KeyError:
                continue
            if symbol.is_imported():
                return
            if symbol.is_global() and at:
                continue
            if symbol.is_local() or at == 0:
                owner = table if symbol.is_local() else None
                break
        if owner is None:
            return
        key = (owner.get_id(), name)
        if role or key not in self.roles:
            self.roles[key] = role or "variable"
        self.occurrences.append((start, start + len(name), owner.get_id(), name))

    def _walk(self, node: ast.AST, scope: str, in_class: bool, tables: _TABLES) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
                self._definition(child, scope, in_class, tables)
                continue
            inner = tables
            if isinstance(child, ast.Name):
                self._bind(child.id, self.start(child), tables)
            elif isinstance(child, ast.arg):
                self._bind(child.arg, self.start(child), tables, "parameter")
            elif isinstance(child, ast.Call):
                self._call(child.func)
            elif isinstance(child, ast.Lambda):
                inner = self._entered("lambda", child.lineno, tables)
            elif isinstance(child, _COMPREHENSION):
                inner = self._entered(_COMPREHENSIONS[type(child).__name__], child.lineno, tables)
            self._walk(child, scope, in_class, inner)

    def _definition(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        scope: str,
        in_class: bool,
        tables: _TABLES,
    ) -> None:
        start = self.start(node)
        name_at = _DEFINED.match(self.text, start)
        is_class = isinstance(node, ast.ClassDef)
        if name_at is not None:
            self._bind(node.name, name_at.end(), tables, "class" if is_class else "function")
        for decorator in node.decorator_list:
            self._walk(ast.Expr(decorator), scope, in_class, tables)
        qualified = f"{scope}.{node.name}" if scope else node.name
        inner = self._entered(node.name, node.lineno, tables)
        if isinstance(node, ast.ClassDef):
            for base in (*node.bases, *(keyword.value for keyword in node.keywords)):
                self._walk(ast.Expr(base), scope, in_class, tables)
        else:
            self.found.append((node, qualified, in_class))
            self._walk(node.args, qualified, False, inner)
            if node.returns is not None:
                self._walk(ast.Expr(node.returns), scope, in_class, tables)
        self._walk(ast.Module(node.body, []), qualified, is_class, inner)

    def _entered(self, name: str, line: int, tables: _TABLES) -> _TABLES:
        waiting = self.tables.get((name, line))
        return (*tables, waiting.pop(0)) if waiting else tables

    def _call(self, function: ast.expr) -> None:
        if isinstance(function, ast.Name):
            self.calls.append((self.start(function), function.id))
        elif isinstance(function, ast.Attribute):
            self.calls.append((self.end(function) - len(function.attr), function.attr))

    def _record(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, is_method: bool
    ) -> FunctionRecord:
        text = self.text
        declared = self.start(node)
        start = self._top(self._first(node))
        end = self.end(node)
        docs = self._docstring(node)
        docstring = (ast.get_docstring(node) or "").strip()
        body_start = self._first(node.body[0])
        signature = self._signature_span(declared, body_start)
        cuts = [self._cut(start, end, span) for span in docs]
        if docs:
            body_start = end - len(text[docs[0][1] : end].lstrip("; \t\n"))
        body = (body_start, end)
        comments = comments_within(self.comments, *signature)
        spans = [(comment.start, comment.end) for comment in comments]
        first = bisect_left(self.calls, (body_start, ""))
        last = bisect_left(self.calls, (end, ""), lo=first)
        return FunctionRecord(
            kind="method" if is_method else "function",
            qualified_name=name,
            name=node.name,
            start=start,
            end=end,
            start_line=self.lines.number(start),
            end_line=self.lines.number(end - 1),
            signature=" ".join(_without(text, *signature, spans).split()),
            signature_span=signature,
            docstring=docstring,
            docstring_style=docstring_style(docstring, "", self.language),
            docstring_spans=docs,
            summary=first_sentence(docstring, node.name),
            body_span=body,
            code=_without(text, start, end, cuts),
            cuts=cuts,
            identifiers=list(self._identifiers(start, end)),
            callees=list(dict.fromkeys(name for _, name in self.calls[first:last])),
            comments=comments_within(self.comments, *body),
            parses=True,
        )

    def _first(self, node: ast.stmt) -> int:
        """First character of a statement, its decorators included."""
        decorators = getattr(node, "decorator_list", None)
        return self.start(decorators[0]) - 1 if decorators else self.start(node)

    def _top(self, start: int) -> int:
        """Where the comments directly above a function begin."""
        at = bisect_left(self.comments, start, key=lambda comment: comment.start) - 1
        if at >= 0 and not self.text[self.comments[at].end : start].strip():
            gap = self.text.count("\n", self.comments[at].end, start)
            line = self.lines.start(self.lines.number(self.comments[at].start))
            if gap <= 1 and not self.text[line : self.comments[at].start].strip():
                return self.comments[at].start
        return start

    def _docstring(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Span]:
        match node.body[0]:
            case ast.Expr(value=ast.Constant(value=str())) as first:
                return [(self.start(first), self.end(first))]
        return []

    def _signature_span(self, start: int, body: int) -> Span:
        comments = comments_within(self.comments, start, body)
        end = body
        while True:
            end = start + len(self.text[start:end].rstrip(" \t\n:\\"))
            if not comments or comments[-1].end < end:
                return start, end
            end = comments.pop().start

    def _cut(self, start: int, end: int, span: Span) -> Span:
        first, last = span
        line = max(self.text.rfind("\n", 0, first) + 1, start)
        newline = self.text.find("\n", last, end)
        after = end if newline < 0 else newline + 1
        if self.text[line:first].strip() or self.text[last:after].strip():
            return span
        return line, after

    def _identifiers(self, start: int, end: int) -> Iterator[Identifier]:
        found: dict[tuple[int, str], list[Span]] = defaultdict(list)
        first = bisect_left(self.occurrences, (start,))
        last = bisect_left(self.occurrences, (end,), lo=first)
        for begin, stop, owner, name in self.occurrences[first:last]:
            found[owner, name].append((begin, stop))
        for key, spans in found.items():
            yield Identifier(key[1], self.roles[key], spans)


def _without(text: str, start: int, end: int, cuts: list[Span]) -> str:
    pieces = []
    for first, last in cuts:
        pieces.append(text[start:first])
        start = last
    return "".join((*pieces, text[start:end]))


def ast_functions(text: str, language: Language) -> list[FunctionRecord]:
    """Read the functions of a Python file with the standard library.

    Args:
        text: the file.
        language: Python.

    Returns:
        What `read_functions` returns, as far as the standard library knows it.

    Raises:
        SyntaxError: the running Python cannot parse the file.
    """
    return _File(text, language).records
