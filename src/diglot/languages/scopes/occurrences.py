"""From the captures of a file to scopes that know what they declare and what is used in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import tree_sitter

from diglot.languages.base import Language
from diglot.languages.scopes.actions import CLASS, FUNCTION, IGNORE, MEMBER, Act, Action, actions_of
from diglot.languages.scopes.base import Role, ScopeRules, capture_order, scope_query
from diglot.languages.scopes.scope import CLASSES, Kind, Scope, ScopeTree
from diglot.languages.scopes.spans import Span, innermost

_MOST_OPEN_MATCHES = 512
_SPELLED = re.compile(rb"[\w:.\\$@>#-]{1,200}")
"""Text that may be a name, perhaps with what it belongs to."""
_WORD = re.compile(rb"\w+")

_ORDERED = frozenset({"parameter", "variable"})
_UNORDERED = CLASSES | {Kind.MODULE}
_KINDS = {kind.value: kind for kind in Kind if kind is not Kind.MODULE}


class Access(NamedTuple):
    """A member of an object that may be of one of this file's classes."""

    scope: Scope
    receiver: bytes | None
    """Name of the object; None for `this`."""
    name: bytes
    start: int
    role: Role | str
    """Set if the member is assigned."""


class Occurrences:
    """A file's identifiers, each in its scope, before names are resolved."""

    def __init__(
        self, root: tree_sitter.Node, source: bytes, language: Language, rules: ScopeRules
    ) -> None:
        """Run the query of the rules and enter every identifier into its scope."""
        cursor = tree_sitter.QueryCursor(
            scope_query(language, rules), match_limit=_MOST_OPEN_MATCHES
        )
        self.captures = cursor.captures(root)
        self.source = source
        self.rules = rules
        self.accesses: list[Access] = []
        self.foreign: set[bytes] = {
            prefix + name
            for name in self.named("foreign") | {name[1:] for name in self.named("symbol")}
            for prefix in (b"", MEMBER, FUNCTION, b"@")
        }
        """Members of objects that are not of this file, or not surely."""
        self.objects = rules.receivers | self.named("class.outer")
        """Names that may stand for an object or class of this file."""
        self.kept = {
            prefix + name
            for name in self.named("kept")
            for prefix in (b"", FUNCTION, CLASS, MEMBER)
        }
        self._spelled = {
            word
            for text in self.named("spelled")
            if _SPELLED.fullmatch(text)
            for word in _WORD.findall(text)
        }
        self._starts_spelled = tuple(
            _WORD.findall(text)[-1]
            for text in self.named("spelled.start")
            if _SPELLED.fullmatch(text) and _WORD.search(text)
        )
        self.functions: list[tuple[bytes, Scope]] = []
        """Every declared function."""
        self.keywords: dict[int, bytes] = {}
        self.frozen: set[int] = set()
        """Occurrences of what is to keep its name."""
        self.expansions: dict[int, str] = {
            node.start_byte: template
            for name, template in rules.expansions.items()
            for node in self.captures.get(f"expand.{name}", ())
        }
        names = self.captures.get("name", [])
        if root.has_error:
            names = [node for node in names if node.end_byte > node.start_byte]
        self.ends = {node.start_byte: node.end_byte for node in names}
        """First byte of each identifier -> the byte after its last."""
        self.tree = ScopeTree(
            {
                (node.start_byte, -node.end_byte, rank, kind)
                for rank, capture in enumerate(capture_order(language, rules))
                if (kind := _KINDS.get(capture)) is not None
                for node in self.captures.get(capture, ())
            }
        )
        self._later = self.spans("later")
        self._later_starts = [start for start, _ in self._later]
        self._sweep(language)

    def named(self, capture: str) -> set[bytes]:
        """Texts of the nodes of a capture."""
        nodes = self.captures.get(capture, ())
        return {self.source[node.start_byte : node.end_byte] for node in nodes}

    def is_spelled(self, name: bytes) -> bool:
        """Whether a string of the file may name a function, class or member."""
        return name in self._spelled or name.startswith(self._starts_spelled)

    def uses_any(self, names: frozenset[bytes]) -> bool:
        """Whether one of these names is an identifier of the file."""
        if not any(name in self.source for name in names):
            return False
        return any(self.source[start:end] in names for start, end in self.ends.items())

    def spans(self, capture: str) -> list[Span]:
        """Spans of the nodes of a capture, sorted."""
        return sorted({node.byte_range for node in self.captures.get(capture, ())})

    def _sweep(self, language: Language) -> None:
        """Pass over the identifiers once, in the order of the source."""
        actions = dict(self._targets())
        for capture, action in actions_of(language, self.rules).items():
            if capture != "name" and capture in self.captures:
                for node in self.captures[capture]:
                    actions[node.start_byte] = action
        self._freeze()
        if "key" in self.captures:
            actions.update(self._keys())
        source = self.source
        changes = iter(zip(self.tree.starts[1:], self.tree.inside[1:], strict=True))
        change, following = next(changes, (len(source) + 1, self.tree.root))
        scope = self.tree.root
        uses = scope.uses
        ends = self.ends
        for start in sorted(ends):
            if start >= change:
                while start >= change:
                    scope = following
                    change, following = next(changes, (len(source) + 1, scope))
                uses = scope.uses
            action_here = actions.get(start)
            if action_here is None:
                uses[source[start : ends[start]]].append(start)
            elif action_here is not IGNORE:
                self._act(action_here, scope, source[start : ends[start]], start, actions)

    def _freeze(self) -> None:
        """Find the identifiers within `@frozen`."""
        if "frozen" in self.captures:
            inside = innermost(self.spans("frozen"), self.ends)
            self.frozen.update(start for start, span in inside if span is not None)
            self.frozen.difference_update(start for start, _ in self.spans("thawed"))

    def _targets(self) -> Iterator[tuple[int, Action]]:
        """What the targets in patterns declare: what the innermost `@binds` around them says."""
        says: dict[Span, Action] = {}
        for capture, nodes in self.captures.items():
            if capture.startswith("binds"):
                role, _, place = capture.removeprefix("binds").lstrip(".").partition(".")
                action = Action(Act.DECLARE if role else Act.USE, b"", role, place)
                says.update((node.byte_range, action) for node in nodes)
        targets = (node.start_byte for node in self.captures.get("target", ()))
        for target, span in innermost(says, targets):
            if span is not None:
                yield target, says[span]

    def _keys(self) -> Iterator[tuple[int, Action]]:
        """Keys of literals of a type that this file says has fields: no names of variables."""
        fields = self.named("fields")
        keys = (start for start, _ in self.spans("key"))
        for key, span in innermost(self.spans("literal"), keys):
            start = self.starts.get(span[0]) if span else None
            if span and start is not None and self.source[start : span[0]] in fields:
                yield key, IGNORE
            else:
                self.frozen.add(key)

    def _act(
        self,
        action: Action,
        scope: Scope,
        name: bytes,
        start: int,
        actions: dict[int, Action],
    ) -> None:
        act = action.act
        if action.prefix:
            name = action.prefix + name
        if act is Act.DECLARE:
            self._declare(action, scope, name, start)
            return
        if act is Act.MEMBER:
            receiver = self._receiver(start, actions)
            if receiver in self.objects:
                self.accesses.append(Access(scope, receiver, name, start, action.role))
            else:
                self.foreign.add(name)
            return
        match act:
            case Act.USE:
                scope.uses[name].append(start)
            case Act.OWN:
                self.accesses.append(Access(scope, None, name, start, action.role))
            case Act.FIELD:
                owner = scope.this() or scope.outer()
                owner.declared.setdefault(name, action.role)
                owner.uses[name].append(start)
            case Act.KEYWORD:
                self.keywords[start] = name
            case Act.GLOBAL:
                scope.redirected[name] = self.tree.root
                scope.uses[name].append(start)
                self.tree.root.declared.setdefault(name, "variable")
            case Act.NONLOCAL:
                if scope.lookup is not None:
                    scope.redirected[name] = scope.lookup
                scope.uses[name].append(start)

    def _declare(self, action: Action, scope: Scope, name: bytes, start: int) -> None:
        place, role = action.place, action.role
        inner = scope
        if place:
            if role == "function":
                self.functions.append((name, inner))
            scope = self._place(place, scope, name, role)
        declared = scope.declared
        if name in declared:
            scope.declare(name, role)
        else:
            declared[name] = role
            if place == "outer":
                if role == "class":
                    scope.classes[name] = inner
                elif role == "function":
                    scope.functions[name] = inner
            if self._is_ordered(action, scope):
                at = bisect_right(self._later_starts, start) - 1
                is_later = at >= 0 and self._later[at][0] >= scope.start
                scope.first[name] = (start, max(start, self._later[at][1]) if is_later else start)
        scope.uses[name].append(start)

    def _is_ordered(self, action: Action, scope: Scope) -> bool:
        """Whether a declaration takes effect only from where it stands; labels do everywhere."""
        return (
            self.rules.ordered
            and action.role in _ORDERED
            and not action.prefix
            and scope.kind not in _UNORDERED
        )

    def _place(self, place: str, scope: Scope, name: bytes, role: Role | str) -> Scope:
        """The scope that a declaration is for, seen from where it stands."""
        match place:
            case "outer":
                return scope.outer()
            case "around":
                return scope.parent or scope
            case "hoisted":
                return scope.hoisted()
            case "assigned":
                return scope.assigned(name)
            case "global":
                self.tree.root.declare(name, role)
        return scope

    @cached_property
    def starts(self) -> dict[int, int]:
        """The byte after the last of each identifier -> its first."""
        return dict(zip(self.ends.values(), self.ends, strict=True))

    def _receiver(self, start: int, actions: dict[int, Action]) -> bytes | None:
        """Name of what a member is accessed on, if it is a plain name."""
        starts = self.starts
        for access in self.rules.access:
            end = start - len(access)
            receiver = starts.get(end)
            if receiver is not None and self.source.startswith(access, end):
                action = actions.get(receiver)
                if action is not None and action.act is not Act.USE:
                    return None
                return self.source[receiver:end]
        return None
