"""Scopes: where names are declared, and how they are seen from inside."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum, IntEnum

from diglot.languages.scopes.base import Role

FOREIGN = "foreign"
"""Stands for a role where a name is declared but not to be touched: imports."""


class Kind(Enum):
    """What a scope is; the values are the captures of `ScopeRules.query`."""

    MODULE = "module"
    BLOCK = "scope"
    FUNCTION = "scope.function"
    ARROW = "scope.arrow"
    GATE = "scope.gate"
    CLOSURE = "scope.closure"
    CLASS = "scope.class"
    OPAQUE = "scope.opaque"
    TYPES = "scope.types"
    OUTSIDE = "outside"


CLASSES = frozenset({Kind.CLASS, Kind.OPAQUE})
_HOISTED_THROUGH = frozenset({Kind.BLOCK, Kind.TYPES})
GATES = frozenset({Kind.GATE, Kind.CLOSURE})
_SAME_THIS = frozenset({Kind.BLOCK, Kind.TYPES, Kind.ARROW, Kind.CLOSURE})
_METHODS = frozenset({Kind.FUNCTION, Kind.GATE})


class Frozen(IntEnum):
    """What of a scope is looked up by name at run time."""

    NOTHING = 0
    VARIABLES = 1
    ALL = 2


class Scope:
    """One scope of a file. Names are bytes, with a prefix for their namespace."""

    __slots__ = (
        "classes",
        "declared",
        "first",
        "frozen",
        "functions",
        "kind",
        "lookup",
        "parent",
        "redirected",
        "start",
        "uses",
    )

    def __init__(self, kind: Kind, start: int, parent: Scope | None) -> None:
        self.kind = kind
        self.start = start
        self.parent = parent
        lookup = parent
        while lookup is not None and lookup.kind is Kind.OPAQUE:
            lookup = lookup.parent
        self.lookup = lookup
        """Where names are searched that this scope does not declare."""
        self.uses: defaultdict[bytes, list[int]] = defaultdict(list)
        """Offsets of the occurrences of each name, declarations with them."""
        self.declared: dict[bytes, Role | str] = {}
        self.first: dict[bytes, tuple[int, int]] = {}
        """Where a name is declared first, and from where it is visible, if that matters."""
        self.classes: dict[bytes, Scope | None] = {}
        """Scopes of the classes declared here; None if a name is declared more than once."""
        self.functions: dict[bytes, Scope | None] = {}
        self.redirected: dict[bytes, Scope] = {}
        """Names that belong to another scope (`global`)."""
        self.frozen = Frozen.NOTHING

    def declare(self, name: bytes, role: Role | str) -> None:
        """Record that this scope owns a name; the first role stays, but imports win."""
        known = self.declared.setdefault(name, role)
        if known != role and role == FOREIGN:
            self.declared[name] = role
        if name in self.classes:
            self.classes[name] = None
        if name in self.functions:
            self.functions[name] = None

    def outer(self) -> Scope:
        """Where the function or class of this scope is declared."""
        scope = self.parent or self
        while scope.kind is Kind.TYPES and scope.parent is not None:
            scope = scope.parent
        return scope

    def hoisted(self) -> Scope:
        """The function, class or module that this scope is in."""
        scope = self
        while scope.kind in _HOISTED_THROUGH and scope.parent is not None:
            scope = scope.parent
        return scope

    def owner(self, name: bytes) -> Scope | None:
        """The scope that a name used here belongs to."""
        scope: Scope | None = self
        while scope is not None and name not in scope.declared:
            scope = scope.lookup
        return scope

    def assigned(self, name: bytes) -> Scope:
        """The scope whose name an assignment sets: that of a block around, or else this."""
        scope = self
        while name not in scope.declared:
            if scope.kind is not Kind.BLOCK or scope.parent is None:
                return self
            scope = scope.parent
        return scope

    def this(self) -> Scope | None:
        """The class whose instance `this` is here."""
        scope = self
        while scope.kind in _SAME_THIS and scope.parent is not None:
            scope = scope.parent
        if scope.kind in _METHODS:
            scope = scope.outer()
        return scope if scope.kind in CLASSES else None


_DEEPEST = 200
"""Scopes nested deeper are not told apart: their names are left alone."""


class ScopeTree:
    """The scopes of a file, and which one each position is in."""

    def __init__(self, spans: Iterable[tuple[int, int, int, Kind]]) -> None:
        """Nest scopes.

        Args:
            spans: start, minus end, rank among those of the same span, and kind of each.
        """
        self.root = Scope(Kind.MODULE, 0, None)
        self.lost = Scope(Kind.BLOCK, 0, self.root)
        """Stands for all that is nested too deep."""
        self.scopes = [self.root]
        self.starts = [0]
        self.inside = [self.root]
        self._nest(sorted(spans))

    def _nest(self, spans: list[tuple[int, int, int, Kind]]) -> None:
        starts, inside, scopes = self.starts, self.inside, self.scopes
        open_scopes = [self.root]
        ends: list[int] = []
        scope = self.root
        for start, negative_end, _, kind in spans:
            while ends and ends[-1] <= start:
                starts.append(ends.pop())
                open_scopes.pop()
                scope = open_scopes[-1]
                inside.append(scope)
            if len(ends) >= _DEEPEST:
                scope = self.lost
            elif kind is Kind.OUTSIDE:
                scope = scope.parent or scope
            else:
                scope = Scope(kind, start, scope)
                scopes.append(scope)
            ends.append(-negative_end)
            open_scopes.append(scope)
            starts.append(start)
            inside.append(scope)
        while ends:
            starts.append(ends.pop())
            open_scopes.pop()
            inside.append(open_scopes[-1])

    def at(self, position: int) -> Scope:
        """The innermost scope around a position."""
        return self.inside[bisect_right(self.starts, position) - 1]
