"""Fit the ranking's weights and its probability; say how good they are on unseen repositories.

    python -m benchmarks.fit_ranking [--ablate] [--write]

Everything is fitted on the tuning half of semble's benchmark (protocol `semble-dev/1`): on its
queries, whose answers are files, and on queries made from the same repositories' documentation and
names of functions, whose answers are functions, put to trees without that documentation. The former
alone would teach the ranking to prefer long units over the function that was asked for.

Weights are judged on repositories they have not seen: feature weights and calibration are fitted on
the other folds. Lexical fields count alike: weights of their own, fitted, were other ones in every
fold and worse on unseen repositories. `--write` fits on all repositories and replaces
`src/diglot/index/weights.json`. The report holds each fold's weights, so that
`benchmarks.semble_dev` can measure the default output on repositories its weights have not seen.

Unanswerable queries are the same queries put to another repository, the next but one in the list,
of another language where possible.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import diglot.index
from benchmarks.protocol import load_queries
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.ranking_data import (
    Example,
    examples,
    field_examples,
    function_queries,
    line_queries,
    open_indexes,
)
from benchmarks.ranking_fit import fit_listwise, fit_logistic_weights
from benchmarks.ranking_report import markdown, plot_reliability
from benchmarks.repositories import (
    DEFAULT_CHECKOUTS,
    DEFAULT_DATA,
    Repository,
    load_repositories,
)
from benchmarks.result_files import write_result
from benchmarks.runs import Query
from diglot.index import Index
from diglot.index.question import analyse
from diglot.index.rank import (
    DECIDING,
    EITHER_SIGN,
    ENCODER_FEATURES,
    EXACT,
    FEATURES,
    PENALTIES,
    STATIC_FEATURES,
    Calibration,
    Weights,
    order,
    probabilities,
)
from diglot.index.segment import FIELDS
from diglot.index.stages import RankedBy
from diglot.metrics.bootstrap import bootstrap_mean
from diglot.metrics.calibration import (
    area_under_roc,
    brier_score,
    expected_calibration_error,
    fit_logistic,
    reliability_bins,
)

PENALTY = 2.0
CALIBRATION_PENALTY = 1.0
SAME_FILE = 3.0
SAME_FILE_ACTION = 0.5
"""In place of it, where the query says what a function does."""
FUNCTION_COUNT = 0.1
"""How much a function-level query counts beside a file-level one."""
FUNCTIONS = 20
"""Function-level queries of each repository, about."""
FUNCTIONS_ELSEWHERE = 3
"""Every how manieth of them is also put to another repository."""
LINES = 12
"""Lines of code of each repository that calibrate the probability."""
REFUSED = 0.05
RANKS: tuple[RankedBy, ...] = ("lexical", "fast", "balanced")
CALIBRATED_ON = (
    *(
        "lexical",
        "coverage",
        "phrase",
        "exact",
        "cosine",
        "path_stem",
        "path_folders",
        "symbol",
        "symbol_whole",
    ),
    *("definition", "definition_file", "mention", "mention_file", "cosine_file"),
    *("encoder", "encoder_file"),
)
Floats = NDArray[np.float64]
Pair = tuple[Query, Repository]


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples of one latency budget."""

    answerable: list[Example]
    unanswerable: list[Example]
    functions: list[Example]
    functions_elsewhere: list[Example]
    """Function-level queries put to a repository that does not hold the answer."""
    lines: list[Example]
    """Lines of code, which calibrate the probability and are not measured."""
    lines_elsewhere: list[Example]

    @property
    def with_answer(self) -> list[Example]:
        """Queries of both levels put to repositories that hold the answer."""
        return [*self.answerable, *self.functions]

    @property
    def without_answer(self) -> list[Example]:
        """Queries of both levels put to repositories that do not."""
        return [*self.unanswerable, *self.functions_elsewhere]


