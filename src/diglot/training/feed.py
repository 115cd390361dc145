"""Batches of a run, step by step, prepared ahead by worker processes if wanted.

What a step's batches hold depends on the plan and the seed alone. Workers only prefetch: their
number changes nothing, and a resumed run asks for the steps that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from diglot.objectives.base import Batch, CoupledObjective, Objective
from diglot.training.plan import Plan, Rows, share
from diglot.training.views import View

Micro = tuple[Batch, ...]
"""One batch for each objective, of the same examples."""


@dataclass(frozen=True)
class Feed(Dataset[list[Micro]]):
    """What one process reads in a step: its micro-batches of the global batch."""

    view: View
    plan: Plan
    objectives: Sequence[Objective | CoupledObjective]
    seed: int
    micro: int
    """Most examples of a micro-batch; 0 for all of the process's share."""
    rank: int = 0
    processes: int = 1

    def __getitem__(self, step: int) -> list[Micro]:
        rows, epoch = self.plan.rows(step), self.plan.epoch_of(step)
        shares = share(rows, self.rank, self.processes, self.micro or len(rows))
        return [self._micro(part, rows, epoch) for part in shares]

    def steps(self, first: int, end: int, workers: int) -> Iterator[list[Micro]]:
        """Micro-batches of steps from `first` to before `end`."""
        loader = DataLoader(
            self,
            sampler=cast(Iterable[Any], range(first, end)),
            batch_size=None,
            num_workers=workers,
            generator=torch.Generator(),  # not the global one, which dropout draws from
        )
        return iter(loader)

    def _micro(self, part: Rows, rows: Rows, epoch: int) -> Micro:
        """Batches of some rows; where a process has none, of one that counts nothing."""
        batches = micro_batches(
            self.view, part if len(part) else rows[:1], self.objectives, self.seed, epoch
        )
        return batches if len(part) else tuple(_without_count(batch) for batch in batches)


def micro_batches(
    view: View,
    rows: Rows,
    objectives: Sequence[Objective | CoupledObjective],
    seed: int,
    epoch: int,
) -> Micro:
    """Make a batch for each objective of the same rows.

    An example's randomness depends on seed, epoch, its row and the objective's number alone; an
    objective with `copies` above 0 has that many epochs of randomness, in turn.
    """
    examples = [view[int(row)] for row in rows]
    batches = []
    for number, objective in enumerate(objectives):
        copies = objective.copies
        version = epoch % copies if copies else epoch
        prepared = [
            objective.prepare(example, np.random.default_rng([seed, version, example.key, number]))
            for example in examples
        ]
        batches.append(objective.collate(prepared))
    return tuple(batches)


def _without_count(batch: Batch) -> Batch:
    """A batch that takes part in the exchange between processes and adds nothing to it."""
    tensors = dict(batch.tensors)
    if "identities" in tensors:
        tensors["identities"] = tensors["identities"][:0]
    return replace(
        batch, tensors=tensors, counts=dict.fromkeys(batch.counts, 0), tokens=0, logged={}
    )
