"""Attention over documents laid end to end, without padding and without masks: `flash`.

The kernel is PyTorch's own FlashAttention for sequences of various lengths; it runs on CUDA in
bfloat16 or float16.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import torch
from transformers import AttentionInterface

from diglot.errors import InputError

NAME = "diglot_varlen"
"""Under which `transformers` knows it."""
HALF = (torch.bfloat16, torch.float16)
"""What the kernel computes in."""


class Layout(NamedTuple):
    """Where the documents of a batch (B, L) are once they lie end to end."""

    rows: torch.Tensor
    """(n,) int64, places in the flattened batch of all tokens but padding."""
    boundaries: torch.Tensor
    """(documents + 1,) int32, where each begins among these, and the end."""
    longest: int
    """Tokens of the longest at most."""


def lay_out(documents: torch.Tensor) -> Layout:
    """Find documents in a batch.

    Args:
        documents: (B, L), the number of each token's document, contiguous; -1 is padding.
    """
    begins = torch.ones_like(documents, dtype=torch.bool)
    begins[:, 1:] = documents[:, 1:] != documents[:, :-1]
    rows = (documents >= 0).flatten().nonzero().squeeze(1)
    starts = begins.flatten()[rows].nonzero().squeeze(1)
    end = starts.new_tensor([len(rows)])
    return Layout(rows, torch.cat([starts, end]).int(), documents.shape[1])


def register() -> None:
    """Make the kernel known to `transformers`.

    Raises:
        InputError: There is no CUDA device, or this PyTorch lacks the kernel.
    """
    if not torch.cuda.is_available():
        raise InputError("attention: 'flash' needs a CUDA device; 'sdpa' runs everywhere")
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        known = False
    else:
        known = "window_size" in inspect.signature(varlen_attn).parameters
    if not known:
        raise InputError(
            f"attention: PyTorch {torch.__version__} has no 'flash' (2.11 has); "
            "'sdpa' runs everywhere"
        )
    AttentionInterface.register(NAME, attend)


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    *,
    layout: Layout,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **_: Any,  # noqa: ANN401
) -> tuple[torch.Tensor, None]:
    """Attend within documents, as `transformers` calls it.

    Args:
        module: the attention layer; its `is_causal` counts.
        query: (1, heads, n, size).
        key: (1, heads or fewer, n, size).
        value: likewise.
        attention_mask: not used: the layout says who attends to whom.
        layout: of the documents.
        scaling: of products.
        dropout: must be 0.
        sliding_window: 1 more than how far away a token attends at most, as in `transformers`.

    Returns:
        (1, n, heads, size), and no weights.

    Raises:
        InputError: There is dropout, or the numbers are of float32.
    """
    from torch.nn.attention.varlen import varlen_attn

    if dropout:
        raise InputError("attention: 'flash' has no dropout; set model.dropout = 0, or use 'sdpa'")
    if value.dtype not in HALF:
        raise InputError("attention: 'flash' needs run.dtype = 'bfloat16'; 'sdpa' takes float32")
    reach = -1 if sliding_window is None else sliding_window - 1
    output = varlen_attn(
        query[0].transpose(0, 1).to(value.dtype),
        key[0].transpose(0, 1).to(value.dtype),
        value[0].transpose(0, 1),
        layout.boundaries,
        layout.boundaries,
        layout.longest,
        layout.longest,
        scale=scaling,
        window_size=(reach, 0 if getattr(module, "is_causal", False) else reach),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(output, torch.Tensor)
    return output[None], None
