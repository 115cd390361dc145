"""From runs of protocol `docstring-to-function/1` to a result file and its Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np

from benchmarks.function_protocol import Forecast, FunctionRun
from benchmarks.function_queries import FunctionQuery
from benchmarks.report import row, show
from diglot.metrics.bootstrap import bootstrap_difference, bootstrap_mean
from diglot.metrics.calibration import area_under_roc, brier_score, reliability_bins
from diglot.metrics.ranking import reciprocal_ranks

Numbers = Sequence[int]
COLUMNS = {"all": "all queries", "no_shared_word": "no shared word"}


def report(
    runs: Sequence[FunctionRun],
    queries: Sequence[FunctionQuery],
    probability: Mapping[str, Mapping[str, Any]],
    provenance: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Summarise runs as the JSON value of a result file.

    Intervals resample queries, and so speak of these repositories alone.

    Args:
        runs: One run of each system, over the same queries; each is compared with those before it.
        queries: The queries, in the order of the runs' lists.
        probability: By rank, what `probability_report` says.
        provenance: Where the numbers come from; its entries come first.
        seed: Seed of the bootstrap.
    """
    return {
        **provenance,
        "systems": [
            {"name": run.system, "settings": run.settings, **_scores(run, queries, seed)}
            for run in runs
        ],
        "comparisons": [_comparison(b, a, queries, seed) for a, b in combinations(runs, 2)],
        "probability": dict(probability),
        "queries": [_record(query, number, runs) for number, query in enumerate(queries)],
    }


def probability_report(
    forecasts: Sequence[Forecast], queries: Sequence[FunctionQuery], threshold: float
) -> dict[str, Any]:
    """Say whether probabilities tell answerable queries from others, and mean what they say.

    A query is answerable in its own repository. `brier` and `reliability` compare the probability
    of a first hit with whether it is the function, `own` in the query's repository and `all`
    wherever it was put; there no hit is right in another repository.
    """
    places = np.array([item.repository for item in forecasts])
    probabilities = np.array([item.probability for item in forecasts])
    right = np.array([item.is_right for item in forecasts])
    answerable = places == [queries[item.query].repository for item in forecasts]
    refused = probabilities < threshold
    groups = {"own": answerable, "all": np.ones_like(answerable)}
    return {
        "threshold": threshold,
        "auroc": area_under_roc(probabilities, answerable),
        "auroc_by_repository": {
            name: area_under_roc(probabilities[chosen], answerable[chosen])
            for name, chosen in ((name, places == name) for name in dict.fromkeys(places.tolist()))
        },
        "refused": {
            "answerable": float(refused[answerable].mean()),
            "answerable_first_hit_right": float(refused[answerable & right].mean()),
            "unanswerable": float(refused[~answerable].mean()),
        },
        "brier": {
            name: brier_score(probabilities[chosen], right[chosen])
            for name, chosen in groups.items()
        },
        "reliability": {
            name: [asdict(part) for part in reliability_bins(probabilities[chosen], right[chosen])]
            for name, chosen in groups.items()
        },
    }


def markdown(result: Mapping[str, Any]) -> str:
    """Show a result file's summaries as Markdown tables."""
    names = [part["name"] for part in result["repositories"] if part["asked"]]
    lines = [
        f"# {result['protocol']}",
        "",
        f"95% intervals resample queries (seed {result['seed']}). {result['hardware']}; "
        + ", ".join(f"{name} {number}" for name, number in result["versions"].items())
        + f"; revision {result['revision'][:12]}.",
        "",
        *_table(
            [key.replace("_", " ") for key in result["repositories"][0]],
            [[str(value) for value in part.values()] for part in result["repositories"]],
        ),
    ]
    for column, title in COLUMNS.items():
        rows = [
            [
                system["name"],
                show(system[column]["mrr"]),
                f"{system[column]['mrr_lax']['mean']:.3f}",
                *(_cell(system[column]["by_repository"], name) for name in names),
            ]
            for system in result["systems"]
        ]
        lines += ["", f"## {title}", "", *_table(("system", "MRR", "lax", *names), rows)]
    rows = [
        [
            f"{pair['first']} - {pair['second']}",
            *(show(pair[column]["mrr"], "+.3f") for column in COLUMNS),
        ]
        for pair in result["comparisons"]
    ]
    lines += ["", "## Differences of MRR", "", *_table(("pair", *COLUMNS.values()), rows)]
    for rank, part in result["probability"].items():
        lines += ["", f"## Probability at {rank}", "", *_probability(part)]
    return "\n".join(lines) + "\n"


