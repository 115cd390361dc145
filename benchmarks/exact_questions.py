"""A question of protocol `exact-search/1`, and which hits are right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.asking import CALLABLE, Place
from diglot.types import Hit


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the units that are right."""

    repository: str
    kind: str
    text: str
    answers: tuple[Place, ...]
    """Empty where no unit of the index holds what is asked for, which then counts as not found."""
    source: str = ""
    """`path:line` of what is asked for; empty for names."""


def rank_of_answer(hits: Sequence[Hit], question: Question) -> float:
    """Rank of the first hit that is one of the answers, infinity where none is."""
    return _first(hits, lambda hit: any(_is(hit, answer) for answer in question.answers))


def rank_around(hits: Sequence[Hit], question: Question) -> float:
    """The same for hits whose lines hold an answer's first line: a class around it counts."""
    return _first(
        hits,
        lambda hit: any(
            hit.path == answer.path and hit.start_line <= answer.start_line <= hit.end_line
            for answer in question.answers
        ),
    )


def holders(units: Iterable[Place], path: str, line: int) -> tuple[Place, ...]:
    """Units whose text a line is: the smallest around it, and functions around that.

    A class's text leaves out its methods; a function's holds the functions in it.
    """
    around = [unit for unit in units if unit.holds(path, line)]
    if not around:
        return ()
    least = min(unit.end_line - unit.start_line for unit in around)
    return tuple(
        unit for unit in around if unit.end_line - unit.start_line == least or unit.kind in CALLABLE
    )


def _is(hit: Hit, place: Place) -> bool:
    return (hit.path, hit.start_line, hit.end_line) == (
        place.path,
        place.start_line,
        place.end_line,
    )


def _first(hits: Iterable[Hit], is_right: Callable[[Hit], bool]) -> float:
    return next((rank for rank, hit in enumerate(hits, 1) if is_right(hit)), math.inf)
