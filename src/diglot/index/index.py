"""Search a source tree: the public `Index`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError
from diglot.index.candidates import Candidates, find_candidates, largest
from diglot.index.catalogue import KINDS
from diglot.index.encoder_vectors import EncoderVectors
from diglot.index.globs import path_filter
from diglot.index.location import default_cache_folder, expanded, index_folder
from diglot.index.question import Question, analyse
from diglot.index.rank import (
    FEATURES,
    Weights,
    add_encoder_features,
    features,
    order,
    probabilities,
    shipped_weights,
)
from diglot.index.refresh import Progress, refresh
from diglot.index.request import check_request, check_top_k, source_folder
from diglot.index.state import State, left_out_counts, size_bytes
from diglot.index.store import IndexStore, View
from diglot.inference import Encoder, load_encoder
from diglot.inference.static import StaticEncoder
from diglot.languages import language_named
from diglot.types import Hit, Rank

_RESCORED = 40
"""Candidates that `balanced` puts to the encoder, the best ones by the weights of `fast`."""
_ENCODER_CHARS = 700
"""Source characters the encoder reads of a unit: about 200 tokens, most functions whole."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search with what lies behind it."""

    hits: list[Hit]
    contributions: list[dict[str, float]]
    """For each hit, what each feature adds to its score; the rest is the cost of further units
    of one file."""
    notes: list[str]
    """What the user should know about how it was ranked."""
    threshold: float
    """Probability under which no hit is a good match; see `Index.threshold`."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates of a question with their features, not yet in order."""

    rank: Literal["fast", "balanced"]
    """How they were ranked: `fast` where the models cannot read the question."""
    candidates: Candidates
    features: NDArray[np.float32]
    """Shape (n, len(FEATURES))."""
    notes: list[str]