@dataclass(slots=True)
class HeldOut:
    """What weights fitted on other repositories do, by latency budget; in order of queries."""

    ndcg: dict[str, Floats]
    ndcg_one_per_file: dict[str, Floats]
    function_mrr: dict[str, Floats]
    """In order of the function-level queries."""
    best: dict[str, Floats]
    """Highest probability among the hits: of all queries with an answer, then of those without."""
    first: dict[str, Floats]
    """Probability of the first hit, likewise."""
    right: dict[str, Floats]
    """1 where the first hit meets a target, else 0, likewise."""
    accepted: dict[str, Floats]
    """1 where some hit reaches the fold's threshold, else 0, likewise."""
    weights: dict[str, str] = field(default_factory=dict)
    """By repository, the weights that have not seen it, as JSON."""


@dataclass(frozen=True, slots=True)
class Task:
    """Queries and what they are put to."""

    indexes: Mapping[str, Index]
    answerable: Sequence[Pair]
    unanswerable: Sequence[Pair]
    function_indexes: Mapping[str, Index]
    functions: Sequence[Pair]
    functions_elsewhere: Sequence[Pair]
    lines: Sequence[Pair]
    lines_elsewhere: Sequence[Pair]
    fields: Sequence[Example]
    """Examples whose features are the lexical fields."""
    described: dict[str, Examples] = field(default_factory=dict)
    """By latency budget, the examples last described."""

    def examples(self, weights: Weights, rank: RankedBy) -> Examples:
        """Describe the candidates of all queries under given weights.

        Only at `balanced` do weights matter: they choose what the encoder re-scores.
        """
        if rank != "balanced" and rank in self.described:
            return self.described[rank]
        self.described[rank] = Examples(
            examples(self.indexes, self.answerable, weights, rank),
            examples(self.indexes, self.unanswerable, weights, rank),
            examples(self.function_indexes, self.functions, weights, rank),
            examples(self.function_indexes, self.functions_elsewhere, weights, rank),
            examples(self.indexes, self.lines, weights, rank),
            examples(self.indexes, self.lines_elsewhere, weights, rank),
        )
        return self.described[rank]


def fit(
    task: Task, excluded: frozenset[str], ranks: Sequence[RankedBy]
) -> tuple[Weights, dict[str, Examples]]:
    """Fit everything on the repositories not excluded.

    Returns:
        The weights, and the examples of all repositories under these weights.
    """
    weights = Weights(dict.fromkeys(FIELDS, 1.0), {}, {}, {}, {})
    by_rank: dict[str, Examples] = {}
    for rank in ranks:
        weights.same_file[rank] = SAME_FILE
        weights.same_file_action[rank] = SAME_FILE_ACTION
        by_rank[rank] = task.examples(weights, rank)
        seen = _without(by_rank[rank], excluded)
        weights.features[rank] = fit_features(seen, feature_names(rank))
        weights.probability[rank] = _calibrate(seen, weights, rank)
    return weights, by_rank


def make_task(
    repositories: Sequence[Repository],
    queries: Sequence[Query],
    checkouts: Path,
    cache: Path,
    seed: int,
) -> Task:
    """Open the indexes and pair the queries with what they are put to."""
    by_name = {repository.name: repository for repository in repositories}
    indexes = open_indexes(repositories, checkouts, cache)
    trees = cache / "undocumented"
    asked, searched = function_queries(repositories, checkouts, trees, FUNCTIONS, seed)
    lines = line_queries(indexes, repositories, LINES, seed)
    searched_by_name = {repository.name: repository for repository in searched}
    return Task(
        indexes=indexes,
        answerable=[(query, by_name[query.repository]) for query in queries],
        unanswerable=[
            (query, _another(by_name[query.repository], repositories)) for query in queries
        ],
        function_indexes=open_indexes(searched, trees, cache),
        functions=[(query, searched_by_name[query.repository]) for query in asked],
        functions_elsewhere=[
            (query, _another(searched_by_name[query.repository], searched))
            for query in asked[::FUNCTIONS_ELSEWHERE]
        ],
        lines=[(line, by_name[line.repository]) for line in lines],
        lines_elsewhere=[
            (line, _another(by_name[line.repository], repositories)) for line in lines
        ],
        fields=field_examples(indexes, repositories, queries),
    )


