"""Static vectors of units: weighted bags of words.

A unit's vector is the mean of its words' vectors, a word counting more in the symbol and the
documentation than in the body, and repetitions counting less and less. Since the table's vector of
a word does not depend on its neighbours, each distinct token of a batch is looked up once and the
units follow by one sparse product: no text goes through a tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from diglot.inference.static import StaticEncoder
from diglot.languages.words import split_words
from diglot.types import Unit

SYMBOL_WEIGHT = 3.0
SIGNATURE_WEIGHT = 1.0
DOCS_WEIGHT = 2.0
BODY_WEIGHT = 1.0

_TOKEN = re.compile(r"\w+")
_GATHER_ROWS = 1 << 16
"""Rows gathered at once, to bound memory (64 MiB at 256 dimensions)."""


class _Numbers(dict[str, int]):
    """Numbers tokens in order of first use."""

    def __missing__(self, token: str) -> int:
        number = self[token] = len(self)
        return number


def _fields(unit: Unit) -> tuple[tuple[str, float], ...]:
    return (
        (unit.symbol, SYMBOL_WEIGHT),
        (unit.signature, SIGNATURE_WEIGHT),
        (unit.docs, DOCS_WEIGHT),
        (unit.body, BODY_WEIGHT),
    )


def _counts(
    units: Sequence[Unit], numbers: _Numbers
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Weighted counts of tokens in units, sorted by unit: (unit, token, count)."""
    tokens: list[int] = []
    owners: list[int] = []
    weights: list[float] = []
    lengths: list[int] = []
    for row, unit in enumerate(units):
        for text, weight in _fields(unit):
            if text:
                before = len(tokens)
                tokens.extend(map(numbers.__getitem__, _TOKEN.findall(text)))
                owners.append(row)
                weights.append(weight)
                lengths.append(len(tokens) - before)
    owner = np.repeat(np.array(owners, np.int64), lengths)
    pairs = owner * max(1, len(numbers)) + np.array(tokens, np.int64)
    distinct, inverse = np.unique(pairs, return_inverse=True)
    counts = np.bincount(inverse, np.repeat(weights, lengths), len(distinct)).astype(np.float32)
    return distinct // max(1, len(numbers)), distinct % max(1, len(numbers)), counts


def embed_units(units: Sequence[Unit], encoder: StaticEncoder) -> NDArray[np.float32]:
    """Return the static vectors of `units`, shape (units, dimension), rows of norm 1 or 0."""
    numbers = _Numbers()
    owner, token, count = _counts(units, numbers)
    token_vectors = _token_vectors(list(numbers), encoder)
    vectors = np.zeros((len(units), encoder.dimension), np.float32)
    damped = np.log1p(count)
    for start in range(0, len(owner), _GATHER_ROWS):
        part = slice(start, start + _GATHER_ROWS)
        rows = token_vectors[token[part]] * damped[part, None]
        bounds = np.flatnonzero(np.diff(owner[part], prepend=-1))
        vectors[owner[part][bounds]] += np.add.reduceat(rows, bounds, axis=0)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1)


def _token_vectors(tokens: Sequence[str], encoder: StaticEncoder) -> NDArray[np.float32]:
    """Sum of the vectors of each token's words, shape (tokens, dimension)."""
    words = [split_words(token) for token in tokens]
    distinct = list(dict.fromkeys(word for parts in words for word in parts))
    number_of = {word: number for number, word in enumerate(distinct)}
    table = encoder.word_vectors(distinct)
    flat = np.array([number_of[word] for parts in words for word in parts], np.int64)
    lengths = np.fromiter((len(parts) for parts in words), np.int64, len(words))
    vectors = np.zeros((len(tokens), encoder.dimension), np.float32)
    filled = lengths > 0
    if filled.any():
        starts = (np.cumsum(lengths) - lengths)[filled]
        vectors[filled] = np.add.reduceat(table[flat], starts, axis=0)
    return vectors
