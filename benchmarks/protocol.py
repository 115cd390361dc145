"""Protocol `semble-dev/1`: file-level code search on the tuning half of semble's benchmark.

Each repository's `benchmark_root` is indexed on its own; each query asks for ten results. A result
meets a target if one of their paths ends with the other and, where the target names lines, their
spans overlap. A target's rank is that of the first result meeting it. The score is NDCG@10 with
gains of 0 or 1, where the ideal ranking holds all targets, primary and secondary, first. A second
score, one result a file, asks for fifty results and drops all but the first of each file before it
looks at ten. Means weigh queries equally.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.repositories import Repository, searched_root
from benchmarks.runs import Location, Query, Ranker, Run, System, Target
from diglot.metrics.ranking import ndcg

PROTOCOL = "semble-dev/1"
CUTOFF = 10
DEPTH_BEFORE_ONE_PER_FILE = 50
TIMED_REPEATS = 3


def load_queries(data: Path, repositories: Sequence[Repository]) -> list[Query]:
    """Read the annotations of repositories, in the order of repositories and files."""
    queries = []
    for repository in repositories:
        file = data / "annotations" / f"{repository.name}.json"
        for entry in json.loads(file.read_text(encoding="utf-8")):
            targets = [_target(raw) for raw in entry["relevant"] + entry["secondary"]]
            queries.append(
                Query(
                    repository=repository.name,
                    language=repository.language,
                    category=entry["category"],
                    text=entry["query"],
                    targets=tuple(targets),
                )
            )
    return queries


def target_ranks(results: Sequence[Location], targets: Iterable[Target]) -> list[float]:
    """Rank of the first result that meets each target, infinity where none does."""
    return [
        next((rank for rank, result in enumerate(results, 1) if meets(result, target)), math.inf)
        for target in targets
    ]


def one_per_file(results: Iterable[Location]) -> list[Location]:
    """Keep the first result of each file."""
    first: dict[str, Location] = {}
    for result in results:
        first.setdefault(result.path, result)
    return list(first.values())


def evaluate(
    system: System, repositories: Sequence[Repository], queries: Sequence[Query], checkouts: Path
) -> Run:
    """Index every repository, ask every query, and score the answers.

    Args:
        system: The system under test.
        repositories: Repositories of the queries.
        queries: Grouped by repository in the same order.
        checkouts: Folder of the checkouts.

    Returns:
        Scores and times, in the order of `queries`.
    """
    run = Run(system.name, system.settings())
    with own_caches():
        _warm_up(system)
        for repository in repositories:
            root = searched_root(repository, checkouts)
            started = time.perf_counter()
            ranker = system.open(root)
            run.index_seconds[repository.name] = time.perf_counter() - started
            for query in queries:
                if query.repository == repository.name:
                    _ask(run, ranker, query, repository.benchmark_root)
            sys.stderr.write(f"{system.name}: {repository.name}\n")
    return run


@contextmanager
def own_caches() -> Iterator[None]:
    """Let what runs inside build every index anew, and leave the user's own alone."""
    variables = ("DIGLOT_CACHE_DIR", "SEMBLE_CACHE_LOCATION")
    before = {name: os.environ[name] for name in variables if name in os.environ}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(dict.fromkeys(variables, folder))
        try:
            yield
        finally:
            for name in variables:
                del os.environ[name]
            os.environ.update(before)


def _ask(run: Run, ranker: Ranker, query: Query, prefix: str) -> None:
    results = _from_repository(ranker(query.text, CUTOFF), prefix)
    deep = _from_repository(ranker(query.text, DEPTH_BEFORE_ONE_PER_FILE), prefix)
    ranks = target_ranks(results[:CUTOFF], query.targets)
    file_ranks = target_ranks(one_per_file(deep)[:CUTOFF], query.targets)
    times = []
    for _ in range(TIMED_REPEATS):
        started = time.perf_counter()
        ranker(query.text, CUTOFF)
        times.append(1000 * (time.perf_counter() - started))
    run.ranks.append(ranks)
    run.ndcg.append(ndcg(ranks, len(query.targets), CUTOFF))
    run.ndcg_one_per_file.append(ndcg(file_ranks, len(query.targets), CUTOFF))
    run.milliseconds.append(statistics.median(times))


def _warm_up(system: System) -> None:
    """Load code and models, so that the first repository does not pay for them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "warm_up.py").write_text("def warm_up():\n    return 1\n", encoding="utf-8")
        system.open(root)("warm up", CUTOFF)


def _from_repository(results: Iterable[Location], prefix: str) -> list[Location]:
    """Make paths relative to the repository, as most annotations are."""
    start = f"{prefix}/" if prefix else ""
    return [result._replace(path=start + result.path) for result in results]


def meets(result: Location, target: Target) -> bool:
    """Whether a result, its path relative to the repository, meets a target."""
    # Some annotations are relative to the benchmark_root, hence ends of paths.
    found, wanted = f"/{result.path}", f"/{target.path}"
    same_file = found.endswith(wanted) or wanted.endswith(found)
    return (
        same_file and result.start_line <= target.end_line and target.start_line <= result.end_line
    )


def _target(raw: str | dict[str, str | int]) -> Target:
    if isinstance(raw, str):
        return Target(raw)
    return Target(str(raw["path"]), int(raw["start_line"]), int(raw["end_line"]))
