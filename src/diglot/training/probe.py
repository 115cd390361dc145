"""Two seconds of measuring: which dtype, attention and number of threads suit this device."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from diglot.errors import InputError
from diglot.models.attention import Attention
from diglot.models.language_model import LanguageModel

DType = Literal["float32", "bfloat16"]

_ROUNDS = 3
"""In which the choices take turns: other work on the machine comes and goes."""
_SECONDS = 0.07
"""For each choice in each round."""
_SLOW = 1.0
"""Seconds from which nothing is measured twice: threads that wait for each other on a busy machine
can take a hundred times as long."""
_HOPELESS = 4
"""A dtype whose matrix product takes this many times as long as the fastest is not tried: a
processor without instructions for bfloat16 is some sixty times as slow with it."""
_TOKENS = 512
_SIZES = {"cpu": (384, 768, 1536), "cuda": (4096, 8192)}
"""Of the matrices whose product is measured."""


@dataclass(frozen=True)
class Choice:
    """How to compute."""

    dtype: DType
    attention: Attention
    threads: int


def choose(
    model: LanguageModel,
    device: torch.device,
    length: int,
    *,
    dtypes: Sequence[DType],
    attentions: Sequence[Attention],
    threads: Sequence[int],
) -> Choice:
    """Measure steps of a small model, one kind of choice after the other.

    Args:
        model: of one layer.
        device: to compute on.
        length: tokens of a sequence.
        dtypes: to choose from; likewise the next two. One element is a choice made.
        attentions: see there.
        threads: see there.
    """
    before = torch.get_num_threads()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):

        def fastest(options: Sequence[Choice]) -> Choice:
            if len(options) == 1:
                return options[0]
            times = {one: seconds_per_step(model, device, length, one) for one in options}
            for _ in range(_ROUNDS - 1):
                for one in options:
                    if times[one] <= _SLOW:
                        again = seconds_per_step(model, device, length, one)
                        times[one] = min(times[one], again)
            return min(times, key=times.__getitem__)

        usable = _usable(dtypes, device)
        best = Choice(usable[0], attentions[0], threads[-1])
        best = fastest([Choice(one, best.attention, best.threads) for one in usable])
        best = fastest([Choice(best.dtype, one, best.threads) for one in attentions])
        best = fastest([Choice(best.dtype, best.attention, one) for one in threads])
    torch.set_num_threads(before)
    return best


def thread_counts() -> list[int]:
    """Numbers of threads to choose from: one, half of what there is, all."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return sorted({1, max((cores or 1) // 2, 1), cores or 1})


def seconds_per_step(
    model: LanguageModel, device: torch.device, length: int, choice: Choice
) -> float:
    """Time of the fastest forward and backward pass of some sequences.

    Infinite where the device cannot compute so.
    """
    torch.set_num_threads(choice.threads)
    ids = torch.randint(model.vocabulary_size, (max(_TOKENS // length, 1), length), device=device)

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=choice.dtype == "bfloat16"):
            # Not a sum: a normalised state has the same one whatever it is, and so no gradient.
            loss = model.hidden(ids).float().logsumexp(2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        model.zero_grad()

    try:
        model.attention = choice.attention
        return _fastest(step, device)
    except (InputError, RuntimeError):
        return math.inf


def _usable(dtypes: Sequence[DType], device: torch.device) -> list[DType]:
    """Those of some dtypes in which a matrix product is not hopelessly slow."""
    if len(dtypes) == 1:
        return list(dtypes)
    seconds = {one: _product_seconds(device, one, _sizes(device)[0]) for one in dtypes}
    return [one for one in dtypes if seconds[one] <= _HOPELESS * min(seconds.values())]


def matrix_peak(device: torch.device, dtype: DType) -> float:
    """Floating-point operations per second in matrix products: what MFU is a share of.

    The fastest of some sizes counts: some processors are faster with what their caches hold.
    """
    return max(2 * size**3 / _product_seconds(device, dtype, size) for size in _sizes(device))


def _product_seconds(device: torch.device, dtype: DType, size: int) -> float:
    """Time of the fastest product of two square matrices."""
    matrix = torch.ones(size, size, dtype=getattr(torch, dtype), device=device)
    return _fastest(lambda: matrix @ matrix, device)


def _sizes(device: torch.device) -> tuple[int, ...]:
    return _SIZES["cuda" if device.type == "cuda" else "cpu"]


def _fastest(step: Callable[[], object], device: torch.device) -> float:
    def timed() -> float:
        start = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - start

    first = timed()  # it allocates and compiles
    if first > _SLOW:
        return first
    times = [timed()]
    while sum(times) < _SECONDS:
        times.append(timed())
    return min(times)
