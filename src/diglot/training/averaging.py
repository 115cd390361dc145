"""Averages of weights: of the last checkpoints, and of a model with the one it started from.

Averaging along a run smooths its end (Izmailov et al. 2018, 1803.05407); going part of the way back
to the start keeps what fine-tuning forgets (Wortsman et al. 2022, WiSE-FT, 2109.01903).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from diglot.errors import InputError
from diglot.training.state import read_weights

Weights = Mapping[str, torch.Tensor]


def average_checkpoints(checkpoints: Sequence[Path]) -> dict[str, torch.Tensor]:
    """Mean of the weights of checkpoints, read one at a time.

    Raises:
        InputError: There is none, one cannot be read, or they are of different models.
    """
    if not checkpoints:
        raise InputError("no checkpoints to average")
    total = {name: value.double() for name, value in read_weights(checkpoints[0]).items()}
    kinds = {name: value.dtype for name, value in read_weights(checkpoints[0]).items()}
    for path in checkpoints[1:]:
        weights = read_weights(path)
        _check_names(total, weights, str(path))
        for name, value in weights.items():
            total[name] += value
    return {name: (value / len(checkpoints)).to(kinds[name]) for name, value in total.items()}


def interpolate(start: Weights, end: Weights, share: float) -> dict[str, torch.Tensor]:
    """Go from `end` back to `start` by a share: 0 is `end`, 1 is `start`; counters stay.

    Raises:
        InputError: The weights are of different models.
    """
    _check_names(start, end, "the model")
    return {
        name: torch.lerp(value, start[name].to(value), share)
        if value.is_floating_point()
        else value
        for name, value in end.items()
    }


def _check_names(one: Weights, other: Weights, what: str) -> None:
    if one.keys() != other.keys():
        differing = ", ".join(sorted(one.keys() ^ other.keys())[:4])
        raise InputError(f"{what} has other weights: {differing}")
