"""Static vectors of units: weighted bags of words.

A unit's vector is the mean of its words' vectors, a word counting more in the symbol and the
documentation than in the body, and repetitions counting less and less. Since the table's vector of
a word does not depend on its neighbours, each distinct token of a batch is looked up once and the
units follow by sparse products: no text goes through a tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diglot.index.lexical import UnitTokens
from diglot.inference.static import StaticEncoder
from diglot.languages.words import split_words

FIELD_WEIGHTS = UnitTokens(symbol=3.0, signature=1.0, docs=2.0, body=1.0)  # type: ignore[arg-type]
"""How much a word counts by where it stands."""


class _Numbers(dict[str, int]):
    """Numbers tokens in order of first use."""

    def __missing__(self, token: str) -> int:
        number = self[token] = len(self)
        return number


def embed_units(units: Sequence[UnitTokens], encoder: StaticEncoder) -> NDArray[np.float32]:
    """Return the static vectors of `units`, shape (units, dimension), rows of norm 1 or 0."""
    numbers = _Numbers()
    owner, token, weight = _weights(units, numbers)
    table = _token_vectors(list(numbers), encoder)
    vectors = np.zeros((len(units), encoder.dimension), np.float32)
    bounds = np.searchsorted(owner, np.arange(len(units) + 1)).tolist()
    for row, (start, end) in enumerate(pairwise(bounds)):
        np.dot(weight[start:end], table[token[start:end]], out=vectors[row])
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms > 0, norms, 1)
    return vectors


def _weights(
    units: Sequence[UnitTokens], numbers: _Numbers
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Distinct (unit, token) pairs in order of units, each with the token's weight there."""
    flat: list[int] = []
    lengths: list[int] = []
    for unit in units:
        for found in unit:
            flat.extend(map(numbers.__getitem__, found))
            lengths.append(len(found))
    fields = np.tile(np.array(FIELD_WEIGHTS, np.float32), len(units))
    owners = np.repeat(np.arange(len(units)), len(FIELD_WEIGHTS))
    total = max(1, len(numbers))
    pairs = np.repeat(owners * total, lengths) + np.array(flat, np.int64)
    distinct, inverse = np.unique(pairs, return_inverse=True)
    counts = np.bincount(inverse, np.repeat(fields, lengths), len(distinct))
    return distinct // total, distinct % total, np.log1p(counts).astype(np.float32)


def _token_vectors(tokens: Sequence[str], encoder: StaticEncoder) -> NDArray[np.float32]:
    """Sum of the vectors of each token's words, shape (tokens, dimension)."""
    words = [split_words(token) for token in tokens]
    distinct = list(dict.fromkeys(word for parts in words for word in parts))
    number_of = {word: number for number, word in enumerate(distinct)}
    table = encoder.word_vectors(distinct)
    vectors = np.zeros((len(tokens), encoder.dimension), np.float32)
    single = [(i, number_of[parts[0]]) for i, parts in enumerate(words) if len(parts) == 1]
    if single:
        rows, columns = np.array(single).T
        vectors[rows] = table[columns]
    for row, parts in enumerate(words):
        if len(parts) > 1:
            vectors[row] = table[[number_of[word] for word in parts]].sum(axis=0)
    return vectors
