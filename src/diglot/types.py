"""Values that every layer speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rank = Literal["fast", "balanced", "best"]
"""Latency budget of a search: `fast` static table, `balanced` encoder, `best` reranker."""

UnitKind = Literal[
    "function",
    "method",
    "class",
    "struct",
    "trait",
    "interface",
    "enum",
    "type",
    "module",
    "window",
]
"""What a unit is. `module` is a file's header and loose top-level code, `window` a run of lines."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A searchable span of code.

    Spans are those of the whole construct with its leading comment and decorators; `body` leaves
    out what other fields or other units hold, so that no text is counted twice.
    """

    kind: UnitKind
    symbol: str
    """Qualified name with `.` between the parts (`Cache.get`); empty for windows and modules."""
    start_line: int
    """First line, from 1."""
    end_line: int
    """Last line, inclusive."""
    signature: str
    """The declaration up to its body, on one line; empty for windows and modules."""
    docs: str
    """Docstring or leading comment, without comment markers."""
    body: str
    """Code without `docs`, and for containers (classes, modules) without their nested units."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result of a search."""

    path: str
    """Path relative to the index root, with `/`."""
    start_line: int
    """First line of the unit, from 1."""
    end_line: int
    """Last line, inclusive."""
    symbol: str
    """Qualified name, or empty."""
    kind: UnitKind
    language: str
    """Name of the language, or `text`."""
    score: float
    """Ranking score in log-odds units; comparable within one query only."""
    probability: float | None
    """Calibrated probability, 0 to 1, that this unit answers the query; None for related code."""
    snippet: str
    """The unit's first lines, as they were when indexed."""
