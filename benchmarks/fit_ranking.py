"""Fit the ranking's weights and its probability; say how good they are on unseen repositories.

    python -m benchmarks.fit_ranking [--write]

Everything is fitted on the tuning half of semble's benchmark (protocol `semble-dev/1`) and judged
leaving one repository out: field weights, feature weights and calibration are fitted on the others
and applied to it. `--write` fits on all repositories and replaces `src/diglot/index/weights.json`.
The report holds each fold's weights, so that `benchmarks.semble_dev --held-out` can measure the
default output on repositories that the weights in use have not seen.

Unanswerable queries are the same queries put to another repository, the next but one in the list,
of another language where possible.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import diglot.index
from benchmarks.protocol import load_queries
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.ranking_data import Example, examples, field_examples, open_indexes
from benchmarks.ranking_fit import fit_listwise, fit_logistic_weights
from benchmarks.ranking_report import markdown, plot_reliability
from benchmarks.repositories import (
    DEFAULT_CHECKOUTS,
    DEFAULT_DATA,
    Repository,
    load_repositories,
)
from benchmarks.runs import Query
from diglot.index import Index
from diglot.index.lexical import FIELDS
from diglot.index.rank import (
    ENCODER_FEATURES,
    FEATURES,
    PENALTIES,
    Calibration,
    Weights,
    order,
    probabilities,
)
from diglot.metrics.bootstrap import bootstrap_mean
from diglot.metrics.calibration import (
    area_under_roc,
    brier_score,
    expected_calibration_error,
    reliability_bins,
)

PENALTY = 5.0
FIELD_PENALTY = 0.01
CALIBRATION_PENALTY = 1.0
SAME_FILE = 2.0
REFUSED = 0.05
RANKS = ("fast", "balanced")
EITHER_SIGN = ("module", "length")
CALIBRATED_ON = (
    *("lexical", "cosine", "path_stem", "path_stem_whole", "path_folders", "symbol"),
    *("symbol_whole", "definition", "definition_file", "mention", "encoder"),
)
Floats = NDArray[np.float64]
Pair = tuple[Query, Repository]


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples of one latency budget."""

    answerable: list[Example]
    unanswerable: list[Example]


@dataclass(slots=True)
class HeldOut:
    """What weights fitted on other repositories do, by latency budget; in order of queries."""

    ndcg: dict[str, Floats]
    ndcg_one_per_file: dict[str, Floats]
    best: dict[str, Floats]
    """Highest probability among the hits: answerable queries, then unanswerable ones."""
    first: dict[str, Floats]
    """Probability of the first hit, likewise."""
    right: dict[str, NDArray[np.bool_]]
    """Whether the first hit meets a target, likewise."""
    accepted: dict[str, NDArray[np.bool_]]
    """Whether some hit reaches the fold's threshold, likewise."""
    weights: dict[str, str]
    """By repository, the weights that have not seen it, as JSON."""


class Fitter:
    """Fits weights on some repositories' queries."""

    def __init__(
        self,
        indexes: Mapping[str, Index],
        repositories: Sequence[Repository],
        queries: Sequence[Query],
    ) -> None:
        by_name = {repository.name: repository for repository in repositories}
        self._indexes = indexes
        self._answerable: list[Pair] = [(query, by_name[query.repository]) for query in queries]
        self._unanswerable: list[Pair] = [
            (query, _another(by_name[query.repository], repositories)) for query in queries
        ]
        self.queries = queries
        self.fields = field_examples(indexes, repositories, queries)

    def fit(self, excluded: frozenset[str]) -> tuple[Weights, dict[str, Examples]]:
        """Fit everything on the repositories not excluded.

        Returns:
            The weights, and the examples of all repositories under these weights.
        """
        weights = Weights(fields=self._fit_fields(excluded), features={}, same_file={}, probability={})
        by_rank: dict[str, Examples] = {}
        for rank in RANKS:
            weights.same_file[rank] = SAME_FILE
            by_rank[rank] = Examples(
                *(
                    examples(self._indexes, pairs, weights, balanced=rank == "balanced")
                    for pairs in (self._answerable, self._unanswerable)
                )
            )
            seen = _without(by_rank[rank], excluded)
            weights.features[rank] = fit_features(seen.answerable, feature_names(rank))
            weights.probability[rank] = _calibrate(seen, weights, rank)
        return weights, by_rank

    def _fit_fields(self, excluded: frozenset[str]) -> dict[Any, float]:
        seen = [example for example in self.fields if example.repository not in excluded]
        columns = range(len(FIELDS))
        fitted = fit_listwise(seen, columns, [1] * len(FIELDS), FIELD_PENALTY)
        scaled = fitted / fitted[FIELDS.index("body")]
        return dict(zip(FIELDS, np.round(scaled, 3).tolist(), strict=True))


