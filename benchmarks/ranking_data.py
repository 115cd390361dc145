"""The (query, unit) pairs that ranking weights are fitted on, with their features."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.documentation import read_files, write_undocumented
from benchmarks.function_queries import select_queries
from benchmarks.protocol import CUTOFF, meets
from benchmarks.repositories import Repository, searched_root
from benchmarks.runs import Location, Query, Target
from diglot.index import Index
from diglot.index.candidates import largest
from diglot.index.question import analyse
from diglot.index.rank import Weights, order
from diglot.index.segment import FIELDS
from diglot.index.stages import RankedBy
from diglot.languages.words import split_words
from diglot.metrics.ranking import ndcg

_FIELD_CANDIDATES = 300
_LEAST_WORDS = 3
"""Words of a line that is a query."""
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one query in one repository, n of them."""

    query: Query
    repository: str
    """Repository searched: another one than the query's for an unanswerable query."""
    features: NDArray[np.float64]
    """Shape (n, features)."""
    files: NDArray[np.int64]
    """File of each candidate, shape (n,)."""
    targets: NDArray[np.int64]
    """Bit mask of the targets each candidate meets, shape (n,)."""

    def ndcg(self, scores: NDArray[np.float64], same_file: float) -> float:
        """NDCG@10 of ranking the candidates by `scores`, as `rank.order` picks them."""
        picked, _ = order(scores.astype(np.float32), self.files, same_file)
        met = self.targets[picked[:CUTOFF]]
        ranks = []
        for bit in range(len(self.query.targets)):
            places = np.flatnonzero(met >> bit & 1)
            ranks.append(float(places[0]) + 1 if len(places) else math.inf)
        return ndcg(ranks, len(self.query.targets), CUTOFF)

    def reciprocal_rank(self, scores: NDArray[np.float64], same_file: float) -> float:
        """Reciprocal rank of the first candidate that meets a target, 0 where none does."""
        picked, _ = order(scores.astype(np.float32), self.files, same_file)
        places = np.flatnonzero(self.targets[picked])
        return 1.0 / (float(places[0]) + 1) if len(places) else 0.0


def open_indexes(
    repositories: Iterable[Repository], checkouts: Path, cache: Path
) -> dict[str, Index]:
    """Open the index of every repository."""
    return {
        repository.name: Index.open(searched_root(repository, checkouts), cache_folder=cache)
        for repository in repositories
    }


def field_examples(
    indexes: Mapping[str, Index], repositories: Sequence[Repository], queries: Sequence[Query]
) -> list[Example]:
    """Examples whose features are the BM25 scores of the single fields, as shares."""
    examples = []
    for repository in repositories:
        view = indexes[repository.name].view
        for query in queries:
            if query.repository != repository.name:
                continue
            lexical = view.lexical.query(analyse(query.text))
            scores = np.stack(
                [view.lexical.scores(lexical, {field: 1.0}) for field in FIELDS], axis=1
            )
            best = [largest(scores[:, column], _FIELD_CANDIDATES) for column in range(len(FIELDS))]
            rows = np.unique(np.concatenate(best))
            rows = rows[scores[rows].any(axis=1)]
            table = scores[rows].astype(np.float64)
            share = table / (lexical.attainable or 1.0)
            examples.append(_example(indexes[repository.name], repository, query, rows, share))
    return examples


