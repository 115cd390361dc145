"""From scopes to bindings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import tree_sitter

from diglot.languages.base import Language
from diglot.languages.scopes.actions import CLASS, FUNCTION, PREFIXES
from diglot.languages.scopes.base import Binding, Role, ScopeRules
from diglot.languages.scopes.keywords import join_keywords
from diglot.languages.scopes.members import Families
from diglot.languages.scopes.occurrences import Occurrences
from diglot.languages.scopes.scope import CLASSES, FOREIGN, GATES, Frozen, Kind, Scope

_FUNCTIONS = frozenset({Kind.FUNCTION, Kind.ARROW, *GATES})
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
    undecided = join_keywords(occurrences)
    families = Families(occurrences, is_part)
    found = _resolve_names(occurrences, families)
    _freeze(occurrences, found)
    bindings = [
        _binding(name, role, positions, rules)
        for name, role, positions in _renamable(occurrences, families, found, undecided)
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
                if family is not None and name in family.members:
                    family.add(name, positions)
                else:
                    _merge(found.unresolved if outer is None else outer.uses, name, positions)
            else:
                if first and name in first:
                    positions, before = _split(positions, *first[name])
                    if before:
                        _merge(found.unresolved if outer is None else outer.uses, name, before)
                if family is not None:
                    family.add(name, positions)
                elif role != FOREIGN:
                    found.groups.append((scope, name, cast(Role, role), positions))
    return found


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
    tree = occurrences.tree
    for start, _ in occurrences.spans("dynamic"):
        scope: Scope | None = tree.at(start)
        while scope is not None:
            scope.frozen = max(scope.frozen, Frozen.VARIABLES)
            scope = None if scope.kind in _FUNCTIONS else scope.parent
    for name in occurrences.rules.dynamic:
        for prefix in (b"", FUNCTION):
            for start in found.unresolved.get(prefix + name, ()):
                scope = tree.at(start)
                while scope is not None and scope.frozen is not Frozen.ALL:
                    scope.frozen = Frozen.ALL
                    scope = scope.parent


def _renamable(
    occurrences: Occurrences, families: Families, found: _Found, undecided: set[bytes]
) -> Iterator[tuple[bytes, Role, list[int]]]:
    """What may be renamed, with its occurrences."""
    rules = occurrences.rules
    frozen = occurrences.frozen
    is_fixed = re.compile(rules.fixed.encode()).fullmatch
    lost = occurrences.tree.lost.uses
    splat = occurrences.named("splat")
    open_functions = _called_with_unknown(occurrences, splat)
    root = occurrences.tree.root
    shared = _shared(occurrences) if rules.types_apart else set()
    for scope, name, role, positions in found.groups:
        if (
            scope.frozen is Frozen.ALL
            or (scope.frozen and role in ("parameter", "variable"))
            or name in lost
            or name in shared
            or is_fixed(name.lstrip(PREFIXES))
            or (frozen and not frozen.isdisjoint(positions))
            or (role == "parameter" and (name in undecided or scope in open_functions))
            or (scope is root and name in rules.builtins)
            or (role == "function" and scope.kind is Kind.BLOCK and name in found.unresolved)
        ):
            continue
        yield name, role, positions
    if families.by_string:
        return
    is_fixed_member = re.compile(rules.fixed_members.encode()).fullmatch
    for family in families.closed():
        for name, kind in family.members.items():
            positions = family.uses.get(name, [])
            bare = name.lstrip(PREFIXES)
            if not (
                kind == FOREIGN
                or name in families.foreign
                or (not families.are_opaque and name in found.unresolved)
                or name in shared
                or name in lost
                or is_fixed(bare)
                or is_fixed_member(bare)
                or (frozen and not frozen.isdisjoint(positions))
                or (name in rules.builtins)
            ):
                yield name, cast(Role, kind), positions


def _called_with_unknown(occurrences: Occurrences, names: set[bytes]) -> set[Scope]:
    """Functions that may be called with names of arguments that are not in the source."""
    if not names:
        return set()
    found: set[Scope] = set()
    for scope in occurrences.tree.scopes:
        for name, function in scope.functions.items():
            if function is not None and name.lstrip(PREFIXES) in names:
                found.add(function)
    return found


def _shared(occurrences: Occurrences) -> set[bytes]:
    """Names of types that are also names of variables."""
    types: set[bytes] = set()
    others: set[bytes] = set()
    for scope in occurrences.tree.scopes:
        for name, role in scope.declared.items():
            (types if role == "class" else others).add(name)
    return types & others