def feature_names(rank: str) -> list[str]:
    """Features that a latency budget has."""
    return [name for name in FEATURES if rank == "balanced" or name not in ENCODER_FEATURES]


def fit_features(seen: Sequence[Example], names: Sequence[str]) -> dict[str, float]:
    """Fit the weights of the named features; those that come out as 0 are left out."""
    signs = [-1 if n in PENALTIES else 0 if n in EITHER_SIGN else 1 for n in names]
    fitted = fit_listwise(seen, [FEATURES.index(name) for name in names], signs, PENALTY)
    return {
        name: round(value, 4)
        for name, value in zip(names, fitted.tolist(), strict=True)
        if round(value, 4)
    }


def _another(repository: Repository, repositories: Sequence[Repository]) -> Repository:
    """The next repository but one in another language: it does not hold the answer."""
    place = repositories.index(repository)
    ring = [*repositories[place + 2 :], *repositories[: place + 2]]
    return next(other for other in ring if other.language != repository.language)


def _without(given: Examples, excluded: frozenset[str]) -> Examples:
    """Examples whose query comes from, and is put to, repositories not excluded."""
    answerable, unanswerable = (
        [e for e in part if not excluded & {e.repository, e.query.repository}]
        for part in (given.answerable, given.unanswerable)
    )
    return Examples(answerable, unanswerable)


def _picked(example: Example, weights: Weights, rank: str) -> NDArray[np.int64]:
    scores = example.features @ weights.vector(rank)
    return order(scores.astype(np.float32), example.files, weights.same_file[rank], 10)[0]


def _calibrate(seen: Examples, weights: Weights, rank: str) -> Calibration:
    """Fit the probability on the ten hits of each query; each set of queries counts the same."""
    names = [name for name in CALIBRATED_ON if name in feature_names(rank)]
    columns = [FEATURES.index(name) for name in names]
    parts = [*seen.answerable, *seen.unanswerable]
    tops = [_picked(example, weights, rank) for example in parts]
    table = np.concatenate([e.features[top] for e, top in zip(parts, tops, strict=True)])
    labels = np.concatenate([e.targets[top] > 0 for e, top in zip(parts, tops, strict=True)])
    # The first hit is what people see: hits count by their discount, as in NDCG.
    counts = np.concatenate([1 / np.log2(np.arange(len(top)) + 2) for top in tops])
    intercept, fitted = fit_logistic_weights(
        table[:, columns], labels, counts, CALIBRATION_PENALTY
    )
    used = dict(zip(names, np.round(fitted, 4).tolist(), strict=True))
    free = Calibration(round(intercept, 4), {n: v for n, v in used.items() if v}, 0.0)
    best = [_chances(e, weights, rank, free).max(initial=0.0) for e in seen.answerable]
    return Calibration(free.intercept, free.weights, round(float(np.quantile(best, REFUSED)), 4))


def _chances(example: Example, weights: Weights, rank: str, calibration: Calibration) -> Floats:
    """Probabilities of the hits of an example, best-ranked first."""
    table = example.features[_picked(example, weights, rank)].astype(np.float32)
    return probabilities(table, calibration).astype(np.float64)


def cross_validate(fitter: Fitter, repositories: Sequence[Repository], folds: int) -> HeldOut:
    """Fit on the other folds' repositories, measure on each fold's."""
    count = len(fitter.queries)
    held = HeldOut(
        *({rank: np.zeros(count * times) for rank in RANKS} for times in (1, 1, 2, 2)),
        *({rank: np.zeros(count * 2, bool) for rank in RANKS} for _ in range(2)),
        {},
    )
    for fold in range(folds):
        excluded = frozenset(repository.name for repository in repositories[fold::folds])
        weights, by_rank = fitter.fit(excluded)
        held.weights.update(dict.fromkeys(excluded, weights.to_json()))
        for rank in RANKS:
            _measure(held, by_rank[rank], weights, rank, excluded)
        sys.stderr.write(f"fold {fold + 1} of {folds}: {', '.join(sorted(excluded))}\n")
    return held


def _measure(
    held: HeldOut, given: Examples, weights: Weights, rank: str, excluded: frozenset[str]
) -> None:
    count = len(given.answerable)
    vector = weights.vector(rank).astype(np.float64)
    calibration = weights.probability[rank]
    for place, example in enumerate([*given.answerable, *given.unanswerable]):
        if example.query.repository not in excluded:
            continue
        chances = _chances(example, weights, rank, calibration)
        first = _picked(example, weights, rank)[:1]
        held.best[rank][place] = chances.max(initial=0.0)
        held.first[rank][place] = chances[0] if len(chances) else 0.0
        held.right[rank][place] = bool((example.targets[first] > 0).any())
        held.accepted[rank][place] = chances.max(initial=0.0) >= calibration.threshold
        if place < count:
            scores = example.features @ vector
            held.ndcg[rank][place] = example.ndcg(scores, weights.same_file[rank])
            held.ndcg_one_per_file[rank][place] = example.ndcg(scores, np.inf)


