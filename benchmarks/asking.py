"""Putting a question to diglot, and the units that it could answer with.

This is all that the benchmarks of exact search, verdicts, damage and kills know of its interface.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diglot import Index
from diglot.index.catalogue import KINDS
from diglot.types import Hit, Rank

CALLABLE = frozenset({"function", "method"})


@dataclass(frozen=True, slots=True)
class Answered:
    """What diglot says to a question."""

    hits: Sequence[Hit]
    """Best first, also where none is a good match."""
    is_good: bool
    """The verdict: whether there is a good match."""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of an index, without its text."""

    path: str
    start_line: int
    end_line: int
    symbol: str
    kind: str

    def holds(self, path: str, line: int) -> bool:
        """Whether a line of a file is one of the unit's."""
        return self.path == path and self.start_line <= line <= self.end_line


def ask(index: Index, query: str, top_k: int, rank: Rank) -> Answered:
    """Ask a question at a rank."""
    answer = index.answer(query, top_k, rank)
    return Answered(answer.hits, answer.verdict == "good match")


def places(index: Index) -> list[Place]:
    """All units of an index, in its order."""
    catalogue = index.view.catalogue
    units = catalogue.units
    columns = (units[name].tolist() for name in ("file", "start_line", "end_line", "kind"))
    return [
        Place(catalogue.files[file].path, start, end, symbol, KINDS[kind])
        for symbol, file, start, end, kind in zip(catalogue.symbols, *columns, strict=True)
    ]
