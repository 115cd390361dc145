"""Running the layers of a network over padded batches and packed blocks.

See `LanguageModel.hidden` for what the arguments are.
"""

from __future__ import annotations

from typing import cast

import torch

from diglot.models.architectures import ARCHITECTURES, position_offset
from diglot.models.attention import Attention, Mask, attention_mask, documents_of, reset_positions
from diglot.models.pretrained import Network
from diglot.models.varlen import lay_out


def read_masked(
    network: Network,
    ids: torch.Tensor,
    documents: torch.Tensor | None,
    lengths: torch.Tensor | None,
    segments: torch.Tensor | None,
    all_layers: bool,
    embedded: torch.Tensor | None,
) -> torch.Tensor:
    """Read a batch as it is, under a mask if it needs one."""
    if documents is None:
        positions = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        # In a decoder nothing attends to padding, which is on the right: no mask is faster.
        if lengths is not None and not ARCHITECTURES[network.config.model_type].is_causal:
            documents = documents_of(lengths, ids.shape[1])
    else:
        positions = reset_positions(documents)
    mask = None if documents is None else _masks(network, documents)
    if embedded is None:
        embedded = embed(network, ids)
    return _run(network, embedded, positions, segments, all_layers, attention_mask=mask)


def read_unpadded(
    network: Network,
    ids: torch.Tensor,
    documents: torch.Tensor | None,
    lengths: torch.Tensor | None,
    segments: torch.Tensor | None,
    all_layers: bool,
    embedded: torch.Tensor | None,
) -> torch.Tensor:
    """Lay all documents end to end, read them, and put the states back; those of padding are 0."""
    if documents is None:
        whole = torch.zeros_like(ids)
        documents = whole if lengths is None else documents_of(lengths, ids.shape[1])
    layout = lay_out(documents)

    def flat(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.flatten(0, 1)[layout.rows][None]

    positions = flat(reset_positions(documents))
    parts = None if segments is None else flat(segments)
    rows = embed(network, flat(ids)) if embedded is None else flat(embedded)
    states = _run(network, rows, positions, parts, all_layers, layout=layout)
    outer, width = states.shape[:-3], states.shape[-1]
    result = states.new_zeros(*outer, ids.numel(), width)
    result[..., layout.rows, :] = states.squeeze(-3)
    return result.view(*outer, *ids.shape, width)


def embed(network: Network, ids: torch.Tensor) -> torch.Tensor:
    """Look tokens up in the table: without positions, and before any norm."""
    return cast(torch.Tensor, network.get_input_embeddings()(ids))


def _run(
    network: Network,
    embedded: torch.Tensor,
    positions: torch.Tensor,
    segments: torch.Tensor | None,
    all_layers: bool,
    **attention: object,
) -> torch.Tensor:
    config = network.config
    inputs = {
        "inputs_embeds": embedded,
        "position_ids": positions + position_offset(config),
        "output_hidden_states": all_layers,
        **attention,
    }
    if ARCHITECTURES[config.model_type].is_causal:
        inputs["use_cache"] = False
    if segments is not None and getattr(config, "type_vocab_size", 1) > 1:
        inputs["token_type_ids"] = segments
    output = network.base_model(**inputs)
    if all_layers:
        return torch.stack(output.hidden_states)
    return cast(torch.Tensor, output.last_hidden_state)


def _masks(network: Network, documents: torch.Tensor) -> Mask | dict[str, Mask]:
    """Make what the architecture takes as a mask: one, or one for each kind of layer."""
    config, device = network.config, documents.device.type
    dtype = network.dtype
    if torch.is_autocast_enabled(device):
        dtype = torch.get_autocast_dtype(device)
    implementation: Attention = (
        "flex" if config._attn_implementation == "flex_attention" else config._attn_implementation
    )

    def mask(window: int | None) -> Mask:
        causal = ARCHITECTURES[config.model_type].is_causal
        return attention_mask(implementation, documents, causal=causal, dtype=dtype, window=window)

    if config.model_type != "modernbert":
        return mask(None)
    return {"full_attention": mask(None), "sliding_attention": mask(config.sliding_window)}
