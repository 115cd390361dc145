"""What the benchmark's programs pass on: what is asked, of which systems, and what came back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Target:
    """A file, or some lines of one, that answers a query."""

    path: str
    start_line: int = 1
    end_line: int = sys.maxsize


@dataclass(frozen=True, slots=True)
class Query:
    """A question on one repository."""

    repository: str
    language: str
    category: str
    text: str
    targets: tuple[Target, ...]


class Location(NamedTuple):
    """A result: the span of a file, with lines from 1, both inclusive."""

    path: str
    """Relative to the searched folder, with `/`."""
    start_line: int
    end_line: int


Ranker = Callable[[str, int], list[Location]]
"""Takes a query and the number of results wanted; returns results, best first."""


class System(Protocol):
    """A search system with fixed settings."""

    @property
    def name(self) -> str:
        """Name in reports."""

    def open(self, root: Path) -> Ranker:
        """Index a folder and return its ranker."""

    def settings(self) -> dict[str, str]:
        """What else fixes the results, for the record."""


@dataclass(slots=True)
class Run:
    """What one system did; lists are in the order of the queries."""

    system: str
    settings: dict[str, str]
    index_seconds: dict[str, float] = field(default_factory=dict)
    """By repository."""
    ranks: list[list[float]] = field(default_factory=list)
    """Ranks of each query's targets, infinity where not found."""
    ndcg: list[float] = field(default_factory=list)
    """NDCG@10."""
    ndcg_one_per_file: list[float] = field(default_factory=list)
    """NDCG@10 when only the first result of each file is kept."""
    milliseconds: list[float] = field(default_factory=list)
    """Median time of the repeated query, in the process that holds the index."""
