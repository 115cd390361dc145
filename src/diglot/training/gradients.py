"""Gradients of one step: the terms of all objectives over the whole window and all processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from diglot.objectives.base import Batch, CoupledObjective, Objective
from diglot.training.cached_gradients import cached_backward
from diglot.training.feed import Micro

Tensors = Mapping[str, torch.Tensor]


class Trained(nn.Module):
    """All that is trained: the model, and the heads of the objectives by their names.

    Objectives call any method of the model, but wrappers (DDP, FSDP2, autocast, compile) know
    `forward` alone: everything goes through it.
    """

    def __init__(
        self, model: nn.Module, objectives: Sequence[Objective | CoupledObjective]
    ) -> None:
        super().__init__()
        self.model = model
        self.heads = nn.ModuleDict()
        self.objectives = tuple(objectives)
        for objective in objectives:
            heads = objective.heads(model)  # type: ignore[arg-type]
            if heads is not None:
                self.heads[objective.name] = heads

    @property
    def layer_names(self) -> Sequence[str]:
        """Names of the classes of a language model's layers.

        Not the embeddings: the head shares their table, and only one group of FSDP2 may hold it.
        """
        network = getattr(self.model, "network", None)
        names = getattr(network, "_no_split_modules", None) or []
        return sorted(name for name in names if "Embedding" not in name)

    _no_split_modules = layer_names
    """What Accelerate shards one by one."""

    def forward(self, batches: Mapping[int, Tensors], *, scores: bool = False) -> dict[int, Any]:
        """Compute objectives by their numbers.

        Args:
            batches: tensors of each objective.
            scores: whether to return `Rank.scores` rather than what is trained on.

        Returns:
            Sums by term of plain objectives, vectors of coupled ones.
        """
        outputs: dict[int, Any] = {}
        for number, tensors in batches.items():
            objective: Any = self.objectives[number]
            heads = dict(self.heads.items()).get(objective.name)
            method = "scores" if scores else "encode" if is_coupled(objective) else "sums"
            outputs[number] = getattr(objective, method)(self.model, heads, tensors)
        return outputs


@dataclass(frozen=True)
class Term:
    """One term of the loss."""

    objective: int
    name: str
    """As the objective has it."""
    label: str
    """As metrics have it."""
    weight: float


@dataclass(frozen=True)
class Window:
    """What a step came to, over all micro-batches and processes."""

    sums: dict[str, torch.Tensor]
    """Of the loss over scored items, by label of the term."""
    counts: dict[str, int]
    tokens: int
    """Read by all processes, without padding."""
    stop: bool
    """Whether some process was asked to stop."""
    logged: dict[str, int]
    """What objectives count besides, in this process."""


def is_coupled(objective: Objective | CoupledObjective) -> bool:
    """Whether the loss of an example depends on the others of the batch."""
    return hasattr(objective, "encode")


def total_loss(terms: Sequence[Term], means: Mapping[str, float]) -> float:
    """Weighted sum of the terms."""
    return sum(term.weight * means[term.label] for term in terms if term.label in means)


def add_gradients(
    accelerator: Accelerator,
    wrapped: nn.Module,
    terms: Sequence[Term],
    window: Sequence[Micro],
    *,
    stop: bool = False,
) -> Window:
    """Add the gradient of sum over terms of weight * sum / count to the parameters.

    The counts are those of the whole window in all processes, known before the first backward
    pass, so neither accumulation nor the number of processes changes the gradient.

    Args:
        accelerator: knows the processes.
        wrapped: `Trained`, as the accelerator prepared it.
        terms: of all objectives.
        window: micro-batches of this process.
        stop: whether this process was asked to stop.
    """
    objectives = accelerator.unwrap_model(wrapped).objectives
    counts, tokens, stopping = _reduced_counts(accelerator, terms, window, stop)
    factors = {
        term.label: term.weight / counts[term.label] if counts[term.label] else 0.0
        for term in terms
    }
    # DDP and FSDP2 average gradients over processes; the loss is a sum over them.
    scale = float(accelerator.num_processes)
    sums: dict[str, torch.Tensor] = {}
    coupled = [number for number, one in enumerate(objectives) if is_coupled(one)]
    plain = [number for number, one in enumerate(objectives) if not is_coupled(one)]

    def no_sync(last: bool = False) -> AbstractContextManager[Any]:
        return nullcontext() if last else accelerator.no_sync(wrapped)

    for number in coupled:
        own = {term.name: term.label for term in terms if term.objective == number}
        last = number == coupled[-1] and not plain

        def encode(tensors: Tensors, number: int = number) -> torch.Tensor:
            vectors: torch.Tensor = wrapped({number: tensors})[number]
            return vectors[: len(tensors["identities"])]

        with no_sync(last=last):
            found = cached_backward(
                encode,
                objectives[number].losses,
                [moved(micro[number], accelerator) for micro in window],
                factors={name: factors[label] for name, label in own.items()},
                scale=scale,
                no_sync=no_sync,
            )
        # Every process has the sums of the global batch; below they are added up.
        sums |= {own[name]: value / scale for name, value in found.items()}
    for position, micro in enumerate(window if plain else ()):
        inputs = {number: moved(micro[number], accelerator) for number in plain}
        with no_sync(last=position == len(window) - 1):
            outputs = wrapped(inputs)
            parts = []
            for term in terms:
                if term.objective in outputs:
                    value = outputs[term.objective][term.name]
                    if not micro[term.objective].counts[term.name]:
                        value = value * 0.0
                    parts.append(value * (factors[term.label] * scale))
                    sums[term.label] = sums.get(term.label, 0) + value.detach()
            accelerator.backward(torch.stack(parts).sum())
    logged: Counter[str] = Counter()
    for micro in window:
        for batch in micro:
            logged.update(batch.logged)
    return Window(_reduced_sums(accelerator, sums), counts, tokens, stopping, dict(logged))


def _reduced_counts(
    accelerator: Accelerator, terms: Sequence[Term], window: Sequence[Micro], stop: bool
) -> tuple[dict[str, int], int, bool]:
    """Scored items by term, tokens, and whether to stop; over the window and all processes."""
    numbers = [
        sum(micro[term.objective].counts.get(term.name, 0) for micro in window) for term in terms
    ]
    numbers += [sum(batch.tokens for micro in window for batch in micro), int(stop)]
    if accelerator.num_processes > 1:
        reduced = accelerator.reduce(torch.tensor(numbers, device=accelerator.device), "sum")
        numbers = reduced.tolist()
    *counts, tokens, stopping = numbers
    labels = [term.label for term in terms]
    return dict(zip(labels, counts, strict=True)), tokens, bool(stopping)


def _reduced_sums(
    accelerator: Accelerator, sums: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    stacked = torch.stack([value.float() for value in sums.values()])
    if accelerator.num_processes > 1:
        stacked = accelerator.reduce(stacked, "sum")
    return dict(zip(sums, stacked, strict=True))


def moved(batch: Batch, accelerator: Accelerator) -> dict[str, torch.Tensor]:
    """Tensors of a batch on the device."""
    device = accelerator.device
    return {name: tensor.to(device, non_blocking=True) for name, tensor in batch.tensors.items()}
