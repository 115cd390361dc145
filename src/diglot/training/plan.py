"""Which rows make up which batch: pure functions of lengths, seed and step.

An epoch reads every row once. The batches of an epoch are as even as possible rather than full but
for a last one: 1,000 rows in batches of up to 64 are 8 batches of 63 and 8 of 62. So no step has a
handful of rows, no batch holds a row twice, and every epoch has as many steps as the one before,
which makes a step's epoch a division.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """The batches of a run.

    Two processes that hold equal plans agree on every batch without talking to each other.
    """

    lengths: NDArray[np.int64]
    """Tokens of each row, shape (rows,)."""
    batch: int
    """Most rows of a global batch."""
    seed: int = 0
    bucket: int = 1
    """How many batches' worth of rows are sorted by length together; 1 leaves them as drawn."""
    groups: NDArray[np.int64] | None = None
    """Shape (rows,): a batch holds rows of one group only (its language); None for no such rule."""
    _cached: dict[int, list[Rows]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def _members(self) -> list[Rows]:
        if self.groups is None:
            return [np.arange(len(self.lengths))]
        return [np.flatnonzero(self.groups == group) for group in np.unique(self.groups)]

    @cached_property
    def batches_per_epoch(self) -> int:
        """Steps that an epoch takes; the same for all epochs."""
        return sum(-(-len(members) // self.batch) for members in self._members)

    def epoch_of(self, step: int) -> int:
        """The epoch that a step is in; both count from 0."""
        return step // self.batches_per_epoch

    def rows(self, step: int) -> Rows:
        """Rows of the global batch of a step."""
        epoch, position = divmod(step, self.batches_per_epoch)
        if epoch not in self._cached:
            self._cached.clear()
            self._cached[epoch] = self.epoch(epoch)
        return self._cached[epoch][position]

    def epoch(self, epoch: int) -> list[Rows]:
        """All batches of an epoch, in order."""
        rng = np.random.default_rng([self.seed, epoch])
        batches: list[Rows] = []
        for members in self._members:
            order = rng.permutation(members)
            sizes = _even(len(order), self.batch)
            if self.bucket > 1:
                order = _sorted_within(order, self.lengths, sizes, self.bucket)
            batches += np.split(order, np.cumsum(sizes)[:-1])
        return [batches[position] for position in rng.permutation(len(batches))]


def share(rows: Rows, rank: int, processes: int, micro: int) -> list[Rows]:
    """Cut a process's part of a global batch into micro-batches.

    Args:
        rows: of the global batch.
        rank: number of the process.
        processes: how many there are.
        micro: most rows of a micro-batch of one process.

    Returns:
        The same number of micro-batches for every rank, some of them empty where a batch has fewer
        rows than processes.
    """
    most = -(-len(rows) // processes)
    count = max(1, -(-most // micro))
    return np.array_split(rows[rank::processes], count)


def _even(rows: int, batch: int) -> list[int]:
    """Sizes of the fewest batches that hold all rows, differing by one at most."""
    count = -(-rows // batch)
    return [len(part) for part in np.array_split(np.arange(rows), count)] if rows else []


def _sorted_within(order: Rows, lengths: NDArray[np.int64], sizes: list[int], bucket: int) -> Rows:
    """Sort rows by length among those of `bucket` batches: a batch then needs little padding."""
    ends = np.cumsum(sizes)[bucket - 1 : -1 : bucket]
    pools = np.split(order, ends)
    return np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
