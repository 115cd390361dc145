"""Protocol `docstring-to-function/1`: does search find the function that a docstring is about?

Queries are the first sentences of the documentation of functions, at most 300 a repository chosen
by chance (`function_queries.py`). What is searched is the repository's files of its language
without any documentation (`documentation.py`). Each query asks for fifty results. A result is
right if it is in the function's file and its lines and the function's have an intersection of at
least half their union; the query's score is the reciprocal of the rank of the first right result,
0 if there is none. The lax score also takes a result that holds the line on which the function is
named, and so counts a whole class or file as right.

The score is shown for all queries and for those that share no content word with the path or the
symbol of the function, where matching names is of no help. As few do, all such queries of a
repository are asked, up to 300, whether or not chance chose them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.function_queries import FunctionQuery
from benchmarks.runs import Location, System
from diglot import Index
from diglot.types import Rank

PROTOCOL = "docstring-to-function/1"
QUERIES_PER_REPOSITORY = 300
DEPTH = 50
LEAST_OVERLAP = 0.5


@dataclass(slots=True)
class FunctionRun:
    """What one system did; lists are in the order of the queries."""

    system: str
    settings: dict[str, str]
    ranks: list[float] = field(default_factory=list)
    """Rank of the first result that is the function, infinity where none is."""
    lax_ranks: list[float] = field(default_factory=list)
    """Likewise of the first result that is the function or holds the line that names it."""


@dataclass(slots=True)
class Forecast:
    """The first hit of one query in one repository."""

    query: int
    """Number of the query."""
    repository: str
    """Where it was put; its answer is in its own repository alone."""
    probability: float
    """That the hit answers the query; 0 without a hit."""
    is_right: bool


def is_function(result: Location, query: FunctionQuery) -> bool:
    """Whether a result is a query's function, by the overlap of their lines."""
    if result.path != query.path:
        return False
    first, last = max(result.start_line, query.start_line), min(result.end_line, query.end_line)
    shared = last - first + 1
    together = (
        (result.end_line - result.start_line + 1)
        + (query.end_line - query.start_line + 1)
        - max(shared, 0)
    )
    return shared >= LEAST_OVERLAP * together


def holds_function(result: Location, query: FunctionQuery) -> bool:
    """Whether a result holds the line on which a query's function is named."""
    return result.path == query.path and (result.start_line <= query.code_line <= result.end_line)


def evaluate(
    system: System, roots: Mapping[str, Path], queries: Sequence[FunctionQuery]
) -> FunctionRun:
    """Put every query to its own repository.

    Args:
        system: The system under test.
        roots: The searched tree of each repository.
        queries: Grouped by repository in the same order.
    """
    run = FunctionRun(system.name, system.settings())
    for repository, root in roots.items():
        ranker = system.open(root)
        for query in queries:
            if query.repository == repository:
                results = ranker(query.text, DEPTH)
                rank = _first(results, query, is_function)
                run.ranks.append(rank)
                run.lax_ranks.append(min(rank, _first(results, query, holds_function)))
        sys.stderr.write(f"{system.name}: {repository}\n")
    return run


def forecasts(
    rank: Rank, roots: Mapping[str, Path], queries: Sequence[FunctionQuery]
) -> list[Forecast]:
    """Put every sampled query to every repository, and keep what diglot says of its first hit."""
    made = []
    sampled = [(number, query) for number, query in enumerate(queries) if query.is_sampled]
    for repository, root in roots.items():
        index = Index.open(root)
        for number, query in sampled:
            hits = index.search(query.text, top_k=1, rank=rank)
            own = query.repository == repository
            made.append(
                Forecast(
                    query=number,
                    repository=repository,
                    probability=(hits[0].probability or 0.0) if hits else 0.0,
                    is_right=own
                    and any(
                        is_function(Location(hit.path, hit.start_line, hit.end_line), query)
                        for hit in hits
                    ),
                )
            )
        sys.stderr.write(f"probability at {rank}: {repository}\n")
    return made


def _first(
    results: Iterable[Location],
    query: FunctionQuery,
    is_right: Callable[[Location, FunctionQuery], bool],
) -> float:
    ranks = (rank for rank, result in enumerate(results, 1) if is_right(result, query))
    return next(ranks, math.inf)