def function_queries(
    repositories: Sequence[Repository], checkouts: Path, trees: Path, limit: int, seed: int
) -> tuple[list[Query], list[Repository]]:
    """Make function-level queries from the repositories' own documentation.

    What a function says of itself is a query of category `function`. Every other one of these is
    asked for once more by its name, category `name`, if it has one of several words to itself.

    Args:
        repositories: repositories to take documented functions from.
        checkouts: folder of the checkouts.
        trees: folder to write their trees without documentation into.
        limit: queries of each repository, about.
        seed: of the choice.

    Returns:
        Queries, and for each repository that has some, one whose searched root is its tree.
    """
    queries: list[Query] = []
    searched = []
    for repository in repositories:
        files = read_files(searched_root(repository, checkouts), repository.language)
        chosen = select_queries(repository.name, files, limit, seed).queries
        if chosen:
            write_undocumented(files, trees / repository.name)
            searched.append(replace(repository, benchmark_root=""))
        times = Counter(function.name for file in files for function in file.functions)
        for number, query in enumerate(chosen):
            asked = [("function", query.text)]
            name = _WORDS.findall(query.symbol)[-1]
            if number % 2 == 0 and times[name] == 1 and len(split_words(name)) > 1:
                asked.append(("name", name))
            queries += [
                Query(
                    repository=repository.name,
                    language=repository.language,
                    category=category,
                    text=text,
                    targets=(Target(query.path, query.start_line, query.end_line),),
                )
                for category, text in asked
            ]
    return queries, searched


def line_queries(
    indexes: Mapping[str, Index], repositories: Sequence[Repository], limit: int, seed: int
) -> list[Query]:
    """Make queries of lines that stand once in their repository; the unit around is the answer.

    Args:
        indexes: by name of repository.
        repositories: repositories to take lines from.
        limit: queries of each repository.
        seed: of the choice.
    """
    queries = []
    for repository in repositories:
        view = indexes[repository.name].view
        start = f"{repository.benchmark_root}/" if repository.benchmark_root else ""
        places: dict[str, list[Target]] = {}
        for row, file in enumerate(view.catalogue.files):
            text = view.texts.file(row).decode("utf-8", "replace")
            for number, line in enumerate(text.split("\n"), 1):
                if len(_WORDS.findall(line)) >= _LEAST_WORDS:
                    target = Target(start + file.path, number, number)
                    places.setdefault(line.strip(), []).append(target)
        once = sorted(line for line, found in places.items() if len(found) == 1)
        chosen = random.Random(f"{seed} {repository.name}").sample(once, min(limit, len(once)))
        queries += [
            Query(repository.name, repository.language, "line", line, tuple(places[line]))
            for line in chosen
        ]
    return queries


def examples(
    indexes: Mapping[str, Index],
    pairs: Iterable[tuple[Query, Repository]],
    weights: Weights,
    rank: RankedBy,
) -> list[Example]:
    """Put queries to repositories and describe the candidates.

    Args:
        indexes: by name of repository.
        pairs: queries, each with the repository it is put to.
        weights: for the lexical fields and, at `balanced`, to choose what the encoder re-scores.
        rank: what the candidates are ranked by.
    """
    found = []
    for query, repository in pairs:
        index = indexes[repository.name]
        index.weights = weights
        question = analyse(query.text)
        group = index.groups(question, index.retrieve(question, rank), rank)[0]
        table = group.features.astype(np.float64)
        found.append(_example(index, repository, query, group.rows, table))
    return found


def _example(
    index: Index,
    repository: Repository,
    query: Query,
    rows: NDArray[np.int64],
    table: NDArray[np.float64],
) -> Example:
    catalogue = index.view.catalogue
    units = catalogue.units[rows]
    start = f"{repository.benchmark_root}/" if repository.benchmark_root else ""
    right = is_function if query.category in ("function", "name") else meets
    targets = np.zeros(len(rows), np.int64)
    if query.repository == repository.name:
        for place, unit in enumerate(units):
            path = start + catalogue.files[unit["file"]].path
            location = Location(path, int(unit["start_line"]), int(unit["end_line"]))
            for bit, target in enumerate(query.targets):
                if right(location, target):
                    targets[place] |= 1 << bit
    return Example(query, repository.name, table, units["file"].astype(np.int64), targets)


def is_function(result: Location, target: Target) -> bool:
    """Whether a result is a function: their lines' intersection is half their union or more."""
    first, last = max(result.start_line, target.start_line), min(result.end_line, target.end_line)
    union = max(result.end_line, target.end_line) - min(result.start_line, target.start_line) + 1
    return result.path == target.path and (last - first + 1) * 2 >= union