def feature_names(rank: str) -> list[str]:
    """Features that are fitted for a latency budget."""
    missing = {
        "lexical": ("exact", *STATIC_FEATURES, *ENCODER_FEATURES),
        "fast": ("exact", *ENCODER_FEATURES),
        "balanced": ("exact",),
    }[rank]
    return [name for name in FEATURES if name not in missing]


def fit_features(seen: Examples, names: Sequence[str]) -> dict[str, float]:
    """Fit the weights of the named features; those that come out as 0 are left out."""
    signs = [-1 if n in PENALTIES else 0 if n in EITHER_SIGN else 1 for n in names]
    counts = [1.0] * len(seen.answerable) + [FUNCTION_COUNT] * len(seen.functions)
    columns = [FEATURES.index(name) for name in names]
    fitted = fit_listwise([*seen.answerable, *seen.functions], counts, columns, signs, PENALTY)
    rounded = np.round(fitted, 4).tolist()
    return {name: value for name, value in zip(names, rounded, strict=True) if value}


def _another(repository: Repository, repositories: Sequence[Repository]) -> Repository:
    """The next repository but one in another language: it does not hold the answer."""
    place = repositories.index(repository)
    ring = [*repositories[place + 2 :], *repositories[: place + 2]]
    return next(other for other in ring if other.language != repository.language)


def _without(given: Examples, excluded: frozenset[str]) -> Examples:
    """Examples whose query comes from, and is put to, repositories not excluded."""

    def seen(part: Sequence[Example]) -> list[Example]:
        return [e for e in part if not excluded & {e.repository, e.query.repository}]

    return Examples(
        answerable=seen(given.answerable),
        unanswerable=seen(given.unanswerable),
        functions=seen(given.functions),
        functions_elsewhere=seen(given.functions_elsewhere),
        lines=seen(given.lines),
        lines_elsewhere=seen(given.lines_elsewhere),
    )


def _cost(example: Example) -> float:
    return SAME_FILE_ACTION if analyse(example.query.text).asks_for_action else SAME_FILE


def _picked(example: Example, weights: Weights, rank: str) -> NDArray[np.int64]:
    scores = example.features @ weights.vector(rank)
    return order(scores, example.files, _cost(example))[0][:DECIDING]


def _calibrate(seen: Examples, weights: Weights, rank: str) -> Calibration:
    """Fit the probability of the first hit.

    What tells answerable questions from others is fitted first, since there are as many of the ones
    as of the others; then the scale, so that the probability is that of a right first hit.
    """
    names = [name for name in CALIBRATED_ON if name in (*feature_names(rank), "exact")]
    columns = [FEATURES.index(name) for name in names]
    with_answer = [*seen.with_answer, *seen.lines]
    parts = [*with_answer, *seen.without_answer, *seen.lines_elsewhere]
    tops = [_picked(example, weights, rank) for example in parts]
    table = np.array([_best_evidence(e, top) for e, top in zip(parts, tops, strict=True)])
    answerable = np.arange(len(parts)) < len(with_answer)
    right = [(e.targets[top[:1]] > 0).any() for e, top in zip(parts, tops, strict=True)]
    intercept, fitted = fit_logistic_weights(
        table[:, columns], answerable, np.ones(len(parts)), CALIBRATION_PENALTY
    )
    logits = table[:, columns] @ fitted + intercept
    scale = fit_logistic(logits, np.array(right, float))
    used = dict(zip(names, np.round(fitted * scale.slope, 4).tolist(), strict=True))
    offset = round(intercept * scale.slope + scale.intercept, 4)
    free = Calibration(offset, {n: v for n, v in used.items() if v}, 0.0)
    best = [_chances(e, weights, rank, free).max(initial=0.0) for e in seen.with_answer]
    return Calibration(free.intercept, free.weights, round(float(np.quantile(best, REFUSED)), 4))


def _best_evidence(example: Example, picked: NDArray[np.int64]) -> Floats:
    """The highest value of each feature among the deciding hits; zeros where there are none."""
    best: Floats = example.features[picked].max(axis=0, initial=0.0)
    return best


