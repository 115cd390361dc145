"""Which units may answer a question: those that words, vectors or exact evidence point to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diglot.index.catalogue import KINDS
from diglot.index.exact import exact_evidence
from diglot.index.question import Question
from diglot.index.segment import Field
from diglot.index.store import View
from diglot.inference.static import StaticEncoder
from diglot.languages.words import bigrams, split_words

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

_LEXICAL = 96
_NEAREST = 32
_REPRESENTED = 0.5
"""A query with a smaller share of words in a model's vocabulary is not put to that model."""
_READ = 48
"""Units in whose text neighbouring words are looked for, the best by BM25."""
_TEXT_BYTES = 4000
"""Bytes of each that are looked at."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Units that may answer a query, n of them."""

    rows: Rows
    """Row of each in the catalogue, ascending, shape (n,)."""
    lexical: Floats
    """Weighted BM25, shape (n,)."""
    best_lexical: float
    """The highest of all units that were searched."""
    attainable: float
    """What a unit that matches every word of the query in one field of weight 1 could score."""
    coverage: Floats
    """Share of the query's words, by their rarity, that stand in the unit, shape (n,)."""
    phrase: Floats
    """Share of the query's pairs of neighbours, by their rarity, that are neighbours in the unit,
    shape (n,)."""
    exact: Floats
    """Exact evidence, 0 for none, shape (n,); see `exact.py`."""
    cosine: Floats
    """Cosine of static vectors, shape (n,)."""
    cosine_file: Floats
    """Highest cosine among all units of the candidate's file, shape (n,)."""
    encoder: Floats | None = None
    """Cosine of encoder vectors, shape (n,); None at `fast`."""

    def only(self, positions: NDArray[np.int64]) -> Candidates:
        """Return the candidates at `positions`."""
        columns = ("rows", "lexical", "coverage", "phrase", "exact", "cosine", "cosine_file")
        chosen = {name: getattr(self, name)[positions] for name in columns}
        encoder = None if self.encoder is None else self.encoder[positions]
        return replace(self, **chosen, encoder=encoder)


