"""Views of functions: their code, or pairs of summary and code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diglot.objectives.base import Example, Tokens
from diglot.training.examples import CODE, TEXT, body, concatenate, mark, piece
from diglot.training.files import read_negatives
from diglot.training.reading import Reading
from diglot.training.recipe import DataRecipe
from diglot.training.tokens import TokenStore

if TYPE_CHECKING:
    from diglot.corpus.schema import Split

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Functions:
    """Code of functions: `<s> code </s>`."""

    functions: TokenStore
    rows: Numbers
    """Of the store."""
    marks: tuple[int, int]
    limit: int
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Functions:
        """Take all functions of a split."""
        functions = reading.store("functions", split, data.languages)
        rows = np.flatnonzero(functions.lengths)
        lengths = np.minimum(functions.lengths[rows] + 2, data.length)
        languages = functions.languages[rows].astype(np.int64)
        return cls(functions, rows, reading.marks, data.length, lengths, languages)

    def __getitem__(self, row: int) -> Example:
        code = _cut(self.functions, int(self.rows[row]), self.limit - 2, CODE)
        begin, end = self.marks
        parts = (mark(begin, TEXT), code, mark(end, CODE))
        return Example(row, (concatenate(parts, (0, 0, 0)),), language=int(self.languages[row]))


@dataclass(frozen=True)
class Pairs:
    """Summary and code of functions, bare: (text, code), and what else is wanted.

    That is the body and mined negatives (text, code, body, code, ...), or other pairs by chance
    (text, code, text, code, ...), the same ones from epoch to epoch.

    A function without a summary, where these are wanted too, has an empty text.
    """

    functions: TokenStore
    summaries: TokenStore
    rows: Numbers
    """Of both stores."""
    limits: tuple[int, int]
    """Tokens of a text, and of the whole sequence with three marks."""
    with_body: bool
    negatives: tuple[Numbers, Numbers] | None
    """First of each row's negatives, and all of them: rows of `functions`."""
    others: int
    seed: int
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Pairs:
        """Take all functions with a summary of a split, or all functions."""
        functions = reading.store("functions", split, data.languages)
        summaries = reading.store("summaries", split, data.languages)
        wanted = functions.lengths > 0
        if not data.unimodal:
            wanted &= summaries.lengths > 0
        rows = np.flatnonzero(wanted)
        negatives = None
        if data.negatives and split == "train":
            firsts, others = read_negatives(Path(data.negatives), functions.keys, rows)
            listed = np.diff(firsts) > 0
            rows, negatives = rows[listed], (np.append(firsts[:-1][listed], firsts[-1]), others)
        text = np.minimum(summaries.lengths[rows], data.text_length)
        lengths = np.minimum(functions.lengths[rows] + text + 3, data.length)
        languages = functions.languages[rows].astype(np.int64)
        limits = (data.text_length, data.length)
        return cls(
            functions,
            summaries,
            rows,
            limits,
            data.body or bool(data.negatives),  # to evaluate on, pairs have no negatives
            negatives,
            data.others,
            seed,
            lengths,
            languages,
        )

    def __getitem__(self, row: int) -> Example:
        function = int(self.rows[row])
        parts = self._pair(function)
        room = self.limits[1] - len(parts[0].ids) - 3
        if self.with_body:
            parts.append(body(self.functions, function, room))
        if self.negatives is not None:
            firsts, others = self.negatives
            mined = others[firsts[row] : firsts[row + 1]].tolist()
            parts += [_cut(self.functions, other, room, CODE) for other in mined]
        if self.others:
            drawn = np.random.default_rng([self.seed, 3, row]).choice(self.rows, self.others)
            parts += [part for other in drawn.tolist() for part in self._pair(other)]
        return Example(row, tuple(parts), language=int(self.languages[row]))

    def _pair(self, function: int) -> list[Tokens]:
        text_limit, limit = self.limits
        text = _cut(self.summaries, function, text_limit, TEXT)
        return [text, _cut(self.functions, function, limit - len(text.ids) - 3, CODE)]


def _cut(store: TokenStore, row: int, limit: int, modality: int) -> Tokens:
    return piece(store, row, modality, 0, min(int(store.lengths[row]), max(limit, 0)))
