"""Who attends to whom, and at which position, in padded batches and packed blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import torch

if TYPE_CHECKING:
    from torch.nn.attention.flex_attention import BlockMask

Attention = Literal["eager", "sdpa", "flex", "flash"]
"""How attention is computed; all give the same numbers up to rounding. The last two are made for
GPUs, and `flash` needs one."""

Mask: TypeAlias = "torch.Tensor | BlockMask"


def documents_of(lengths: torch.Tensor, columns: int) -> torch.Tensor:
    """Return the numbers of documents in a padded batch: 0 for its tokens, -1 for padding.

    Args:
        lengths: (B,), tokens of each row.
        columns: L, tokens of each row with padding.

    Returns:
        (B, L) int64.
    """
    return (torch.arange(columns, device=lengths.device) < lengths[:, None]).long() - 1


def reset_positions(documents: torch.Tensor) -> torch.Tensor:
    """Count each token's position from the start of its document.

    Args:
        documents: (B, L), the number of each token's document; documents are contiguous.

    Returns:
        (B, L) int64.
    """
    columns = torch.arange(documents.shape[1], device=documents.device).expand_as(documents)
    starts = torch.zeros_like(columns)
    starts[:, 1:] = torch.where(documents[:, 1:] != documents[:, :-1], columns[:, 1:], 0)
    return columns - starts.cummax(1).values


def attention_mask(
    attention: Attention,
    documents: torch.Tensor,
    *,
    causal: bool,
    dtype: torch.dtype,
    window: int | None = None,
) -> Mask:
    """Make the mask under which tokens attend only to tokens of their own document.

    Padding, document -1, attends to padding: no row is without a token to attend to, which would
    be a division by zero in some implementations.

    Args:
        attention: decides the mask's form.
        documents: (B, L), the number of each token's document.
        causal: whether a token attends only to itself and those before it.
        dtype: of an additive mask (eager).
        window: how far away a token attends at most; None for any distance.

    Returns:
        (B, 1, L, L): booleans for sdpa, terms to add for eager, a `BlockMask` for flex.
    """
    if attention == "flex":
        return _block_mask(documents, causal, window)
    same = documents[:, None, :, None] == documents[:, None, None, :]
    rows = torch.arange(documents.shape[1], device=documents.device)
    away = rows[:, None] - rows
    if causal:
        same = same & (away >= 0)
    if window is not None:
        same = same & (away.abs() <= window)
    if attention == "sdpa":
        return same
    return torch.zeros(same.shape, dtype=dtype, device=same.device).masked_fill_(
        ~same, torch.finfo(dtype).min
    )


def _block_mask(documents: torch.Tensor, causal: bool, window: int | None) -> BlockMask:
    from torch.nn.attention.flex_attention import create_block_mask

    def allowed(
        batch: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor
    ) -> torch.Tensor:
        mask = documents[batch, query] == documents[batch, key]
        if causal:
            mask = mask & (query >= key)
        if window is not None:
            mask = mask & ((query - key).abs() <= window)
        return mask

    rows, columns = documents.shape
    return create_block_mask(allowed, rows, None, columns, columns, device=documents.device)
