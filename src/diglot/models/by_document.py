"""Attention over documents laid end to end on a processor: one after the other, without masks.

Padding and what a mask would hide are not computed at all. `eager` and `sdpa` are read so whenever
a batch is padded or holds documents that do not see each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface, PretrainedConfig

from diglot.models.attention import Attention, attention_mask
from diglot.models.varlen import Layout

Runs = Sequence[tuple[int, int]]
"""Documents laid end to end: how many follow each other that have how many tokens each."""
_Kernel = Callable[..., torch.Tensor]


def sort_by_length(layout: Layout) -> tuple[torch.Tensor, Runs]:
    """Bring documents of one length together, so that they are computed at once.

    Args:
        layout: of the documents.

    Returns:
        Its `rows` in another order, and the runs of documents in that order.
    """
    lengths = layout.boundaries.diff()
    order = lengths.argsort(stable=True)
    documents = torch.split(layout.rows, lengths.tolist())
    tokens, counts = torch.unique_consecutive(lengths[order], return_counts=True)
    rows = torch.cat([documents[number] for number in order.tolist()])
    return rows, list(zip(counts.tolist(), tokens.tolist(), strict=True))


@contextmanager
def attending(config: PretrainedConfig) -> Iterator[None]:
    """Have a network attend by documents, given the keyword `runs`, as its attention computes."""
    whole = config._attn_implementation
    config._attn_implementation = NAMES[whole]
    try:
        yield
    finally:
        config._attn_implementation = whole


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    *,
    attention: Attention,
    runs: Runs,
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
        attention_mask: not used: the runs say who attends to whom.
        attention: what computes it.
        runs: of the documents.
        scaling: of products; 1 / sqrt(size) if None.
        dropout: of weights.
        sliding_window: 1 more than how far away a token attends at most, as in `transformers`.

    Returns:
        (1, n, heads, size), and no weights.
    """
    causal = bool(getattr(module, "is_causal", False))
    reach = None if sliding_window is None else sliding_window - 1
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    sizes = [documents * tokens for documents, tokens in runs]
    # Rotary positions leave float32 where the rest is bfloat16.
    flat = (part[0].transpose(0, 1).to(value.dtype) for part in (query, key, value))
    parts = (torch.split(part, sizes) for part in flat)
    outputs = []
    for (documents, tokens), *three in zip(runs, *parts, strict=True):
        apart = [part.unflatten(0, (documents, tokens)).transpose(1, 2) for part in three]
        window = None if reach is None or tokens <= reach + 1 else reach
        output = _KERNELS[attention](*apart, causal, window, scale, dropout)
        outputs.append(output.transpose(1, 2).flatten(0, 1))
    return torch.cat(outputs)[None], None


def _eager(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    causal: bool,
    window: int | None,
    scale: float,
    dropout: float,
) -> torch.Tensor:
    """Attend with products and a softmax, (documents, heads, tokens, size) each."""
    shared = query.shape[1] // key.shape[1]
    scores = query @ key.repeat_interleave(shared, 1).transpose(2, 3) * scale
    if causal or window is not None:
        scores = scores + _mask("eager", query, causal, window)
    weights = functional.dropout(scores.softmax(-1).to(value.dtype), dropout)
    return weights @ value.repeat_interleave(shared, 1)


def _sdpa(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    causal: bool,
    window: int | None,
    scale: float,
    dropout: float,
) -> torch.Tensor:
    """Attend with PyTorch's own function, (documents, heads, tokens, size) each."""
    return functional.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=None if window is None else _mask("sdpa", query, causal, window),
        dropout_p=dropout,
        is_causal=causal and window is None,
        scale=scale,
        enable_gqa=query.shape[1] != key.shape[1],
    )


def _mask(
    attention: Attention, query: torch.Tensor, causal: bool, window: int | None
) -> torch.Tensor:
    one = torch.zeros(1, query.shape[2], dtype=torch.long)
    mask = attention_mask(attention, one, causal=causal, dtype=query.dtype, window=window)
    assert isinstance(mask, torch.Tensor)
    return mask


_KERNELS: dict[Attention, _Kernel] = {"eager": _eager, "sdpa": _sdpa}
NAMES = {attention: f"diglot_{attention}_by_document" for attention in _KERNELS}
"""By how attention is computed, what `transformers` calls the same by documents."""
for _attention, _name in NAMES.items():
    AttentionInterface.register(_name, partial(_attend, attention=_attention))
