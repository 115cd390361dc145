"""Lexical search: BM25 over separately weighted fields, exact for the units in use.

Text was split into terms when it was indexed (identifiers in words and whole, CJK as bigrams:
`languages.words`) and stemmed. Every unit is scored, so that no result depends on where a list of
candidates was cut; statistics (how rare a term is, how long a field is on average) are those of the
units in use, so that the same source tree gives the same scores whatever its history.

BM25 with the rarity of Lucene: rarity(t) = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5)); Robertson and
Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, equation 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from diglot.index.postings import stemmed
from diglot.index.question import Question
from diglot.index.segment import FIELDS, Field, Segment, term_keys

_WORD_FIELDS = [number for number, field in enumerate(FIELDS) if field != "name"]
_NAME = FIELDS.index("name")
_MAX_QUERY_TERMS = 64
_K1 = 1.2
_B = 0.75


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A query's terms, looked up in every segment."""

    term: NDArray[np.int64]
    """Number of the term of each of k keys, -1 for whole names, shape (k,)."""
    field: NDArray[np.int64]
    """Field of each key, an index into FIELDS, shape (k,)."""
    postings: list[Postings]
    """What each segment has of these keys."""
    rarity: NDArray[np.float64]
    """Inverse document frequency of each key, shape (k,)."""
    word_term: NDArray[np.int64]
    """Number of the term of each of the question's words, -1 for one too many, shape (words,)."""
    word_rarity: NDArray[np.float32]
    """Rarity of each of the question's words, by the field in which it is most frequent."""

    @property
    def named(self) -> NDArray[np.int64]:
        """Rows of the units with one of the names that are looked up, ascending."""
        rows = [found.row[self.term[found.key] < 0] for found in self.postings]
        return np.unique(np.concatenate([np.empty(0, np.int64), *rows]))

    @property
    def attainable(self) -> float:
        """What a unit that holds every word in one field of weight 1 could score at most."""
        return float(self.word_rarity.sum()) * (_K1 + 1)


@dataclass(frozen=True, slots=True)
class Postings:
    """Postings of a query's keys in one segment, in the order of the keys; p of them."""

    key: NDArray[np.int64]
    """Number of the key in the query, shape (p,)."""
    row: NDArray[np.int64]
    """Row of the unit in the catalogue, shape (p,)."""
    count: NDArray[np.uint32]
    """How often the term stands in the field, shape (p,)."""
    length: NDArray[np.uint32]
    """Terms in the field, shape (p,)."""


def _names(question: Question) -> list[str]:
    """Whole names to look up: the question's, their ends, and those inside it."""
    names = [question.symbol, *sorted(question.mentions)]
    for name in question.names:
        parts = name.lower().split(".")
        names += [".".join(parts[start:]) for start in range(len(parts))]
    return [name for name in dict.fromkeys(names) if name]


class LexicalIndex:
    """BM25 over the units in use of some segments."""

    def __init__(self, segments: Sequence[Segment], rows: Sequence[NDArray[np.int64]]) -> None:
        """Search segments.

        Args:
            segments: the segments.
            rows: for each segment, the row in the catalogue of each of its units, -1 for those
                that are not in use.
        """
        self.segments = segments
        self._rows = rows
        self.units = sum(int((of_segment >= 0).sum()) for of_segment in rows)
        """How many units are in use."""

    @cached_property
    def _mean_lengths(self) -> NDArray[np.float64]:
        """Mean number of terms in each field."""
        total = np.zeros(len(FIELDS), np.int64)
        for segment, rows in zip(self.segments, self._rows, strict=True):
            total += segment.lengths[rows >= 0].sum(axis=0, dtype=np.int64)
        return np.maximum(total / max(self.units, 1), 1e-9)

    def query(self, question: Question) -> LexicalQuery:
        """Look up a question's words, the identifiers it holds whole, and the names it asks for."""
        stems = stemmed([*question.words, *question.identifiers])
        number = {stem: n for n, stem in enumerate([*dict.fromkeys(stems)][:_MAX_QUERY_TERMS])}
        names = _names(question)
        term = np.concatenate(
            [np.repeat(np.arange(len(number)), len(_WORD_FIELDS)), np.full(len(names), -1)]
        )
        field = np.concatenate([np.tile(_WORD_FIELDS, len(number)), np.full(len(names), _NAME)])
        keys = np.concatenate(
            [np.repeat(term_keys([*number]), len(_WORD_FIELDS)), term_keys(names)]
        ) + field.astype(np.uint64)
        postings = [
            self._look_up(segment, rows, keys, field)
            for segment, rows in zip(self.segments, self._rows, strict=True)
        ]
        frequency = sum(
            (np.bincount(found.key, minlength=len(keys)) for found in postings),
            np.zeros(len(keys), np.int64),
        )
        word_term = np.array([number.get(stem, -1) for stem in stems[: len(question.words)]], int)
        by_term = frequency[: len(number) * len(_WORD_FIELDS)].reshape(-1, len(_WORD_FIELDS))
        rarity = self._rarity(np.append(by_term.max(axis=1), self.units))
        return LexicalQuery(
            term=term,
            field=field,
            postings=postings,
            rarity=self._rarity(frequency),
            word_term=word_term,
            word_rarity=np.where(word_term < 0, 0, rarity[word_term]).astype(np.float32),
        )

    def _rarity(self, frequency: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.log1p((self.units - frequency + 0.5) / (frequency + 0.5))

    @staticmethod
    def _look_up(
        segment: Segment,
        rows: NDArray[np.int64],
        keys: NDArray[np.uint64],
        field: NDArray[np.int64],
    ) -> Postings:
        place = np.searchsorted(segment.keys, keys)
        inside = np.minimum(place, max(len(segment.keys) - 1, 0))
        has = np.flatnonzero(segment.keys[inside] == keys) if len(segment.keys) else inside[:0]
        start, end = segment.starts[place[has]], segment.starts[place[has] + 1]
        sizes = end - start
        ends = np.cumsum(sizes)
        flat = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - ends + sizes, sizes)
        unit = segment.units[flat]
        row = rows[unit]
        in_use = row >= 0
        key = np.repeat(has, sizes)[in_use]
        unit = unit[in_use]
        return Postings(
            key, row[in_use], segment.counts[flat][in_use], segment.lengths[unit, field[key]]
        )

    def scores(self, query: LexicalQuery, weights: Mapping[Field, float]) -> NDArray[np.float32]:
        """Return the weighted BM25 score of every unit, shape (units,); 0 where nothing matches.

        Args:
            query: from `query`.
            weights: weight of each field; a field left out is not searched.
        """
        by_field = np.array([weights.get(field, 0.0) for field in FIELDS])
        strength = by_field[query.field] * query.rarity * (_K1 + 1)
        mean = self._mean_lengths[query.field]
        total = np.zeros(self.units)
        for found in query.postings:
            damping = _K1 * (1 - _B + _B * found.length / mean[found.key])
            value = strength[found.key] * found.count / (found.count + damping)
            total += np.bincount(found.row, value, self.units)
        return total.astype(np.float32)

    def presence(
        self, query: LexicalQuery, owners: NDArray[np.int64], count: int
    ) -> NDArray[np.bool_]:
        """Say which words of the question stand in which units or files.

        Args:
            query: from `query`.
            owners: owner of each unit, as it may be its file's row, shape (units,).
            count: how many owners there are.

        Returns:
            Shape (words, count).
        """
        present = np.zeros((int(query.term.max(initial=-1)) + 2, count), bool)
        for found in query.postings:
            present[query.term[found.key], owners[found.row]] = True
        present[-1] = False  # where whole names went
        return present[query.word_term]
