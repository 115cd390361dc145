"""From runs to a result file: means with intervals, paired comparisons, one Markdown table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from benchmarks.runs import Query, Run
from diglot.metrics.bootstrap import Interval, bootstrap_difference, bootstrap_mean


def report(
    runs: Sequence[Run], queries: Sequence[Query], provenance: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Summarise runs as the JSON value of a result file.

    Overall and by category, intervals resample repositories, as queries on one repository vary
    together. By language and repository, where one to three repositories are left, they resample
    queries and so speak of these repositories alone.

    Args:
        runs: One run of each system, over the same queries.
        queries: The queries, in the order of the runs' lists.
        provenance: Where the numbers come from; its entries come first.
        seed: Seed of the bootstrap.

    Returns:
        A value that `json` can write.
    """
    return {
        **provenance,
        "seed": seed,
        "systems": [_summary(run, queries, seed) for run in runs],
        "comparisons": [_comparison(a, b, queries, seed) for a, b in combinations(runs, 2)],
        "queries": [_query_record(query, number, runs) for number, query in enumerate(queries)],
    }


def markdown(result: Mapping[str, Any]) -> str:
    """Show a result file's summaries and comparisons as Markdown tables."""
    categories = sorted(result["systems"][0]["by_category"])
    lines = [
        f"# {result['protocol']}",
        "",
        f"{len(result['queries'])} queries on {len(result['systems'][0]['by_repository'])} "
        f"repositories; 95% intervals resample repositories (seed {result['seed']}).",
        f"{result['hardware']}; "
        + ", ".join(f"{name} {number}" for name, number in result["versions"].items())
        + f"; revision {result['revision'][:12]}.",
        "",
        row("system", "NDCG@10", "one per file", *categories, "index s", "query p50 ms", "p95"),
        row("---", *["---:"] * (len(categories) + 5)),
    ]
    lines += [_system_row(system, categories) for system in result["systems"]]
    lines += ["", row("difference", "NDCG@10", *categories)]
    lines += [row("---", *["---:"] * (len(categories) + 1))]
    for pair in result["comparisons"]:
        cells = [pair["ndcg_at_10"], *(pair["by_category"][name] for name in categories)]
        name = f"{pair['first']} - {pair['second']}"
        lines.append(row(name, *(show(cell, "+.3f") for cell in cells)))
    systems = [system["name"] for system in result["systems"]]
    lines += ["", row("language", *systems), row("---", *["---:"] * len(systems))]
    for language in sorted(result["systems"][0]["by_language"]):
        means = [system["by_language"][language]["mean"] for system in result["systems"]]
        lines.append(row(language, *(f"{mean:.3f}" for mean in means)))
    return "\n".join(lines) + "\n"


def _summary(run: Run, queries: Sequence[Query], seed: int) -> dict[str, Any]:
    repositories = [query.repository for query in queries]

    def over_repositories(values: Sequence[float], chosen: Sequence[int]) -> Interval:
        clusters = [repositories[number] for number in chosen]
        return bootstrap_mean([values[n] for n in chosen], seed=seed, clusters=clusters)

    def over_queries(values: Sequence[float], chosen: Sequence[int]) -> Interval:
        return bootstrap_mean([values[n] for n in chosen], seed=seed)

    everything = range(len(queries))
    by_repository = _grouped(run.ndcg, [query.repository for query in queries], over_queries)
    return {
        "name": run.system,
        "settings": run.settings,
        "ndcg_at_10": asdict(over_repositories(run.ndcg, everything)),
        "ndcg_at_10_one_per_file": asdict(over_repositories(run.ndcg_one_per_file, everything)),
        "mean_of_repositories": float(np.mean([part["mean"] for part in by_repository.values()])),
        "by_category": _grouped(run.ndcg, [q.category for q in queries], over_repositories),
        "by_language": _grouped(run.ndcg, [q.language for q in queries], over_queries),
        "by_repository": by_repository,
        "index_seconds": {name: round(value, 4) for name, value in run.index_seconds.items()},
        "query_milliseconds": {
            "p50": float(np.quantile(run.milliseconds, 0.5)),
            "p95": float(np.quantile(run.milliseconds, 0.95)),
        },
    }


def _comparison(first: Run, second: Run, queries: Sequence[Query], seed: int) -> dict[str, Any]:
    repositories = [query.repository for query in queries]
    difference = (np.asarray(first.ndcg) - np.asarray(second.ndcg)).tolist()

    def over_repositories(values: Sequence[float], chosen: Sequence[int]) -> Interval:
        return bootstrap_mean(
            [values[number] for number in chosen],
            seed=seed,
            clusters=[repositories[number] for number in chosen],
        )

    overall = bootstrap_difference(first.ndcg, second.ndcg, seed=seed, clusters=repositories)
    return {
        "first": first.system,
        "second": second.system,
        "ndcg_at_10": asdict(overall),
        "by_category": _grouped(difference, [q.category for q in queries], over_repositories),
    }


def _grouped(
    values: Sequence[float],
    labels: Sequence[str],
    interval: Callable[[Sequence[float], Sequence[int]], Interval],
) -> dict[str, dict[str, float]]:
    return {
        label: asdict(interval(values, [n for n, own in enumerate(labels) if own == label]))
        for label in dict.fromkeys(labels)
    }


def _query_record(query: Query, number: int, runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "repository": query.repository,
        "language": query.language,
        "category": query.category,
        "query": query.text,
        "ndcg_at_10": {run.system: round(run.ndcg[number], 6) for run in runs},
        "ndcg_at_10_one_per_file": {
            run.system: round(run.ndcg_one_per_file[number], 6) for run in runs
        },
        # JSON has no infinity: a target that was not found has no rank.
        "ranks": {
            run.system: [rank if math.isfinite(rank) else None for rank in run.ranks[number]]
            for run in runs
        },
        "milliseconds": {run.system: round(run.milliseconds[number], 3) for run in runs},
    }


def _system_row(system: Mapping[str, Any], categories: Sequence[str]) -> str:
    times = system["query_milliseconds"]
    return row(
        system["name"],
        show(system["ndcg_at_10"]),
        f"{system['ndcg_at_10_one_per_file']['mean']:.3f}",
        *(f"{system['by_category'][name]['mean']:.3f}" for name in categories),
        f"{np.mean(list(system['index_seconds'].values())):.2f}",
        f"{times['p50']:.2f}",
        f"{times['p95']:.2f}",
    )


def show(interval: Mapping[str, float], form: str = ".3f") -> str:
    """Show a mean and its interval."""
    return f"{interval['mean']:{form}} [{interval['low']:{form}}, {interval['high']:{form}}]"


def row(*cells: str) -> str:
    """Join cells to a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"
