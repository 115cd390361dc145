"""Token sequences by hand: slices of a store, marks, and what is put together of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from diglot.objectives.base import Tokens
from diglot.training.tokens import TokenStore

TEXT, CODE = 0, 1


def piece(
    store: TokenStore, row: int, modality: int, begin: int = 0, end: int | None = None
) -> Tokens:
    """Tokens of a row of a store, from `begin` to before `end`, as one document without marks."""
    first = int(store.starts[row])
    last = int(store.starts[row + 1]) if end is None else first + end
    return plain(
        store.ids[first + begin : last],
        store.word_starts[first + begin : last],
        modality,
        store.bindings[first + begin : last],
    )


def body(store: TokenStore, row: int, length: int) -> Tokens:
    """Tokens of a function's body without its return statements: a hard positive (CodeSage)."""
    inside = slice(int(store.starts[row]), int(store.starts[row + 1]))
    kept = np.flatnonzero(store.in_body[inside])[:length] + inside.start
    return plain(store.ids[kept], store.word_starts[kept], CODE, store.bindings[kept])


def mark(number: int, modality: int) -> Tokens:
    """One mark."""
    return replace(
        plain(np.array([number]), np.ones(1, np.bool_), modality),
        maskable=np.zeros(1, np.bool_),
    )


def concatenate(pieces: Sequence[Tokens], documents: Sequence[int]) -> Tokens:
    """Put pieces end to end.

    Args:
        pieces: at least one.
        documents: number of the document that each is to belong to, ascending.
    """
    joined = {
        item.name: np.concatenate([getattr(one, item.name) for one in pieces])
        for item in fields(Tokens)
    }
    lengths = [len(one.ids) for one in pieces]
    joined["documents"] = np.repeat(np.array(documents, np.int32), lengths)
    words = [int(one.words.max(initial=-1)) + 1 for one in pieces]
    joined["words"] = joined["words"] + _offsets(words, lengths)
    bindings = [int(one.bindings.max(initial=-1)) + 1 for one in pieces]
    shifted = joined["bindings"] + _offsets(bindings, lengths)
    joined["bindings"] = np.where(joined["bindings"] >= 0, shifted, -1).astype(np.int32)
    return Tokens(**joined)


def _offsets(counts: Sequence[int], lengths: Sequence[int]) -> NDArray[np.int32]:
    """Make numbers that count from 0 in every piece unique."""
    before = np.cumsum([0, *counts[:-1]])
    return np.repeat(before, lengths).astype(np.int32)


def plain(
    ids: NDArray[np.generic],
    word_starts: NDArray[np.bool_],
    modality: int,
    bindings: NDArray[np.generic] | None = None,
) -> Tokens:
    """Tokens of one document that may all be masked."""
    count = len(ids)
    return Tokens(
        ids=ids.astype(np.int32),
        modality=np.full(count, modality, np.uint8),
        maskable=np.ones(count, np.bool_),
        words=np.maximum(np.cumsum(word_starts, dtype=np.int32) - 1, 0),
        bindings=np.full(count, -1, np.int32) if bindings is None else bindings.astype(np.int32),
        documents=np.zeros(count, np.int32),
    )
