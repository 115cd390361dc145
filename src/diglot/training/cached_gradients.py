"""Gradients of a loss over a global batch that is larger than memory (GradCache).

Gao et al. 2021, "Scaling deep contrastive learning batch size under memory limited setup"
(2101.06983). The loss depends on the parameters only through the vectors, so its gradient is taken
in two halves: by the vectors of the whole batch, which are small, then through the encoder, one
micro-batch at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import distributed

Tensors = Mapping[str, torch.Tensor]


def cached_backward(
    encode: Callable[[Tensors], torch.Tensor],
    losses: Callable[[torch.Tensor, torch.Tensor], Mapping[str, torch.Tensor]],
    micro_batches: Sequence[Tensors],
    *,
    factors: Mapping[str, float],
    scale: float = 1.0,
    no_sync: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> dict[str, torch.Tensor]:
    """Add the gradient of a loss over the global batch to the parameters.

    Micro-batches are encoded twice, first without a graph; dropout and other draws from torch's
    generators are the same both times. A single micro-batch is encoded once, with its graph kept.
    Every process computes the loss of the whole global batch, so gradients need no exchange beyond
    that of the parameters'.

    Args:
        encode: of a micro-batch, vectors (examples, views, dimension) float32. Autocast, and the
            wrapper of a distributed model, belong in it.
        losses: of vectors and identities of the global batch, sums by term, as
            `CoupledObjective.losses`. Called outside of autocast.
        micro_batches: of this process; each holds `identities` (examples, views) int64.
        factors: of each term, what its sum is multiplied by: weight / count in the global batch.
        scale: multiplies gradients: the number of processes where their gradients are averaged, not
            added up (DDP, FSDP), times a gradient scaler's.
        no_sync: a context under which backward passes exchange no gradients; entered for all
            micro-batches but the last.

    Returns:
        Sums by term over the global batch, without factors; the same in every process.
    """
    if not micro_batches:
        raise ValueError("no micro-batches")
    single = len(micro_batches) == 1
    draws, encoded = [], []
    for tensors in micro_batches:
        draws.append(_Draws.of(tensors["identities"].device))
        with torch.set_grad_enabled(single):
            encoded.append(encode(tensors))
    sums, gradient = _loss_gradient(losses, encoded, micro_batches, factors, scale)
    if single:
        torch.autograd.backward(encoded[0], gradient)
        return sums
    after = _Draws.of(micro_batches[0]["identities"].device)
    parts = torch.split(gradient, [len(vectors) for vectors in encoded])
    for number, tensors in enumerate(micro_batches):
        last = number == len(micro_batches) - 1
        with nullcontext() if last else no_sync():
            draws[number].replay()
            torch.autograd.backward(encode(tensors), parts[number])
    after.replay()  # the loss may have drawn too
    return sums


def gather(rows: torch.Tensor) -> tuple[torch.Tensor, slice]:
    """Put the rows of all processes end to end, by rank; they may be of different numbers.

    The result has no graph. Where the gradient by it is known in every process, as it is of a loss
    that every process computes alike, the own slice of it is the gradient by `rows`.

    Args:
        rows: (n, ...); all but n is the same in all processes.

    Returns:
        (sum of n, ...), and which of it are the own rows.
    """
    rows = rows.detach().contiguous()
    if not distributed.is_initialized() or distributed.get_world_size() == 1:
        return rows, slice(0, len(rows))
    own = torch.tensor([len(rows)], device=rows.device)
    counts = [torch.empty_like(own) for _ in range(distributed.get_world_size())]
    distributed.all_gather(counts, own)
    lengths = [int(count) for count in counts]
    full = rows.new_zeros(max(lengths), *rows.shape[1:])  # the exchange is of equal shapes
    full[: len(rows)] = rows
    gathered = [torch.empty_like(full) for _ in lengths]
    distributed.all_gather(gathered, full)
    start = sum(lengths[: distributed.get_rank()])
    everything = [part[:length] for part, length in zip(gathered, lengths, strict=True)]
    return torch.cat(everything), slice(start, start + len(rows))


def _loss_gradient(
    losses: Callable[[torch.Tensor, torch.Tensor], Mapping[str, torch.Tensor]],
    encoded: Sequence[torch.Tensor],
    micro_batches: Sequence[Tensors],
    factors: Mapping[str, float],
    scale: float,
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """Sums by term, and the gradient by the vectors of this process."""
    vectors, own = gather(torch.cat([part.detach() for part in encoded]))
    identities, _ = gather(torch.cat([tensors["identities"] for tensors in micro_batches]))
    vectors.requires_grad_()
    with torch.enable_grad(), torch.autocast(vectors.device.type, enabled=False):
        sums = losses(vectors, identities)
        total = torch.stack([sums[term] * factors[term] for term in sums]).sum()
        (gradient,) = torch.autograd.grad(total, vectors)
    return {term: value.detach() for term, value in sums.items()}, gradient[own] * scale


@dataclass(frozen=True, slots=True)
class _Draws:
    """Where torch's generators stand, of the processor and of one device."""

    device: torch.device
    states: tuple[torch.Tensor, ...]

    @classmethod
    def of(cls, device: torch.device) -> _Draws:
        states = [torch.get_rng_state()]
        if device.type == "cuda":
            states.append(torch.cuda.get_rng_state(device))
        return cls(device, tuple(states))

    def replay(self) -> None:
        torch.set_rng_state(self.states[0])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(self.states[1], self.device)
