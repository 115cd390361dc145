"""Evaluation on the validation split: the terms of the loss, and MRR where pairs are ranked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import nn

from diglot.metrics.ranking import mean_reciprocal_rank, tied_ranks
from diglot.objectives.contrastive import Contrastive
from diglot.objectives.rank import RIGHT, WRONG, Rank
from diglot.objectives.segmented import segmented_arrays
from diglot.training.cached_gradients import gather
from diglot.training.feed import micro_batches
from diglot.training.gradients import Term, is_coupled, moved, total_loss
from diglot.training.plan import share
from diglot.training.views import View

_EPOCH = 0
"""Examples are masked and cut as in a first epoch, at every evaluation alike."""
_CROSS_PAIRS = 32


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
    """Measure terms by label, their weighted sum `loss`, and MRR where pairs are ranked.

    MRR is over the texts of the view, each with all its codes, ties in the middle. A cross-encoder
    (`rank`) reads each text with each code, and so those of the first 32 pairs alone.

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
    ranks = {
        f"{objectives[number].name}.mrr": _vector_mrr(objectives[number], torch.cat(parts_of))
        for number, parts_of in vectors.items()
    } | {
        f"{objective.name}.mrr": _pair_mrr(accelerator, wrapped, number, view)
        for number, objective in enumerate(objectives)
        if isinstance(objective, Rank)
    }
    wrapped.train()
    table = torch.tensor([list(sums.values()), [float(n) for n in counts.values()]]).double()
    if accelerator.num_processes > 1:
        table = accelerator.reduce(table.to(accelerator.device), "sum")
    totals = dict(zip(sums, table.T.tolist(), strict=True))
    means = {label: total / number for label, (total, number) in totals.items() if number}
    return means | {"loss": total_loss(terms, means)} | ranks


def _vector_mrr(objective: Contrastive, vectors: torch.Tensor) -> float:
    text, code = vectors[:, 0].float(), vectors[:, 1].float()
    if objective.settings.similarity == "cosine":
        text, code = (nn.functional.normalize(one, dim=1) for one in (text, code))
    return _mrr((text @ code.T).numpy())


def _pair_mrr(accelerator: Accelerator, wrapped: nn.Module, number: int, view: View) -> float:
    """Rank by scores; every process computes all of them, as sharded models need all processes."""
    objective: Rank = accelerator.unwrap_model(wrapped).objectives[number]
    pairs = [view[row].parts[:2] for row in range(min(len(view.lengths), _CROSS_PAIRS))]
    scores = []
    for text, _ in pairs:
        sequences = [objective.sequence(text.ids, code.ids) for _, code in pairs]
        arrays = segmented_arrays(sequences) | {"labels": np.zeros(len(pairs), np.int64)}
        batch = moved(objective.collate([arrays]), accelerator)
        found = wrapped({number: batch}, scores=True)[number]
        scores.append((found[:, RIGHT] - found[:, WRONG]).float().cpu().numpy())
    return _mrr(np.stack(scores))


def _mrr(scores: NDArray[np.float32]) -> float:
    return mean_reciprocal_rank(tied_ranks(scores, np.arange(len(scores))))