class Index:
    """An index of one source tree. Open it with `Index.open`."""

    def __init__(self, root: Path, store: IndexStore, encoder: StaticEncoder, cache: Path) -> None:
        """Use `Index.open` instead."""
        self.root = root
        self._store = store
        self._static = encoder
        self._cache = cache
        self.weights: Weights = shipped_weights()
        """Weights of the ranking; others may be set to measure them."""
        self.view: View
        """The index as last refreshed."""
        self.fresh = False
        """Whether the last refresh saw every change (not so while another process indexes)."""

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        cache_folder: str | os.PathLike[str] | None = None,
        model: str = "static",
        progress: Progress | None = None,
    ) -> Index:
        """Open the index of a folder, building or refreshing it.

        Args:
            path: the folder to search.
            cache_folder: where indexes lie; default `$DIGLOT_CACHE_DIR` or the user's cache.
            model: static model of the vectors, by name or folder.
            progress: told (files done, files to do) while indexing.

        Raises:
            InputError: `path` is no folder that can be read.
            ModelError: no such model.
            StoreError: the index cannot be written.
        """
        root = source_folder(path)
        cache = expanded(cache_folder) if cache_folder else default_cache_folder()
        encoder = load_encoder(model)
        if not isinstance(encoder, StaticEncoder):
            raise InputError(f"model {model}: the index needs a static model")
        store = IndexStore(
            index_folder(root, cache),
            root=str(root),
            model=encoder.key,
            dimension=encoder.dimension,
        )
        index = cls(root, store, encoder, cache)
        index.refresh(progress)
        return index

    def refresh(self, progress: Progress | None = None) -> None:
        """Index what changed since the last refresh."""
        self.view, self.fresh = refresh(self.root, self._store, self._static, progress)

    def search(
        self,
        query: str,
        top_k: int = 10,
        rank: Rank = "balanced",
        languages: Sequence[str] | None = None,
        globs: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return the units that best answer a query, best first.

        The source tree is not touched: what is searched and shown is what was last indexed.

        Args:
            query: natural language, a symbol (`Foo::bar`), or a line of code.
            top_k: how many hits at most.
            rank: `fast` or `balanced`.
            languages: names of the only languages to search.
            globs: patterns (as in .gitignore; `!` excludes) of the only paths to search.

        Raises:
            InputError: an argument is not acceptable.
        """
        return self.search_explained(query, top_k, rank, languages, globs).hits

    def search_explained(
        self,
        query: str,
        top_k: int = 10,
        rank: Rank = "balanced",
        languages: Sequence[str] | None = None,
        globs: Sequence[str] | None = None,
        *,
        kinds: Sequence[str] | None = None,
    ) -> Search:
        """Search as `search` does, and say what made the ranking.

        Args:
            query: as for `search`, like the next four.
            top_k: see there.
            rank: see there.
            languages: see there.
            globs: see there.
            kinds: the only kinds of units to return.
        """
        check_request(query, top_k, rank, languages, kinds)
        question = analyse(query)
        ranked = self.rank_candidates(question, rank, self._selected_files(languages, globs), kinds)
        if not len(ranked.candidates.rows):
            return Search([], [], ranked.notes, self.threshold(ranked.rank))
        weights = self.weights.vector(ranked.rank)
        picked, scores = order(
            ranked.features @ weights,
            self.view.catalogue.units["file"][ranked.candidates.rows],
            self.weights.further_unit_cost(ranked.rank, question),
            top_k,
        )
        table = ranked.features[picked]
        chances = probabilities(table, self.weights.probability[ranked.rank])
        hits = self._hits(ranked.candidates.rows[picked], scores, chances)
        parts = [dict(zip(FEATURES, row, strict=True)) for row in (table * weights).tolist()]
        return Search(hits, parts, ranked.notes, self.threshold(ranked.rank))

    def rank_candidates(
        self,
        question: Question,
        rank: Rank,
        files: NDArray[np.int64] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> Ranked:
        """Find the units that may answer a question, and describe them by their features.

        Args:
            question: the query, analysed.
            rank: `fast` or `balanced`.
            files: rows of the only files to search, or None for all.
            kinds: the only kinds of units, or None for all.
        """
        notes: list[str] = []
        candidates, word_rarity = find_candidates(
            question, self.view, self._static, self.weights.fields, files, kinds, notes
        )
        catalogue = self.view.catalogue
        table = features(question, word_rarity, candidates, catalogue)
        # A query that the static table cannot read is in words the encoder cannot read either.
        if rank == "fast" or notes or not len(table):
            return Ranked("fast", candidates, table, notes)
        best = np.sort(largest(table @ self.weights.vector("fast"), _RESCORED))
        candidates = self._with_encoder(question, candidates.only(best))
        table = table[best]
        add_encoder_features(table, candidates, catalogue)
        return Ranked("balanced", candidates, table, notes)

    def _selected_files(
        self, languages: Sequence[str] | None, globs: Sequence[str] | None
    ) -> NDArray[np.int64] | None:
        """Rows of the files that filters leave, or None without filters."""
        if not languages and not globs:
            return None
        wanted = {language_named(name).name for name in languages or ()}
        selects = path_filter(globs or ())
        rows = [
            row
            for row, entry in enumerate(self.view.catalogue.files)
            if (not wanted or entry.language in wanted) and selects(entry.path)
        ]
        return np.array(rows, np.int64)

    def related(self, path: str, line: int, top_k: int = 10) -> list[Hit]:
        """Return the units most like the one at a line, best first.

        Likeness is the cosine of static vectors; the hits have no probability.

        Args:
            path: file, relative to the root, with `/`.
            line: a line of the unit, from 1.
            top_k: how many hits at most.

        Raises:
            InputError: the index has no such file or no unit at this line, or `top_k` is under 1.
        """
        check_top_k(top_k)
        row = self._unit_at(path, line)
        catalogue = self.view.catalogue
        units = catalogue.units
        matrix = self.view.vectors.matrix
        cosine = (matrix @ matrix[units["vector"][row]])[units["vector"]]
        same_place = (
            (units["file"] == units["file"][row])
            & (units["start_line"] <= units["end_line"][row])
            & (units["end_line"] >= units["start_line"][row])
        )
        cosine = np.where(same_place, np.float32(-1.0), cosine)
        rows = largest(cosine, top_k)
        rows = rows[np.argsort(-cosine[rows], kind="stable")]
        rows = rows[cosine[rows] > 0]
        return self._hits(rows, cosine[rows], None)

    def _unit_at(self, path: str, line: int) -> int:
        """Row of the smallest unit of a file that holds a line."""
        catalogue = self.view.catalogue
        number = next((n for n, entry in enumerate(catalogue.files) if entry.path == path), None)
        if number is None:
            raise InputError(f"{path}: no such file in the index of {self.root}")
        rows = np.arange(catalogue.first_units[number], catalogue.first_units[number + 1])
        units = catalogue.units[rows]
        around = (units["start_line"] <= line) & (units["end_line"] >= line)
        if not around.any():
            raise InputError(f"{path}:{line}: no code at this line")
        lines = units["end_line"] - units["start_line"]
        return int(rows[around][np.argmin(lines[around])])

    def threshold(self, rank: str) -> float:
        """Probability under which no hit of a query is a good match.

        It wrongly refuses 5 % of the answerable queries it was fitted on.
        """
        return float(self.weights.probability[rank].threshold)

    @property
    def state(self) -> State:
        """How fresh the index is and how much it holds."""
        manifest, catalogue = self.view.manifest, self.view.catalogue
        left_out = [(entry.path, entry.skipped) for entry in catalogue.files if entry.skipped]
        return State(
            fresh=self.fresh and manifest.pending == 0,
            pending=manifest.pending,
            model=self._static.name,
            built_at=manifest.built_at,
            files=sum(not entry.skipped for entry in catalogue.files),
            units=len(catalogue.units),
            languages=dict(
                Counter(entry.language for entry in catalogue.files if not entry.skipped)
            ),
            skipped=sorted([*manifest.skipped, *left_out]),
            left_out=left_out_counts(manifest.counts, [*manifest.skipped, *left_out]),
            folder=self._store.folder,
            size_bytes=size_bytes(self._store.folder),
        )

    # The encoder

    def _with_encoder(self, question: Question, candidates: Candidates) -> Candidates:
        """Add the cosine of encoder vectors, computing those that are not there yet."""
        rows = candidates.rows
        keys = [bytes(key) for key in self.view.catalogue.units["key"][rows]]
        vectors = self._encoder_vectors.of(keys, lambda missing: self._encoder_texts(rows[missing]))
        query = self._encoder.encode_queries([question.text])[0]
        return replace(candidates, encoder=vectors @ query)

    def _encoder_texts(self, rows: NDArray[np.int64]) -> list[str]:
        """What the encoder reads of units: symbol and source."""
        catalogue = self.view.catalogue
        numbers = catalogue.numbers(rows).tolist()
        sources = self.view.lexical.sources(numbers)
        return [
            f"{catalogue.symbols[row]}\n{sources.get(number, '')[:_ENCODER_CHARS]}"
            for row, number in zip(rows.tolist(), numbers, strict=True)
        ]

    @property
    def _encoder(self) -> Encoder:
        return _shipped_encoder()

    @cached_property
    def _encoder_vectors(self) -> EncoderVectors:
        return EncoderVectors(self._cache, self._encoder, f"{self._encoder.key}-{_ENCODER_CHARS}")

    # Results

    def _hits(
        self,
        rows: NDArray[np.int64],
        scores: NDArray[np.float32],
        probability: NDArray[np.float32] | None,
    ) -> list[Hit]:
        catalogue = self.view.catalogue
        numbers = catalogue.numbers(rows).tolist()
        sources = self.view.lexical.sources(numbers)
        units = catalogue.units[rows]
        columns = (units[name].tolist() for name in ("file", "start_line", "end_line", "kind"))
        chances = [None] * len(rows) if probability is None else probability.tolist()
        hits = []
        for row, number, file, start, end, kind, score, chance in zip(
            rows.tolist(), numbers, *columns, scores.tolist(), chances, strict=True
        ):
            entry = catalogue.files[file]
            hits.append(
                Hit(
                    path=entry.path,
                    start_line=start,
                    end_line=end,
                    symbol=catalogue.symbols[row],
                    kind=KINDS[kind],
                    language=entry.language,
                    score=score,
                    probability=chance,
                    snippet=sources.get(number, ""),
                )
            )
        return hits


@cache
def _shipped_encoder() -> Encoder:
    """Load the encoder, once for all indexes of the process."""
    return load_encoder("encoder")
