"""Parameters that callers name: which arguments are theirs, and which stay as they are."""

from __future__ import annotations

from diglot.languages.scopes.actions import FUNCTION
from diglot.languages.scopes.occurrences import Occurrences
from diglot.languages.scopes.scope import Scope
from diglot.languages.scopes.spans import Span, innermost


def join_keywords(occurrences: Occurrences) -> set[bytes]:
    """Give the names of arguments to the parameters they mean, where that is decidable.

    It is where a plain name is called that stands for one function of the file, not decorated.

    Returns:
        Names of parameters to be left alone: those of all other arguments.
    """
    undecided: set[bytes] = set()
    if not occurrences.keywords:
        return undecided
    decorated = {start for start, _ in occurrences.spans("decorated")}
    callees: dict[Span | None, Scope | None] = {None: None}
    for start, arguments in innermost(occurrences.spans("arguments"), occurrences.keywords):
        name = occurrences.keywords[start]
        if arguments is not None and arguments not in callees:
            callees[arguments] = _function(occurrences, arguments[0])
        function = callees[arguments]
        if (
            function is not None
            and function.start not in decorated
            and function.declared.get(name) == "parameter"
        ):
            function.uses[name].append(start)
        else:
            undecided.add(name)
    return undecided


def _function(occurrences: Occurrences, end: int) -> Scope | None:
    """Scope of the function that the name before an argument list stands for."""
    callee = occurrences.starts.get(end)
    if callee is None:
        return None
    prefix = FUNCTION if "function" in occurrences.rules.namespaces else b""
    name = prefix + occurrences.source[callee:end]
    owner = occurrences.tree.at(callee).owner(name)
    return owner.functions.get(name) if owner is not None else None


def called_with_unknown(occurrences: Occurrences) -> set[Scope]:
    """Functions that may be called with names of arguments that are not in the source."""
    names = occurrences.named("splat")
    if not names:
        return set()
    classes = occurrences.named("class.outer") | occurrences.rules.receivers
    if not names.isdisjoint(classes):
        names.add(occurrences.rules.constructor)
    return {function for name, function in occurrences.functions if name in names}
