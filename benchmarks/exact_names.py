"""Questions that are the name of one function, as code and its users write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.asking import CALLABLE, Place
from benchmarks.exact_questions import Question

LEAST_LETTERS = 2
NOTATIONS = {
    "java": ("#", "::"),
    "rust": ("::",),
    "ruby": ("#", "::"),
    "php": ("::", "->"),
    "go": (),
    "python": (),
}
"""What stands before a function's name, besides the dot."""
SCOPES = {"rust": "::", "ruby": "::", "php": "\\"}
"""What stands between the parts before it, where that is no dot."""


def name_questions(repository: str, language: str, units: Sequence[Place]) -> list[Question]:
    """Ask for every function whose name no other unit has.

    Kinds are `qualified` (dots), `qualified, own notation`, `class and name` (the last two parts of
    a longer symbol, where no other symbol ends alike) and `bare`.

    Args:
        repository: its name.
        language: that most of its functions are in.
        units: all units of its index.
    """
    whole = Counter(unit.symbol for unit in units)
    pairs = Counter(_ends(unit.symbol, 2) for unit in units)
    last = Counter(_ends(unit.symbol, 1) for unit in units)
    questions: list[Question] = []
    for unit in units:
        if unit.kind not in CALLABLE or not unit.symbol or " " in unit.symbol:
            continue  # a sentence names a block of tests
        parts = unit.symbol.split(".")

        def add(kind: str, texts: Iterable[str], unit: Place = unit) -> None:
            questions.extend(Question(repository, kind, text, (unit,)) for text in texts)

        if len(parts) > 1 and whole[unit.symbol] == 1:
            add("qualified", [unit.symbol])
            add("qualified, own notation", notations(parts, language))
        if len(parts) > 2 and pairs[_ends(unit.symbol, 2)] == 1:
            add("class and name", [".".join(parts[-2:])])
        if len(parts[-1]) >= LEAST_LETTERS and last[parts[-1]] == 1:
            add("bare", [parts[-1]])
    return questions


def notations(parts: Sequence[str], language: str) -> list[str]:
    """A qualified name as its language's code, documentation or traces write it."""
    if language == "go":
        return [f"(*{parts[0]}).{parts[1]}"] if len(parts) == 2 else []
    scope = SCOPES.get(language, ".").join(parts[:-1])
    return [f"{scope}{mark}{parts[-1]}" for mark in NOTATIONS.get(language, ())]


def _ends(symbol: str, parts: int) -> str:
    return ".".join(symbol.split(".")[-parts:])
