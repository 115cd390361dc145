"""Which sequences are the same, and how often words recur in them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads small numbers over all bits


def sequence_hash(ids: NDArray[np.int32]) -> int:
    """Return a number of 64 bits, signed, that is equal for equal sequences."""
    content = np.ascontiguousarray(ids, "<i8").tobytes()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)


def damped_counts(
    rows: Sequence[NDArray[np.generic]], words: Sequence[NDArray[np.generic]]
) -> NDArray[np.float32]:
    """Return factors by which all occurrences of a word together count log(1 + n).

    In code a few names are repeated until they drown the rest.

    Args:
        rows: tokens of each sequence.
        words: the number of the word that each token is a piece of, ascending within a row. Two
            words are the same if their tokens are.

    Returns:
        (rows, longest row): log(1 + n) / n for each token of a word that occurs n times in its
        row; 0 for padding.
    """
    lengths = np.array([len(row) for row in rows])
    factors = np.zeros((len(rows), int(lengths.max(initial=0))), np.float32)
    if not lengths.sum():
        return factors
    owner = np.repeat(np.arange(len(rows)), lengths)
    ids = np.concatenate(rows).astype(np.uint64)
    numbers = np.concatenate(words)
    starts = np.flatnonzero(np.r_[True, (owner[1:] != owner[:-1]) | (numbers[1:] != numbers[:-1])])
    sizes = np.diff(np.r_[starts, len(ids)])
    places = np.arange(len(ids)) - np.repeat(starts, sizes)
    # A word's key is a sum over its tokens of a hash of (token, place): one pass, no strings.
    mixed = (ids << np.uint64(20)) + places.astype(np.uint64) + np.uint64(1)
    for _ in range(2):
        mixed = mixed * _MIX
        mixed ^= mixed >> np.uint64(32)
    keys = np.add.reduceat(mixed, starts) ^ (
        (owner[starts].astype(np.uint64) + np.uint64(1)) * _MIX
    )
    _, word, counts = np.unique(keys, return_inverse=True, return_counts=True)
    factor = (np.log1p(counts) / counts)[word]
    factors[np.arange(factors.shape[1]) < lengths[:, None]] = np.repeat(factor, sizes)
    return factors
