"""Parameters that callers name: which arguments are theirs, and which stay as they are."""

from __future__ import annotations

from collections import defaultdict
from enum import Enum

from diglot.languages.scopes.actions import FUNCTION
from diglot.languages.scopes.members import Families, Family
from diglot.languages.scopes.occurrences import Occurrences
from diglot.languages.scopes.scope import CLASSES, Scope
from diglot.languages.scopes.spans import Span, innermost


class _Callee(Enum):
    """What is called, where it is no function of the file."""

    UNKNOWN = 0
    BUILT_IN = 1


def join_keywords(occurrences: Occurrences, families: Families) -> set[bytes]:
    """Give the names of arguments to the parameters they mean, where that is decidable.

    It is where what is called stands for one function of the file, not decorated: a plain name, a
    method of `self`, or a class with a constructor.

    Returns:
        Names of parameters to be left alone: those of all other arguments.
    """
    undecided: set[bytes] = set()
    if not occurrences.keywords:
        return undecided
    callees = _Callees(occurrences, families)
    tree, source = occurrences.tree, occurrences.source
    unnamed = {(tree.at(at), source[at:end]) for at, end in occurrences.spans("unnamed")}
    for start, arguments in innermost(occurrences.spans("arguments"), occurrences.keywords):
        name = occurrences.keywords[start]
        function = callees.before(arguments) if arguments is not None else _Callee.UNKNOWN
        if isinstance(function, Scope) and (function, name) in unnamed:
            continue  # one of `**kwargs`
        if isinstance(function, Scope) and function.declared.get(name) == "parameter":
            function.uses[name].append(start)
        elif function is not _Callee.BUILT_IN:
            undecided.add(name)
    return undecided


class _Callees:
    """What is called before each list of arguments."""

    def __init__(self, occurrences: Occurrences, families: Families) -> None:
        self.occurrences = occurrences
        self.families = families
        self.decorated = {start for start, _ in occurrences.spans("decorated")}
        self.accesses = {access.start: access for access in occurrences.accesses}
        self.methods: defaultdict[tuple[Family, bytes], list[Scope]] = defaultdict(list)
        for name, function in occurrences.functions:
            around = function.outer()
            if around.kind in CLASSES:
                self.methods[families.of(around), name].append(function)
        self.known: dict[Span, Scope | _Callee] = {}

    def before(self, arguments: Span) -> Scope | _Callee:
        """The function that is called with these arguments."""
        if arguments not in self.known:
            found = self._find(arguments[0])
            if isinstance(found, Scope) and found.start in self.decorated:
                found = _Callee.UNKNOWN
            self.known[arguments] = found
        return self.known[arguments]

    def _find(self, end: int) -> Scope | _Callee:
        occurrences, rules = self.occurrences, self.occurrences.rules
        start = occurrences.starts.get(end)
        if start is None:
            return _Callee.UNKNOWN
        name = occurrences.source[start:end]
        if start in self.accesses:
            return self._method(start, name)
        if occurrences.source[max(start - 200, 0) : start].rstrip().endswith(rules.access):
            return _Callee.UNKNOWN
        name = (FUNCTION if "function" in rules.namespaces else b"") + name
        owner = occurrences.tree.at(start).owner(name)
        if owner is None:
            return _Callee.BUILT_IN if name in rules.builtins else _Callee.UNKNOWN
        around = owner.classes.get(name)
        if around is not None and around.kind in CLASSES:
            if self.families.of(around).is_open or rules.allocator in around.declared:
                return _Callee.UNKNOWN
            return around.functions.get(rules.constructor) or _Callee.UNKNOWN
        return owner.functions.get(name) or _Callee.UNKNOWN

    def _method(self, start: int, name: bytes) -> Scope | _Callee:
        around = self.families.class_of(self.accesses[start])
        if around is None or self.families.of(around).is_open:
            return _Callee.UNKNOWN
        found = self.methods.get((self.families.of(around), name), [])
        return found[0] if len(found) == 1 else _Callee.UNKNOWN


def called_with_unknown(occurrences: Occurrences) -> set[Scope]:
    """Functions that may be called with names of arguments that are not in the source."""
    names = occurrences.named("splat")
    if not names:
        return set()
    classes = occurrences.named("class.outer") | occurrences.rules.receivers
    if not names.isdisjoint(classes):
        names.add(occurrences.rules.constructor)
    return {function for name, function in occurrences.functions if name in names}