def _chances(example: Example, weights: Weights, rank: str, calibration: Calibration) -> Floats:
    """Probabilities of the hits of an example, best-ranked first."""
    return probabilities(example.features[_picked(example, weights, rank)], calibration)


def cross_validate(
    task: Task, repositories: Sequence[Repository], folds: int, ranks: Sequence[RankedBy]
) -> HeldOut:
    """Fit on the other folds' repositories, measure on each fold's."""
    count, functions = len(task.answerable), len(task.functions)
    asked = count + functions + len(task.unanswerable) + len(task.functions_elsewhere)

    def zeros(size: int) -> dict[str, Floats]:
        return {rank: np.zeros(size) for rank in ranks}

    held = HeldOut(
        ndcg=zeros(count),
        ndcg_one_per_file=zeros(count),
        function_mrr=zeros(functions),
        best=zeros(asked),
        first=zeros(asked),
        right=zeros(asked),
        accepted=zeros(asked),
    )
    for fold in range(folds):
        excluded = frozenset(repository.name for repository in repositories[fold::folds])
        weights, by_rank = fit(task, excluded, ranks)
        held.weights.update(dict.fromkeys(excluded, weights.to_json()))
        for rank in ranks:
            _measure_ranking(held, by_rank[rank], weights, rank, excluded)
            _measure_probability(held, by_rank[rank], weights, rank, excluded)
        sys.stderr.write(f"fold {fold + 1} of {folds}: {', '.join(sorted(excluded))}\n")
    return held


def _measure_ranking(
    held: HeldOut, given: Examples, weights: Weights, rank: str, excluded: frozenset[str]
) -> None:
    vector = weights.vector(rank)
    for place, example in enumerate(given.answerable):
        if example.repository in excluded:
            scores = example.features @ vector
            held.ndcg[rank][place] = example.ndcg(scores, _cost(example))
            held.ndcg_one_per_file[rank][place] = example.ndcg(scores, np.inf)
    for place, example in enumerate(given.functions):
        if example.repository in excluded:
            scores = example.features @ vector
            held.function_mrr[rank][place] = example.reciprocal_rank(scores, _cost(example))


def _measure_probability(
    held: HeldOut, given: Examples, weights: Weights, rank: str, excluded: frozenset[str]
) -> None:
    calibration = weights.probability[rank]
    for place, example in enumerate([*given.with_answer, *given.without_answer]):
        if example.query.repository in excluded:
            chances = _chances(example, weights, rank, calibration)
            first = _picked(example, weights, rank)[:1]
            held.best[rank][place] = chances.max(initial=0.0)
            held.first[rank][place] = chances[0] if len(chances) else 0.0
            held.right[rank][place] = bool((example.targets[first] > 0).any())
            held.accepted[rank][place] = chances.max(initial=0.0) >= calibration.threshold


def ablate(
    given: Mapping[str, Examples], repositories: Sequence[Repository], folds: int
) -> dict[str, dict[str, tuple[float, float]]]:
    """Cross-validated NDCG@10 and function-level MRR with all features, and what each adds.

    By latency budget and feature: the measures without the feature less those with all.
    """

    def means(rank: str, names: Sequence[str]) -> Floats:
        ndcgs, ranks = [], []
        for fold in range(folds):
            excluded = frozenset(repository.name for repository in repositories[fold::folds])
            fitted = fit_features(_without(given[rank], excluded), names)
            fitted["exact"] = EXACT
            vector = np.array([fitted.get(name, 0.0) for name in FEATURES])
            for example in given[rank].answerable:
                if example.repository in excluded:
                    ndcgs.append(example.ndcg(example.features @ vector, _cost(example)))
            for example in given[rank].functions:
                if example.repository in excluded and example.query.category == "function":
                    scores = example.features @ vector
                    ranks.append(example.reciprocal_rank(scores, _cost(example)))
        return np.array([np.mean(ndcgs), np.mean(ranks)])

    table: dict[str, dict[str, tuple[float, float]]] = {}
    for rank in given:
        names = feature_names(rank)
        everything = means(rank, names)
        table[rank] = {"(all)": tuple(everything.tolist())}
        for name in names:
            change = means(rank, [other for other in names if other != name]) - everything
            table[rank][name] = tuple(change.tolist())
    return table