def _columns(queries: Sequence[FunctionQuery]) -> dict[str, Numbers]:
    """Numbers of the queries that each column is about."""
    return {
        "all": [number for number, query in enumerate(queries) if query.is_sampled],
        "no_shared_word": [n for n, query in enumerate(queries) if not query.shares_word],
    }


def _by_repository(chosen: Numbers, queries: Sequence[FunctionQuery]) -> dict[str, Numbers]:
    names = dict.fromkeys(query.repository for query in queries)
    parts = {name: [n for n in chosen if queries[n].repository == name] for name in names}
    return {name: part for name, part in parts.items() if part}


def _scores(run: FunctionRun, queries: Sequence[FunctionQuery], seed: int) -> dict[str, Any]:
    strict, lax = reciprocal_ranks(run.ranks), reciprocal_ranks(run.lax_ranks)
    return {
        column: {
            "queries": len(chosen),
            "mrr": asdict(bootstrap_mean(strict[chosen], seed=seed)),
            "mrr_lax": asdict(bootstrap_mean(lax[chosen], seed=seed)),
            "by_repository": {
                name: asdict(bootstrap_mean(strict[part], seed=seed))
                for name, part in _by_repository(chosen, queries).items()
            },
        }
        for column, chosen in _columns(queries).items()
        if chosen
    }


def _comparison(
    first: FunctionRun, second: FunctionRun, queries: Sequence[FunctionQuery], seed: int
) -> dict[str, Any]:
    one, other = reciprocal_ranks(first.ranks), reciprocal_ranks(second.ranks)

    def difference(chosen: Numbers) -> dict[str, float]:
        return asdict(bootstrap_difference(one[chosen], other[chosen], seed=seed))

    return {
        "first": first.system,
        "second": second.system,
        **{
            column: {
                "mrr": difference(chosen),
                "by_repository": {
                    name: difference(part) for name, part in _by_repository(chosen, queries).items()
                },
            }
            for column, chosen in _columns(queries).items()
        },
    }


def _record(query: FunctionQuery, number: int, runs: Sequence[FunctionRun]) -> dict[str, Any]:
    # JSON has no infinity: a function that was not found has no rank.
    def finite(rank: float) -> int | None:
        return int(rank) if math.isfinite(rank) else None

    return {
        **asdict(query),
        "ranks": {run.system: finite(run.ranks[number]) for run in runs},
        "lax_ranks": {run.system: finite(run.lax_ranks[number]) for run in runs},
    }


def _cell(intervals: Mapping[str, Mapping[str, float]], name: str) -> str:
    return show(intervals[name]) if name in intervals else ""


def _probability(part: Mapping[str, Any]) -> list[str]:
    refused = part["refused"]
    lines = [
        f"AUROC, answerable against put to another repository: {part['auroc']:.3f}. "
        f"Refused under {part['threshold']:.3f}: {refused['answerable']:.1%} of the answerable, "
        f"{refused['answerable_first_hit_right']:.1%} of those whose first hit is right, "
        f"{refused['unanswerable']:.1%} of the others. "
        f"Brier score: {part['brier']['own']:.3f} on own repositories, "
        f"{part['brier']['all']:.3f} on all.",
        "",
    ]
    rows = [
        [str(bin_["count"]), f"{bin_['mean_probability']:.3f}", f"{bin_['positive_fraction']:.3f}"]
        for bin_ in part["reliability"]["own"]
    ]
    return lines + _table(("answerable queries", "probability", "first hit right"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [row(*head), row("---", *["---:"] * (len(head) - 1)), *(row(*cells) for cells in rows)]
