"""Which units may answer a question: those that lexical search finds, and the nearest vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diglot.index.catalogue import KINDS
from diglot.index.lexical import Field
from diglot.index.question import Question
from diglot.index.store import View
from diglot.inference.static import StaticEncoder

_LEXICAL = 96
_NEAREST = 32
_REPRESENTED = 0.5
"""A query with a smaller share of words in a model's vocabulary is not put to that model."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Units that may answer a query, n of them."""

    rows: NDArray[np.int64]
    """Row of each in the catalogue, shape (n,)."""
    lexical: NDArray[np.float32]
    """Weighted BM25, 0 where lexical search did not return it, shape (n,)."""
    attainable: float
    """What a unit that matches every word of the query in one field of weight 1 could score."""
    cosine: NDArray[np.float32]
    """Cosine of static vectors, shape (n,)."""
    cosine_file: NDArray[np.float32]
    """Highest cosine among all units of the candidate's file, shape (n,)."""
    encoder: NDArray[np.float32] | None = None
    """Cosine of encoder vectors, shape (n,); None at `fast`."""

    def only(self, positions: NDArray[np.int64]) -> Candidates:
        """Return the candidates at `positions`."""
        return replace(
            self,
            rows=self.rows[positions],
            lexical=self.lexical[positions],
            cosine=self.cosine[positions],
            cosine_file=self.cosine_file[positions],
            encoder=None if self.encoder is None else self.encoder[positions],
        )


def find_candidates(
    question: Question,
    view: View,
    encoder: StaticEncoder,
    fields: Mapping[Field, float],
    files: NDArray[np.int64] | None,
    kinds: Sequence[str] | None,
    notes: list[str],
) -> tuple[Candidates, NDArray[np.float32]]:
    """Return the units that lexical search or the static vectors find.

    Args:
        question: the query, analysed.
        view: of the index.
        encoder: that made its vectors.
        fields: weight of each lexical field.
        files: rows of the only files to search, or None for all.
        kinds: the only kinds of units, or None for all.
        notes: where it is said that the vectors could not be asked.

    Returns:
        The candidates, and the rarity of each word of the question.
    """
    catalogue = view.catalogue
    query = view.lexical.query(question)
    numbers = None if files is None else catalogue.file_numbers[files].tolist()
    wanted = [KINDS.index(kind) for kind in kinds] if kinds else None
    found, bm25 = view.lexical.search(query, fields, _LEXICAL, numbers, wanted)
    found_rows = catalogue.rows(found)
    known = found_rows >= 0
    cosine = _cosine(question, view, encoder, files, notes)
    nearest = found_rows[:0]
    if cosine is not None:
        eligible = cosine
        if wanted is not None:
            eligible = np.where(np.isin(catalogue.units["kind"], wanted), cosine, -np.inf)
        nearest = largest(eligible, _NEAREST)
        nearest = nearest[np.isfinite(eligible[nearest])]
    rows = np.union1d(found_rows[known], nearest)
    scores = np.zeros(len(rows), np.float32)
    scores[np.searchsorted(rows, found_rows[known])] = bm25[known]
    if cosine is None:
        cosine = np.zeros(len(catalogue.units), np.float32)
    candidates = Candidates(
        rows=rows,
        lexical=scores,
        attainable=query.attainable,
        cosine=cosine[rows],
        cosine_file=_best_of_file(cosine, catalogue.first_units)[catalogue.units["file"][rows]],
    )
    return candidates, query.word_rarity


def largest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the positions of the `count` largest values, in no order."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(-values, count)[:count]


def _cosine(
    question: Question,
    view: View,
    encoder: StaticEncoder,
    files: NDArray[np.int64] | None,
    notes: list[str],
) -> NDArray[np.float32] | None:
    """Cosine of the query with every unit, or None if the model cannot read the query.

    It is minus infinity outside `files`.
    """
    if not question.words:
        notes.append("the query has no words, so nothing matches it")
        return None
    if encoder.represented([question.text])[0] < _REPRESENTED:
        notes.append(
            "the model's vocabulary does not cover this query; ranked by matching text only"
        )
        return None
    vector = encoder.encode_queries([question.text])[0]
    units = view.catalogue.units
    cosine: NDArray[np.float32] = (view.vectors.matrix @ vector)[units["vector"]]
    if files is not None:
        inside = np.zeros(len(view.catalogue.files), bool)
        inside[files] = True
        cosine = np.where(inside[units["file"]], cosine, np.float32(-np.inf))
    return cosine


def _best_of_file(
    cosine: NDArray[np.float32], first_units: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Highest value among the units of each file; 0 for files without units."""
    best = np.zeros(len(first_units) - 1, np.float32)
    filled = np.diff(first_units) > 0
    if filled.any():
        best[filled] = np.maximum.reduceat(cosine, first_units[:-1][filled])
    return best
