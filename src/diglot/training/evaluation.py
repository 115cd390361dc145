"""Evaluation on the validation split: the terms of the loss, and MRR where pairs are ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn

from diglot.metrics.ranking import mean_reciprocal_rank, tied_ranks
from diglot.training.cached_gradients import gather
from diglot.training.feed import micro_batches
from diglot.training.gradients import Term, is_coupled, moved, total_loss
from diglot.training.plan import share
from diglot.training.views import View

_EPOCH = 0
"""Examples are masked and cut as in a first epoch, at every evaluation alike."""


@torch.no_grad()
def evaluate(
    accelerator: Accelerator,
    wrapped: nn.Module,
    terms: Sequence[Term],
    view: View,
    *,
    seed: int,
    batch: int,
    micro: int,
) -> dict[str, float]:
    """Measure terms by label, their weighted sum `loss`, and `mrr` of coupled objectives.

    MRR ranks all codes of the view for each of its texts, in the middle of ties.

    Args:
        accelerator: knows the processes.
        wrapped: `Trained`, as the accelerator prepared it.
        terms: of all objectives.
        view: examples, in order.
        seed: of the run.
        batch: examples that coupled objectives compare.
        micro: examples that a process computes at once; 0 for all of its share.
    """
    objectives = accelerator.unwrap_model(wrapped).objectives
    wrapped.eval()
    sums = dict.fromkeys((term.label for term in terms), 0.0)
    counts = dict.fromkeys(sums, 0)
    vectors: dict[int, list[torch.Tensor]] = {}
    count = len(view.lengths)
    for rows in np.array_split(np.arange(count), -(-count // batch)):
        parts = share(rows, accelerator.process_index, accelerator.num_processes, micro or batch)
        encoded: dict[int, list[tuple[torch.Tensor, torch.Tensor]]] = {}
        for part in parts:
            made = micro_batches(view, part if len(part) else rows[:1], objectives, seed, _EPOCH)
            inputs = {number: moved(one, accelerator) for number, one in enumerate(made)}
            outputs = wrapped(inputs)
            for number, output in outputs.items():
                if is_coupled(objectives[number]):
                    kept = slice(0, len(part))
                    pair = (output[kept], inputs[number]["identities"][kept])
                    encoded.setdefault(number, []).append(pair)
            for term in terms:
                if term.objective not in encoded and len(part):
                    sums[term.label] += float(outputs[term.objective][term.name])
                    counts[term.label] += made[term.objective].counts.get(term.name, 0)
        for number, pairs in encoded.items():
            whole, _ = gather(torch.cat([one for one, _ in pairs]))
            identities, _ = gather(torch.cat([one for _, one in pairs]))
            losses = objectives[number].losses(whole.float(), identities)
            for term in terms:
                if term.objective == number and accelerator.is_main_process:
                    sums[term.label] += float(losses[term.name])
                    counts[term.label] += len(whole)
            vectors.setdefault(number, []).append(whole.cpu())
    wrapped.train()
    table = torch.tensor([list(sums.values()), [float(n) for n in counts.values()]]).double()
    if accelerator.num_processes > 1:
        table = accelerator.reduce(table.to(accelerator.device), "sum")
    totals = dict(zip(sums, table.T.tolist(), strict=True))
    means = {label: total / number for label, (total, number) in totals.items() if number}
    measured = means | {"loss": total_loss(terms, means)}
    for number, parts_of in vectors.items():
        measured[f"{objectives[number].name}.mrr"] = _mrr(objectives[number], torch.cat(parts_of))
    return measured


def _mrr(objective: Any, vectors: torch.Tensor) -> float:  # noqa: ANN401 - a coupled objective
    text, code = vectors[:, 0].float(), vectors[:, 1].float()
    if getattr(objective.settings, "similarity", "cosine") == "cosine":
        text, code = (nn.functional.normalize(one, dim=1) for one in (text, code))
    scores = (text @ code.T).numpy()
    return mean_reciprocal_rank(tied_ranks(scores, np.arange(len(scores))))
