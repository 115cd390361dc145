"""From scopes to bindings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import cast

import tree_sitter

from diglot.languages.base import Language
from diglot.languages.scopes.actions import CLASS, FUNCTION, PREFIXES
from diglot.languages.scopes.base import Binding, Role, ScopeRules
from diglot.languages.scopes.keywords import called_with_unknown, join_keywords
from diglot.languages.scopes.members import Families
from diglot.languages.scopes.occurrences import Occurrences
from diglot.languages.scopes.scope import CLASSES, FOREIGN, GATES, Frozen, Kind, Scope

_FUNCTIONS = frozenset({Kind.FUNCTION, Kind.ARROW, Kind.GATE})
_SEEN_THROUGH_GATES = FUNCTION + CLASS


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the names of a file stand for."""

    bindings: list[Binding]
    expansions: dict[int, str]
    """Occurrences that stand for two names; see `ScopeRules.expansions`."""
    capitals: set[int]
    """Occurrences whose name must begin with a capital."""


@dataclass(slots=True, eq=False)
class _Found:
    """Everything that is declared in a file, before it is decided what may be renamed."""

    groups: list[tuple[Scope, bytes, Role, list[int]]] = field(default_factory=list)
    unresolved: dict[bytes, list[int]] = field(default_factory=dict)
    clashes: set[tuple[Scope, bytes]] = field(default_factory=set)
    """Names that may be read in place of another that is not yet set."""


def resolve(
    root: tree_sitter.Node,
    source: bytes,
    language: Language,
    rules: ScopeRules,
    is_part: bool = False,
) -> Resolution:
    """Find the bindings of a parsed file that may be renamed without changing what it does.

    Args:
        root: root of the file's tree.
        source: what was parsed.
        language: its language.
        rules: the language's scope rules.
        is_part: whether members of the classes are missing.
    """
    occurrences = Occurrences(root, source, language, rules)
    families = Families(occurrences, is_part)
    undecided = join_keywords(occurrences, families)
    found = _resolve_names(occurrences, families)
    _freeze(occurrences, found)
    renamable = chain(
        _locals(occurrences, families, found, undecided),
        _members(occurrences, families, found),
    )
    bindings = [
        _binding(name, role, positions, rules) for name, role, positions in renamable if positions
    ]
    bindings.sort(key=lambda binding: binding.spans[0])
    capitals = {start for start, _ in occurrences.spans("capital")}
    return Resolution(bindings, occurrences.expansions, capitals)


def _binding(name: bytes, role: Role, positions: list[int], rules: ScopeRules) -> Binding:
    if name[0] in PREFIXES:
        name = name[1:]
    bare = name.lstrip(rules.sigils) if rules.sigils else name
    skip, length = len(name) - len(bare), len(name)
    spans = [(start + skip, start + length) for start in sorted(positions)]
    return Binding(bare.decode(errors="replace"), role, spans)


def _resolve_names(occurrences: Occurrences, families: Families) -> _Found:
    """Hand every name from the scope it is used in outwards to the scope that declares it."""
    found = _Found()
    rules = occurrences.rules
    for scope in reversed(occurrences.tree.scopes):
        declared, redirected, first = scope.declared, scope.redirected, scope.first
        family = families.of(scope) if scope.kind in CLASSES else None
        outer = scope.lookup
        if scope.kind in GATES or (rules.bare_calls and outer is None):
            _close(scope, found, rules)
        for name, positions in scope.uses.items():
            role = declared.get(name)
            if redirected and name in redirected:
                _merge(redirected[name].uses, name, positions)
            elif role is None:
                if scope.kind is Kind.CLASS and family and name in family.members:
                    family.add(name, positions)
                else:
                    _merge(found.unresolved if outer is None else outer.uses, name, positions)
            else:
                if first and name in first:
                    positions, before = _split(positions, *first[name])
                    if before:
                        _merge(found.unresolved if outer is None else outer.uses, name, before)
                if family is not None:
                    if outer is not None and len(positions) > 1:
                        _find_clash(scope, outer, name, positions, occurrences, found)
                    family.add(name, positions)
                elif role != FOREIGN:
                    found.groups.append((scope, name, cast(Role, role), positions))
    return found


def _find_clash(
    scope: Scope,
    outer: Scope,
    name: bytes,
    positions: list[int],
    occurrences: Occurrences,
    found: _Found,
) -> None:
    """Keep the name of what a class body reads before, perhaps, it has one of its own."""
    if scope.kind is Kind.OPAQUE:
        owner = outer.owner(name)
        if owner is not None:
            found.clashes.add((owner, name))
        if owner is not None or name in occurrences.rules.builtins:
            occurrences.frozen.update(positions)