def single_rankings(fields: Sequence[Example]) -> dict[str, dict[str, float]]:
    """NDCG@10 of BM25 over all fields, over the path alone and over the body alone."""
    chosen = {
        "BM25, all fields equal": list(range(len(FIELDS))),
        "path alone": [FIELDS.index("path")],
        "body alone": [FIELDS.index("body")],
    }
    return {
        name: {
            mode: float(np.mean([e.ndcg(e.features[:, cols].sum(1), cost) for e in fields]))
            for mode, cost in (("units", 0.0), ("one per file", np.inf))
        }
        for name, cols in chosen.items()
    }


def summary(held: HeldOut, task: Task, seed: int) -> dict[str, Any]:
    """Means with intervals over repositories, and how good the probability is."""
    queries = [query for query, _ in task.answerable]
    clusters = [query.repository for query in queries]
    by_name = np.array([query.category == "name" for query, _ in task.functions])
    result: dict[str, Any] = {}
    for rank in held.first:
        first, right = held.first[rank], held.right[rank]
        functions = held.function_mrr[rank]
        answerable = np.arange(len(first)) < len(queries) + len(functions)
        result[rank] = {
            "ndcg_at_10": asdict(bootstrap_mean(held.ndcg[rank], seed=seed, clusters=clusters)),
            "ndcg_at_10_one_per_file": asdict(
                bootstrap_mean(held.ndcg_one_per_file[rank], seed=seed, clusters=clusters)
            ),
            "function_mrr": asdict(bootstrap_mean(functions[~by_name], seed=seed)),
            "name_mrr": asdict(bootstrap_mean(functions[by_name], seed=seed)),
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


def _updated(file: Path, fitted: Weights) -> Weights:
    """The weights of a file, those of the latency budgets that were fitted replaced."""
    weights = Weights.from_json(file.read_text("utf-8"))
    for name in ("features", "same_file", "same_file_action", "probability"):
        getattr(weights, name).update(getattr(fitted, name))
    return weights


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")
    parser.add_argument("--rank", nargs="+", choices=RANKS, default=RANKS, help="only these")
    parser.add_argument("--repository", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--ablate", action="store_true", help="also measure without each feature")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--cache", type=Path, default=Path(".scratch/cache"))
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/fit_ranking.json"))
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    return parser.parse_args()


def main() -> int:
    """Cross-validate, report, and write the weights if asked to."""
    arguments = _arguments()
    repositories = [
        repository
        for repository in load_repositories(arguments.data)
        if not arguments.repository or repository.name in arguments.repository
    ]
    queries = load_queries(arguments.data, repositories)
    checkouts, cache = arguments.checkouts.resolve(), arguments.cache.resolve()
    task = make_task(repositories, queries, checkouts, cache, arguments.seed)
    held = cross_validate(task, repositories, arguments.folds, arguments.rank)
    weights, by_rank = fit(task, frozenset(), arguments.rank)
    result = {
        "protocol": "semble-dev/1, cross-validated by repository",
        "folds": arguments.folds,
        "seed": arguments.seed,
        "revision": source_revision(),
        "hardware": hardware(),
        "versions": package_versions(),
        "held_out": summary(held, task, arguments.seed),
        "single": single_rankings(task.fields),
        "ablation": ablate(by_rank, repositories, arguments.folds) if arguments.ablate else {},
        "weights": json.loads(weights.to_json()),
        "weights_without": {name: json.loads(text) for name, text in held.weights.items()},
    }
    write_result(arguments.output, result, markdown(result))
    plot_reliability(result, arguments.output.with_suffix(".png"))
    if arguments.write:
        target = Path(diglot.index.__file__).parent / "weights.json"
        target.write_text(_updated(target, weights).to_json(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
