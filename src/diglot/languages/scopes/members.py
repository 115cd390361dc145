"""Members of the classes of a file: which are one thing, and which may be renamed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from diglot.languages.scopes.actions import CLASS
from diglot.languages.scopes.base import Role
from diglot.languages.scopes.occurrences import Access, Occurrences
from diglot.languages.scopes.scope import CLASSES, Frozen, Kind, Scope


@dataclass(slots=True, eq=False)
class Family:
    """Classes that inherit from each other; a member of one may be that of another."""

    members: dict[bytes, Role | str] = field(default_factory=dict)
    uses: dict[bytes, list[int]] = field(default_factory=dict)
    is_open: bool = False
    """Whether a class outside of the file may use or define members of this family."""

    def add(self, name: bytes, positions: Iterable[int]) -> None:
        """Record occurrences of a member."""
        self.uses.setdefault(name, []).extend(positions)


class Families:
    """The families of a file."""

    def __init__(self, occurrences: Occurrences, is_part: bool) -> None:
        """Join classes that extend each other, and give each family its members."""
        rules = occurrences.rules
        self.by_string = "reflective" in occurrences.captures or occurrences.uses_any(
            rules.dynamic_members
        )
        """Whether members are looked up by strings somewhere."""
        self.occurrences = occurrences
        self.rules = occurrences.rules
        self.is_part = is_part
        self.foreign = occurrences.foreign
        self._receivers: dict[tuple[Scope, bytes | None], Scope | None] = {}
        self.classes = [scope for scope in occurrences.tree.scopes if scope.kind in CLASSES]
        self.are_opaque = any(scope.kind is Kind.OPAQUE for scope in self.classes)
        """Whether bare names never mean members."""
        self._of: dict[Scope, Family] = {}
        if self.classes:
            self._join()
            for scope in self.classes:
                for name, role in scope.declared.items():
                    self._of[scope].members.setdefault(name, role)
        if rules.mangled:
            self.foreign.update(self._mangled())
        self._enter_accesses()

    def _mangled(self) -> set[bytes]:
        """Private members that are also accessed by the name they are given by the compiler."""
        names = self.foreign.union(access.name for access in self.occurrences.accesses)
        parts = (name.partition(b"__") for name in names if b"__" in name and name[:2] != b"__")
        return {b"__" + tail for head, _, tail in parts if head[:1] == b"_"}

    def of(self, scope: Scope) -> Family:
        """The family of a class."""
        return self._of[scope]

    def is_known(self, name: bytes) -> bool:
        """Whether a member of this name may be of an object or class that is not known."""
        return self.by_string or name in self.foreign

    def _join(self) -> None:
        """Union of the classes along `@base`."""
        leader = {scope: scope for scope in self.classes}

        def find(scope: Scope) -> Scope:
            while leader[scope] is not scope:
                leader[scope] = leader[leader[scope]]
                scope = leader[scope]
            return scope

        is_open: set[Scope] = set()
        at_start = {scope.start: scope for scope in self.classes}
        is_open.update(
            at_start[start] for start, _ in self.occurrences.spans("open") if start in at_start
        )
        starts = [scope.start for scope in self.classes]
        following = 0
        for start, end in self.occurrences.spans("base"):
            while following < len(starts) and starts[following] <= start:
                following += 1
            if not following:
                continue
            scope = self.classes[following - 1]
            name = self.occurrences.source[start:end]
            if name in self.rules.roots:
                continue
            base = self._class_named(scope.outer(), name)
            if base is None or self.occurrences.ends.get(start) != end:
                is_open.add(scope)
            else:
                leader[find(scope)] = find(base)
        is_open.update(
            around
            for start, _ in self.occurrences.spans("opens")
            if (around := self.occurrences.tree.at(start).this()) is not None
        )
        for start, _ in self.occurrences.spans("anonymous"):
            if start in at_start:
                self.foreign.update(at_start[start].declared)
        families: dict[Scope, Family] = {}
        for scope in self.classes:
            family = self._of[scope] = families.setdefault(find(scope), Family())
            family.is_open |= scope in is_open or scope.frozen is Frozen.ALL

    def _class_named(self, scope: Scope, name: bytes) -> Scope | None:
        """The class that a name stands for, seen from a scope."""
        prefix = CLASS if "class" in self.rules.namespaces else b""
        owner = scope.owner(prefix + name)
        found = owner.classes.get(prefix + name) if owner is not None else None
        return found if found is not None and found.kind in CLASSES else None

    def _enter_accesses(self) -> None:
        """Give each access to its family, or call the member foreign."""
        for access in self.occurrences.accesses:
            owner = self.class_of(access)
            if owner is None:
                self.foreign.add(access.name)
                continue
            family = self._of[owner]
            is_own = not access.receiver or access.receiver in self.rules.receivers
            if access.role and is_own and not self.is_part:
                family.members.setdefault(access.name, access.role)
            family.add(access.name, (access.start,))

    def class_of(self, access: Access) -> Scope | None:
        """The class whose member is accessed, or None if that is not known."""
        key = access[:2]
        if key not in self._receivers:
            self._receivers[key] = self._receiver(*key)
        return self._receivers[key]

    def _receiver(self, scope: Scope, receiver: bytes | None) -> Scope | None:
        """The class that a member's object is of, or None if that is not known."""
        if receiver is None:
            return scope.this()
        if receiver not in self.rules.receivers:
            return self._class_named(scope, receiver)
        owner = scope.owner(receiver)
        if owner is None:
            return scope.this()
        if owner.declared[receiver] != "parameter":
            return None
        if owner.kind is not Kind.FUNCTION:
            return None
        around = owner.outer()
        return around if around.kind in CLASSES else None

    def closed(self) -> list[Family]:
        """The families whose members no code outside of the file can know by name."""
        if self.by_string:
            return []
        return [family for family in dict.fromkeys(self._of.values()) if not family.is_open]