def _close(scope: Scope, found: _Found, rules: ScopeRules) -> None:
    """Keep the variables of a scope that sees none of those around it from going further."""
    for name in [name for name in scope.uses if name[0] not in _SEEN_THROUGH_GATES]:
        if name in scope.redirected:
            continue
        if name in scope.declared:
            if not rules.bare_calls or name not in scope.first:
                continue
            positions, before = _split(scope.uses[name], *scope.first[name])
            scope.uses[name] = positions
        elif rules.implicit:
            found.groups.append((scope, name, "variable", scope.uses.pop(name)))
            continue
        else:
            before = scope.uses.pop(name)
        if rules.bare_calls and before:
            _merge(scope.uses, FUNCTION + name, before)
        elif before:
            _merge(found.unresolved, name, before)


def _split(positions: list[int], start: int, visible: int) -> tuple[list[int], list[int]]:
    """Part occurrences into those after a declaration takes effect, with it, and those before."""
    before = [at for at in positions if at < visible and at != start]
    if not before:
        return positions, before
    return [at for at in positions if at >= visible or at == start], before


def _merge(uses: dict[bytes, list[int]], name: bytes, positions: list[int]) -> None:
    """Add occurrences to those of an outer scope, the shorter list to the longer."""
    known = uses.get(name)
    if known is None:
        uses[name] = positions
    elif len(known) < len(positions):
        positions.extend(known)
        uses[name] = positions
    else:
        known.extend(positions)


def _freeze(occurrences: Occurrences, found: _Found) -> None:
    """Mark the scopes whose names are looked up at run time."""
    tree, rules = occurrences.tree, occurrences.rules
    for start, _ in occurrences.spans("dynamic"):
        scope: Scope | None = tree.at(start)
        while scope is not None:
            level = Frozen.VARIABLES if rules.implicit or scope.parent else Frozen.ALL
            scope.frozen = max(scope.frozen, level)
            scope = None if scope.kind in _FUNCTIONS else scope.parent
    everywhere = [start for start, _ in occurrences.spans("dynamic.all")]
    for name in rules.dynamic:
        for prefix in (b"", FUNCTION):
            everywhere += found.unresolved.get(prefix + name, ())
    for start in everywhere:
        scope = tree.at(start)
        while scope is not None and scope.frozen is not Frozen.ALL:
            scope.frozen = Frozen.ALL
            scope = scope.parent


def _locals(
    occurrences: Occurrences, families: Families, found: _Found, undecided: set[bytes]
) -> Iterator[tuple[bytes, Role, list[int]]]:
    """What may be renamed of all that is no member, with its occurrences."""
    rules, root = occurrences.rules, occurrences.tree.root
    untouchable = _untouchable(occurrences)
    is_fixed = re.compile(rules.fixed.encode()).fullmatch
    open_functions = called_with_unknown(occurrences)
    for scope, name, role, positions in found.groups:
        if not (
            scope.frozen is Frozen.ALL
            or (scope.frozen and role in ("parameter", "variable"))
            or name in untouchable
            or (role in ("function", "class") and occurrences.is_spelled(name.lstrip(PREFIXES)))
            or (scope, name) in found.clashes
            or (rules.bare_calls and role == "function" and families.is_known(name))
            or is_fixed(name.lstrip(PREFIXES))
            or not occurrences.frozen.isdisjoint(positions)
            or (role == "parameter" and (name in undecided or scope in open_functions))
            or (scope is root and name in rules.builtins and _shadows(root, name, positions))
            or (role == "function" and scope.kind is Kind.BLOCK and name in found.unresolved)
        ):
            yield name, role, positions


def _shadows(root: Scope, name: bytes, positions: list[int]) -> bool:
    """Whether a built-in of this name may be meant by some of the occurrences."""
    declared = root.functions.get(name) or root.classes.get(name)
    return declared is None or min(positions) < declared.start


def _members(
    occurrences: Occurrences, families: Families, found: _Found
) -> Iterator[tuple[bytes, Role, list[int]]]:
    """What may be renamed of members, with its occurrences."""
    rules = occurrences.rules
    untouchable = _untouchable(occurrences) | families.foreign
    if not families.are_opaque:
        untouchable |= found.unresolved.keys()
    is_fixed = re.compile(f"{rules.fixed}|{rules.fixed_members}".encode()).fullmatch
    for family in families.closed():
        for name, role in family.members.items():
            positions = family.uses.get(name, [])
            if not (
                role == FOREIGN
                or name in untouchable
                or occurrences.is_spelled(name.lstrip(PREFIXES))
                or is_fixed(name.lstrip(PREFIXES))
                or not occurrences.frozen.isdisjoint(positions)
            ):
                yield name, cast(Role, role), positions


def _untouchable(occurrences: Occurrences) -> set[bytes]:
    """Names that are used at run time, nested too deep, or of types that variables share."""
    names = set(occurrences.tree.lost.uses) | occurrences.kept
    if occurrences.rules.types_apart:
        types: set[bytes] = set()
        others: set[bytes] = set()
        for scope in occurrences.tree.scopes:
            for name, role in scope.declared.items():
                (types if role == "class" else others).add(name)
        names |= types & others
    return names
