"""Weights for torch, of files that nobody vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from diglot.errors import ModelError


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read a safetensors file.

    Raises:
        ModelError: It cannot be read, or a weight in it is no finite number.
    """
    try:
        weights = dict(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: not a readable safetensors file ({error})") from error
    check_finite(weights, str(path))
    return weights


def check_finite(weights: Mapping[str, torch.Tensor], where: str) -> None:
    """Check that a model can compute anything.

    Args:
        weights: tensors by name.
        where: they are from, for the message.

    Raises:
        ModelError: A weight is NaN or infinite.
    """
    for name, value in weights.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise ModelError(f"{where}: tensor {name!r} holds NaN or infinity; accepted: numbers")
