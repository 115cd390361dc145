"""Running the layers of a network over padded batches and packed blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple, cast

import torch
from torch import nn

from diglot.models import by_document, varlen
from diglot.models.architectures import ARCHITECTURES, position_offset
from diglot.models.attention import Attention, Mask, attention_mask, documents_of, reset_positions
from diglot.models.pretrained import Network


class Asked(NamedTuple):
    """What a network is to read, and what of its states is wanted: see `LanguageModel.hidden`."""

    ids: torch.Tensor
    documents: torch.Tensor | None = None
    lengths: torch.Tensor | None = None
    segments: torch.Tensor | None = None
    all_layers: bool = False
    at: torch.Tensor | None = None


def read(network: Network, asked: Asked) -> torch.Tensor:
    """Read in the way that suits the attention chosen, the device and the batch."""
    attention = network.config._attn_implementation
    if attention == varlen.NAME:
        return read_varlen(network, asked)
    apart = asked.documents is not None or asked.lengths is not None
    on_processor = asked.ids.device.type == "cpu"
    if apart and on_processor and attention in by_document.NAMES and not is_compiled(network):
        return read_by_document(network, asked)
    return read_masked(network, asked)


def read_masked(network: Network, asked: Asked) -> torch.Tensor:
    """Read a batch as it is, under a mask if it needs one."""
    ids, documents, lengths = asked.ids, asked.documents, asked.lengths
    if documents is None:
        positions = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        # In a decoder nothing attends to padding, which is on the right: no mask is faster.
        if lengths is not None and not ARCHITECTURES[network.config.model_type].is_causal:
            documents = documents_of(lengths, ids.shape[1])
    else:
        positions = reset_positions(documents)
    mask = None if documents is None else _masks(network, documents)
    return _run(network, asked, positions, attention_mask=mask)


def read_varlen(network: Network, asked: Asked) -> torch.Tensor:
    """Lay all documents end to end for a kernel that takes them so; states of padding are 0."""
    documents = _documents(asked)
    layout = varlen.lay_out(documents)
    return _run_rows(network, asked, documents, layout.rows, layout=layout)


def read_by_document(network: Network, asked: Asked) -> torch.Tensor:
    """Lay all documents end to end and attend in one after the other; states of padding are 0."""
    documents = _documents(asked)
    rows, runs = by_document.sort_by_length(varlen.lay_out(documents))
    with by_document.attending(network.config):
        return _run_rows(network, asked, documents, rows, runs=runs)


def is_compiled(network: Network) -> bool:
    """Whether layers are compiled: then what changes from batch to batch costs a compilation."""
    return _layers(network)[-1]._compiled_call_impl is not None


def _documents(asked: Asked) -> torch.Tensor:
    if asked.documents is not None:
        return asked.documents
    if asked.lengths is not None:
        return documents_of(asked.lengths, asked.ids.shape[1])
    return torch.zeros_like(asked.ids)


def _run_rows(
    network: Network,
    asked: Asked,
    documents: torch.Tensor,
    rows: torch.Tensor,
    **attention: object,
) -> torch.Tensor:
    """Read some rows of the flattened batch as one sequence, and put the states back."""

    def flat(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.flatten()[rows][None]

    ids, segments, at = asked.ids, asked.segments, asked.at
    if at is not None:
        places = torch.empty_like(ids).flatten()
        places[rows] = torch.arange(len(rows), device=ids.device)
        at = places[at]
    end_to_end = Asked(
        flat(ids),
        segments=None if segments is None else flat(segments),
        all_layers=asked.all_layers,
        at=at,
    )
    states = _run(network, end_to_end, flat(reset_positions(documents)), **attention)
    if at is not None:
        return states
    outer, width = states.shape[:-3], states.shape[-1]
    result = states.new_zeros(*outer, ids.numel(), width)
    result[..., rows, :] = states.squeeze(-3)
    return result.view(*outer, *ids.shape, width)


def _run(
    network: Network, asked: Asked, positions: torch.Tensor, **attention: object
) -> torch.Tensor:
    config, at = network.config, asked.at
    inputs = {
        "inputs_embeds": network.get_input_embeddings()(asked.ids),
        "position_ids": positions + position_offset(config),
        "output_hidden_states": asked.all_layers,
        **attention,
    }
    if ARCHITECTURES[config.model_type].is_causal:
        inputs["use_cache"] = False
    if asked.segments is not None and getattr(config, "type_vocab_size", 1) > 1:
        inputs["token_type_ids"] = asked.segments
    early = at if at is not None and _skips_rows(network, asked.ids.device) else None
    with nullcontext() if early is None else _last_layer_at(network, early):
        output = network.base_model(**inputs)
    if asked.all_layers:
        return torch.stack(output.hidden_states)
    states = cast(torch.Tensor, output.last_hidden_state)
    return states if at is None or early is not None else states.flatten(0, 1)[at]


def _skips_rows(network: Network, device: torch.device) -> bool:
    """Whether the last layer can leave out rows that nobody asks for.

    On a processor alone: how much it would save on a GPU is not measured.
    """
    after = ARCHITECTURES[network.config.model_type].after_attention
    return bool(after) and device.type == "cpu" and not is_compiled(network)


@contextmanager
def _last_layer_at(network: Network, rows: torch.Tensor) -> Iterator[None]:
    """Run what comes after attention in the last layer for some rows of the batch alone."""

    def select(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return tuple(states.flatten(0, 1)[rows] for states in inputs)

    name = ARCHITECTURES[network.config.model_type].after_attention
    handle = _layers(network)[-1].get_submodule(name).register_forward_pre_hook(select)
    try:
        yield
    finally:
        handle.remove()


def _layers(network: Network) -> nn.ModuleList:
    blocks = network.base_model.get_submodule(ARCHITECTURES[network.config.model_type].blocks)
    return cast(nn.ModuleList, blocks)


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
