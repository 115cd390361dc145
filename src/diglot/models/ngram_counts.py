"""Counts of n-grams: made of documents in chunks, looked up by context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CHUNK = 4_000_000
"""Tokens that are counted at once."""

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]
"""N-grams as numbers, ascending, a token being a digit; and how often each occurs."""


def count_ngrams(documents: Iterable[NDArray[np.int64]], order: int, base: int) -> Counts:
    """Count the n-grams of documents, each of which has `order - 1` boundaries around it.

    Args:
        documents: tokens of each, shape (n,); `base - 1` is a boundary.
        order: tokens of an n-gram.
        base: one more than the largest token.
    """
    runs: list[Counts] = []
    for stream in _streams(documents, order, base - 1):
        runs.append(np.unique(_windows(stream, order, base), return_counts=True))
        # Merging what is of a size keeps the work at n log n.
        while len(runs) > 1 and len(runs[-1][0]) * 2 > len(runs[-2][0]):
            runs[-2:] = [add_counts(runs[-2:])]
    return add_counts(runs)


def add_counts(runs: list[Counts]) -> Counts:
    """Add up counts of the same n-grams, which need not be sorted."""
    if not runs:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    keys = np.concatenate([run[0] for run in runs])
    counts = np.concatenate([run[1] for run in runs])
    order = np.argsort(keys, kind="stable")
    keys, first = np.unique(keys[order], return_index=True)
    return keys, np.add.reduceat(counts[order], first) if len(keys) else counts


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Counts of tokens by context, contexts in order."""

    contexts: NDArray[np.int64]
    first: NDArray[np.int64]
    """First entry of each context, and the number of all."""
    tokens: NDArray[np.int32]
    """Of each entry."""
    ends: NDArray[np.int64]
    """0, and the sum of the counts up to each entry, itself included."""

    def find(self, contexts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Rows of contexts, and whether there is one."""
        if not len(self.contexts):
            return np.zeros(len(contexts), np.int64), np.zeros(len(contexts), np.bool_)
        row = np.searchsorted(self.contexts, contexts).clip(max=len(self.contexts) - 1)
        return row, self.contexts[row] == contexts

    def draw(
        self,
        row: NDArray[np.int64],
        found: NDArray[np.bool_],
        discount: float,
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Draw a token of each context, and tell where one was drawn."""
        random = rng.random(len(row))
        token = np.full(len(row), -1, np.int32)
        row = row[found]
        first, last = self.first[row], self.first[row + 1]
        start = self.ends[first]
        point = start + random[found] * (self.ends[last] - start)
        whole = point.astype(np.int64)  # searching for floats would copy the table as floats
        entry = np.searchsorted(self.ends, whole, side="right") - 1
        entry = np.minimum(entry, last - 1)  # a product of floats may round up to the very end
        kept = found.copy()
        kept[found] = point < self.ends[entry + 1] - discount
        token[found] = self.tokens[entry]
        return token, kept

    def spread(
        self,
        row: NDArray[np.int64],
        found: NDArray[np.bool_],
        discount: float,
        mass: NDArray[np.float64],
        result: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Add each context's share of a mass to its tokens; return what is left of the mass."""
        left = mass.copy()
        for target in np.flatnonzero(found & (mass > 0)):
            entries = slice(self.first[row[target]], self.first[row[target] + 1])
            counts = np.diff(self.ends[entries.start : entries.stop + 1])
            shares = mass[target] / counts.sum()
            result[target, self.tokens[entries]] += shares * (counts - discount)
            left[target] = shares * discount * len(counts)
        return left


def _streams(
    documents: Iterable[NDArray[np.int64]], order: int, boundary: int
) -> Iterator[NDArray[np.int64]]:
    """Documents end to end with boundaries around each, in chunks of about `_CHUNK` tokens."""
    edge = np.full(order - 1, boundary, np.int64)
    pieces = [edge]
    held = 0
    for document in documents:
        pieces += [document, edge]
        held += len(document)
        if held >= _CHUNK:
            yield np.concatenate(pieces)
            pieces, held = [edge], 0
    if held:
        yield np.concatenate(pieces)


def _windows(stream: NDArray[np.int64], order: int, base: int) -> NDArray[np.int64]:
    """The n-gram that ends at each position from the n-th on, as a number."""
    count = len(stream) - order + 1
    key = np.zeros(count, np.int64)
    for offset in range(order):
        key *= base
        key += stream[offset : offset + count]
    return key