def ablate(
    given: Mapping[str, Examples], repositories: Sequence[Repository], folds: int
) -> dict[str, dict[str, float]]:
    """Cross-validated NDCG@10 without each feature, less that with all, by latency budget."""

    def mean(rank: str, names: Sequence[str]) -> float:
        values = []
        for fold in range(folds):
            excluded = {repository.name for repository in repositories[fold::folds]}
            answerable = given[rank].answerable
            fitted = fit_features([e for e in answerable if e.repository not in excluded], names)
            vector = np.array([fitted.get(name, 0.0) for name in FEATURES])
            values += [
                e.ndcg(e.features @ vector, SAME_FILE)
                for e in answerable
                if e.repository in excluded
            ]
        return float(np.mean(values))

    table: dict[str, dict[str, float]] = {}
    for rank in RANKS:
        names = feature_names(rank)
        everything = mean(rank, names)
        table[rank] = {"(all)": everything}
        for name in names:
            table[rank][name] = mean(rank, [other for other in names if other != name]) - everything
    return table


def single_rankings(fitter: Fitter) -> dict[str, dict[str, float]]:
    """NDCG@10 of BM25 over all fields, over the path alone and over the body alone."""
    chosen = {
        "BM25, all fields equal": list(range(len(FIELDS))),
        "path alone": [FIELDS.index("path")],
        "body alone": [FIELDS.index("body")],
    }
    return {
        name: {
            mode: float(np.mean([e.ndcg(e.features[:, cols].sum(1), cost) for e in fitter.fields]))
            for mode, cost in (("units", 0.0), ("one per file", np.inf))
        }
        for name, cols in chosen.items()
    }


def summary(held: HeldOut, queries: Sequence[Query], seed: int) -> dict[str, Any]:
    """Means with intervals over repositories, and how good the probability is."""
    clusters = [query.repository for query in queries]
    answerable = np.arange(2 * len(queries)) < len(queries)
    result: dict[str, Any] = {}
    for rank in RANKS:
        first, right = held.first[rank], held.right[rank]
        result[rank] = {
            "ndcg_at_10": asdict(bootstrap_mean(held.ndcg[rank], seed=seed, clusters=clusters)),
            "ndcg_at_10_one_per_file": asdict(
                bootstrap_mean(held.ndcg_one_per_file[rank], seed=seed, clusters=clusters)
            ),
            "probability": {
                "auroc_answerable": area_under_roc(held.best[rank], answerable),
                "auroc_first_hit_right": area_under_roc(first, right),
                "brier_first_hit_right": brier_score(first, right),
                "brier_of_base_rate": float(right.mean() * (1 - right.mean())),
                "expected_calibration_error": expected_calibration_error(first, right),
                "refused_answerable": float(1 - held.accepted[rank][answerable].mean()),
                "refused_unanswerable": float(1 - held.accepted[rank][~answerable].mean()),
                "reliability": [asdict(part) for part in reliability_bins(first, right)],
            },
        }
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")
    parser.add_argument("--folds", type=int, default=7)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--cache", type=Path, default=Path(".scratch/cache"))
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/fit_ranking.json"))
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    return parser.parse_args()


def main() -> int:
    """Cross-validate, report, and write the weights if asked to."""
    arguments = _arguments()
    repositories = load_repositories(arguments.data)
    queries = load_queries(arguments.data, repositories)
    indexes = open_indexes(repositories, arguments.checkouts.resolve(), arguments.cache)
    fitter = Fitter(indexes, repositories, queries)
    held = cross_validate(fitter, repositories, arguments.folds)
    weights, by_rank = fitter.fit(frozenset())
    result = {
        "protocol": "semble-dev/1, cross-validated by repository",
        "folds": arguments.folds,
        "seed": arguments.seed,
        "revision": source_revision(),
        "hardware": hardware(),
        "versions": package_versions(),
        "held_out": summary(held, queries, arguments.seed),
        "single": single_rankings(fitter),
        "ablation": ablate(by_rank, repositories, arguments.folds),
        "weights": json.loads(weights.to_json()),
        "weights_without": {name: json.loads(text) for name, text in held.weights.items()},
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    table = markdown(result)
    arguments.output.with_suffix(".md").write_text(table, encoding="utf-8")
    plot_reliability(result, arguments.output.with_suffix(".png"))
    sys.stdout.write(table)
    if arguments.write:
        target = Path(diglot.index.__file__).parent / "weights.json"
        target.write_text(weights.to_json(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
