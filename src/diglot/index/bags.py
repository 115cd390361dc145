"""Static vectors of units: weighted bags of words.

A unit's vector is the mean of its words' vectors, a word counting more in the symbol and the
documentation than in the body, and repetitions counting less and less. Since the table's vector of
a word does not depend on its neighbours, each distinct token of a batch is looked up once and the
units follow by sparse products: no text goes through a tokenizer. A unit's vector does not depend
on what else is in the batch, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from diglot.index.unit_tokens import TokenCounts, UnitTokens
from diglot.inference.static import StaticEncoder
from diglot.languages.words import split_words

FIELD_WEIGHTS = UnitTokens(symbol=3.0, signature=1.0, docs=2.0, body=1.0)  # type: ignore[arg-type]
"""How much a word counts by where it stands."""


def embed_units(
    counts: TokenCounts, units: NDArray[np.int64], encoder: StaticEncoder
) -> NDArray[np.float32]:
    """Return the static vectors of units, shape (len(units), dimension), rows of norm 1 or 0.

    Args:
        counts: tokens of a batch of units.
        units: numbers of those to embed, ascending.
        encoder: the static model.
    """
    wanted = np.zeros(int(units.max(initial=-1)) + 1, bool)
    wanted[units] = True
    inside = np.flatnonzero(counts.unit < len(wanted))
    chosen = inside[wanted[counts.unit[inside]]]
    owner, token, weight = _weights(counts, chosen)
    used, token = np.unique(token, return_inverse=True)
    table = _token_vectors([counts.tokens[number] for number in used.tolist()], encoder)
    vectors = np.zeros((len(units), encoder.dimension), np.float32)
    starts = np.searchsorted(owner, units).tolist()
    ends = np.searchsorted(owner, units, side="right").tolist()
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        np.dot(weight[start:end], table[token[start:end]], out=vectors[row])
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms > 0, norms, 1)
    return vectors


def _weights(
    counts: TokenCounts, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Distinct (unit, token) pairs in order of the text, each with the token's weight there."""
    total = max(1, len(counts.tokens))
    pairs = counts.unit[chosen] * total + counts.token[chosen]
    distinct, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    weights = np.array(FIELD_WEIGHTS, np.float32)[counts.field[chosen]] * counts.count[chosen]
    summed = np.bincount(inverse, weights, len(distinct))
    order = np.argsort(first)
    pairs = distinct[order]
    return pairs // total, pairs % total, np.log1p(summed[order]).astype(np.float32)


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
