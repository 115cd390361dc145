"""From the hidden states of a sequence to one vector."""

from __future__ import annotations

from typing import Literal

import torch

Pooling = Literal["mean", "first", "last"]
"""The mean over a sequence's tokens, or the first or last of them."""


def pool(hidden: torch.Tensor, lengths: torch.Tensor | None, how: Pooling) -> torch.Tensor:
    """Make one vector of each row.

    Args:
        hidden: (B, L, width).
        lengths: (B,) tokens of each row before padding, at least 1; None if none is padded.
        how: which states count.

    Returns:
        (B, width).
    """
    if how == "first":
        return hidden[:, 0]
    if lengths is None:
        return hidden.mean(1) if how == "mean" else hidden[:, -1]
    if how == "last":
        return hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1]
    inside = torch.arange(hidden.shape[1], device=hidden.device) < lengths[:, None]
    # Filled rather than multiplied: padding may hold infinities.
    return hidden.masked_fill(~inside[..., None], 0).sum(1) / lengths[:, None].to(hidden.dtype)