class Retrieval:
    """What a question finds in an index, and what describes any unit under it."""

    def __init__(
        self,
        question: Question,
        view: View,
        encoder: StaticEncoder | None,
        fields: Mapping[Field, float],
        files: Rows | None = None,
        kinds: Sequence[str] | None = None,
    ) -> None:
        """Ask the words, the vectors and the text of an index.

        Args:
            question: the query, analysed.
            view: of the index.
            encoder: that made its vectors; None to go by words and text alone.
            fields: weight of each lexical field.
            files: rows of the only files to search, or None for all.
            kinds: the only kinds of units, or None for all.
        """
        self._question = question
        self._view = view
        self._query = view.lexical.query(question)
        selected = _selected(view, files, kinds)
        self._bm25 = np.where(selected, view.lexical.scores(self._query, fields), np.float32(0))
        self._exact = self._exact_evidence(selected)
        self._vector = encoder.encode_queries([question.text])[0] if encoder else None
        self._cosine = np.zeros(len(selected), np.float32)
        nearest = np.empty(0, np.int64)
        if self._vector is not None:
            self._cosine = (view.vectors.matrix @ self._vector)[view.catalogue.units["vector"]]
            nearest = largest(np.where(selected, self._cosine, np.float32(-np.inf)), _NEAREST)
            nearest = nearest[selected[nearest]]
        matched = largest(self._bm25, _LEXICAL)
        matched = matched[self._bm25[matched] > 0]
        self.rows: Rows = np.unique(
            np.concatenate([matched, nearest, np.array([*self._exact], np.int64)])
        )
        """Rows of the units that may answer, ascending."""
        self.searched = int(selected.sum())
        """How many units filters left."""
        self.files = len(np.unique(view.catalogue.units["file"][selected]))
        """How many files with units they left."""

    @property
    def word_rarity(self) -> Floats:
        """Rarity of each word of the question."""
        return self._query.word_rarity

    def rest(self, count: int) -> Rows:
        """Return the best units that share a word with the question and are not in `rows`."""
        others = self._bm25.copy()
        others[self.rows] = 0
        best = largest(others, count)
        return best[others[best] > 0]

    def describe(self, rows: Rows) -> Candidates:
        """Describe units by how they fit the question."""
        own, of_file = self._cosines(rows)
        evidence = [self._exact.get(row, 0.0) for row in rows.tolist()]
        return Candidates(
            rows=rows,
            lexical=self._bm25[rows],
            best_lexical=float(self._bm25.max(initial=0.0)),
            attainable=self._query.attainable,
            coverage=self._coverage(rows),
            phrase=self._phrase(rows),
            exact=np.array(evidence, np.float32),
            cosine=own,
            cosine_file=of_file,
        )

    def _exact_evidence(self, selected: NDArray[np.bool_]) -> dict[int, float]:
        """Exact evidence of the units that filters leave."""
        view, question, query = self._view, self._question, self._query
        files = len(view.catalogue.files)
        present = view.lexical.presence(query, view.catalogue.owners, files)
        known = query.word_term >= 0
        best = _best_of_file(self._bm25, view.catalogue.first_units)

        def files_with(text: str) -> list[int]:
            words = {part for word in split_words(text) for part in bigrams(word)}
            asked = np.array([word in words for word in question.words], bool) & known
            held = np.flatnonzero(present[asked].all(axis=0))
            ranked: list[int] = held[np.argsort(-best[held], kind="stable")].tolist()
            return ranked

        found = exact_evidence(question, view.catalogue, view.texts, query.named, files_with)
        return {row: value for row, value in found.items() if selected[row]}

    def _cosines(self, rows: Rows) -> tuple[Floats, Floats]:
        """Cosines of units, and the highest of each one's file, to the last digit.

        A product with the whole matrix rounds a row's digits by where the row stands, and so by
        the history of the index. Those of the few rows that count are taken anew, each by itself.
        """
        vector, catalogue = self._vector, self._view.catalogue
        if vector is None:
            return np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)

        def anew(some: Rows) -> Floats:
            matrix = self._view.vectors.matrix[catalogue.units["vector"][some]]
            product: Floats = np.einsum("ij,j->i", matrix, vector)
            return product

        files, of_file = np.unique(catalogue.owners[rows], return_inverse=True)
        first = catalogue.first_units
        bounds = zip(first[files].tolist(), first[files + 1].tolist(), strict=True)
        nearest = [start + int(np.argmax(self._cosine[start:end])) for start, end in bounds]
        return anew(rows), anew(np.array(nearest, np.int64))[of_file]

    def _coverage(self, rows: Rows) -> Floats:
        """Share of the question's words that stand in units."""
        place = np.full(len(self._view.catalogue.units), len(rows))
        place[rows] = np.arange(len(rows))
        present = self._view.lexical.presence(self._query, place, len(rows) + 1)[:, :-1]
        rarity = self.word_rarity.astype(np.float64)
        share: Floats = (rarity @ present / (rarity.sum() or 1.0)).astype(np.float32)
        return share

    def _phrase(self, rows: Rows) -> Floats:
        """Share of the question's pairs of neighbours that are neighbours in the likeliest units.

        The text of units is looked at, which takes longer than all else: hence of a few.
        """
        share = np.zeros(len(rows), np.float32)
        rarity = dict(zip(self._question.words, self.word_rarity.tolist(), strict=True))
        weights = {
            f"{one} {other}".encode(): _rarity_of(one, rarity) + _rarity_of(other, rarity)
            for one, other in self._question.neighbours
        }
        total = sum(weights.values())
        if total:
            places = largest(self._bm25[rows], _READ)
            texts = self._view.texts.units(rows[places], _TEXT_BYTES)
            for place, text in zip(places.tolist(), texts, strict=True):
                lowered = text.lower()
                share[place] = sum([w for pair, w in weights.items() if pair in lowered]) / total
        return share


def largest(values: Floats, count: int) -> NDArray[np.int64]:
    """Return the positions of the `count` largest values, ascending; of equal ones the first."""
    if len(values) <= count:
        return np.arange(len(values))
    least = np.partition(values, len(values) - count)[len(values) - count]
    above = np.flatnonzero(values > least)
    equal = np.flatnonzero(values == least)[: count - len(above)]
    return np.sort(np.concatenate([above, equal]))


def is_readable(question: Question, encoder: StaticEncoder) -> bool:
    """Say whether a model knows enough of a question's words to place it."""
    return bool(question.words) and encoder.represented([question.text])[0] >= _REPRESENTED


def _selected(view: View, files: Rows | None, kinds: Sequence[str] | None) -> NDArray[np.bool_]:
    """Which units filters leave, shape (units,)."""
    units = view.catalogue.units
    selected = np.ones(len(units), bool)
    if files is not None:
        inside = np.zeros(len(view.catalogue.files), bool)
        inside[files] = True
        selected &= inside[units["file"]]
    if kinds:
        selected &= np.isin(units["kind"], [KINDS.index(kind) for kind in kinds])
    return selected


def _best_of_file(values: Floats, first_units: NDArray[np.int64]) -> Floats:
    """Highest value among the units of each file; 0 for files without units."""
    best = np.zeros(len(first_units) - 1, np.float32)
    filled = np.diff(first_units) > 0
    if filled.any():
        best[filled] = np.maximum.reduceat(values, first_units[:-1][filled])
    return best


def _rarity_of(token: str, rarity: Mapping[str, float]) -> float:
    return max((rarity.get(word, 0.0) for word in split_words(token)), default=0.0)
