"""Encoders and causal decoders of `transformers` as the objectives see them.

A model is built from settings or loaded from a folder or the hub, and saved as a plain
`transformers` folder. Loading reads safetensors alone and never runs code from a folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast, get_args

import torch
from torch import nn
from transformers import PretrainedConfig

from diglot.errors import InputError
from diglot.models.architectures import (
    ARCHITECTURES,
    ModelSettings,
    position_limit,
    position_offset,
    set_dropout,
)
from diglot.models.attention import Attention, Mask, attention_mask, documents_of, reset_positions
from diglot.models.pretrained import (
    Network,
    fit_vocabulary,
    load_config,
    load_network,
    network_class,
    quiet,
)
from diglot.models.writing import replacing_folder
from diglot.tokenizer import CodeTokenizer

Pooled = Literal["mean", "first", "last"]
"""How the hidden states of a sequence become one vector."""

_HEADS = {
    "roberta": ("lm_head",),
    "bert": ("cls",),
    "modernbert": ("head", "decoder"),
    "gpt2": ("lm_head",),
    "llama": ("lm_head",),
}
"""Parts of the language-model head, in the order in which they are applied."""


class LanguageModel(nn.Module):
    """A `transformers` encoder with a masked, or a decoder with a causal language-model head.

    Args:
        network: an `AutoModelForMaskedLM` or `AutoModelForCausalLM`.
        notes: what a user should know of how it was loaded.
    """

    def __init__(self, network: Network, notes: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.network = network
        self.notes = notes
        self.config: PretrainedConfig = network.config
        self.is_causal = ARCHITECTURES[self.config.model_type].is_causal

    @property
    def width(self) -> int:
        """Components of a hidden state."""
        return int(self.config.hidden_size)

    @property
    def layers(self) -> int:
        """Transformer layers, the embedding not counted."""
        return int(self.config.num_hidden_layers)

    @property
    def vocabulary_size(self) -> int:
        """Rows of the embedding; at least the tokens of the tokenizer."""
        return int(self.config.vocab_size)

    @property
    def attention(self) -> Attention:
        """How attention is computed; may be set at any time."""
        name = str(self.config._attn_implementation)
        return cast(Attention, {"flex_attention": "flex"}.get(name, name))

    @attention.setter
    def attention(self, name: Attention) -> None:
        if name not in get_args(Attention):
            raise InputError(f"attention: {name!r}, accepted are {', '.join(get_args(Attention))}")
        try:
            self.network.set_attn_implementation("flex_attention" if name == "flex" else name)
        except ValueError as error:
            raise InputError(f"attention: {self.config.model_type} has no {name!r}") from error

    def hidden(
        self,
        ids: torch.Tensor,
        documents: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
        segments: torch.Tensor | None = None,
        all_layers: bool = False,
    ) -> torch.Tensor:
        """Read sequences.

        Without `documents` a row is one sequence: all its tokens attend to each other (to those
        before them in a decoder) and positions count through, be it one text or a packed block of
        several. With `documents` a token attends only to its own document's tokens, and positions
        start anew in each. Leave `lengths` out where no row is padded: no mask is faster.

        Args:
            ids: (B, L) int64, tokens.
            documents: (B, L) int64, the number of each token's document, contiguous; -1 is padding.
            lengths: (B,) int64, tokens of each row before padding; not together with `documents`.
            segments: (B, L) int64, 0 or 1, for architectures that embed it (BERT); others have no
                such table and ignore it.
            all_layers: whether to return the embeddings and every layer's output.

        Returns:
            (B, L, width), or (layers + 1, B, L, width) with `all_layers`. Rows of padding hold
            numbers without meaning.

        Raises:
            InputError: The sequences are longer than the model has positions.
        """
        limit = position_limit(self.config)
        if limit is not None and ids.shape[1] > limit:
            raise InputError(f"a sequence of {ids.shape[1]} tokens; the model reads {limit}")
        inputs: dict[str, Any] = {
            "inputs_embeds": self.network.get_input_embeddings()(ids),
            "attention_mask": self._mask(ids.shape[1], documents, lengths),
            "position_ids": self._positions(ids, documents),
            "output_hidden_states": all_layers,
        }
        if self.is_causal:
            inputs["use_cache"] = False
        if segments is not None and getattr(self.config, "type_vocab_size", 1) > 1:
            inputs["token_type_ids"] = segments
        output = self.network.base_model(**inputs)
        if all_layers:
            return torch.stack(output.hidden_states)
        return cast(torch.Tensor, output.last_hidden_state)

    forward = hidden

    def logits(self, rows: torch.Tensor) -> torch.Tensor:
        """Score the vocabulary for the hidden states given, and for no others.

        Args:
            rows: (m, width), of the last layer.

        Returns:
            (m, vocabulary): the language-model head with its transform, if it has one.
        """
        for name in _HEADS[self.config.model_type]:
            rows = getattr(self.network, name)(rows)
        return rows

    def pooled(
        self, hidden: torch.Tensor, lengths: torch.Tensor | None, how: Pooled = "mean"
    ) -> torch.Tensor:
        """Make one vector of each row.

        Args:
            hidden: (B, L, width).
            lengths: (B,) tokens of each row before padding, at least 1; None if none is padded.
            how: mean over the tokens, or the first or last of them.

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
        # Zeros rather than products: padding may hold infinities.
        return hidden.masked_fill(~inside[..., None], 0).sum(1) / lengths[:, None].to(hidden.dtype)

    def flops_per_token(self, length: int, head_share: float) -> float:
        """Count floating-point operations of a training step by token, forward and backward.

        6 for each parameter but the embedding tables', the head's times the share of positions it
        runs on, plus 12 * layers * length * width for attention, windows and causality not taken
        off (Chowdhery et al. 2022, PaLM, appendix B).

        Args:
            length: tokens of a sequence.
            head_share: positions that go through the language-model head, 0 to 1.
        """
        tables = {
            id(parameter)
            for module in self.network.base_model.modules()
            if isinstance(module, nn.Embedding)
            for parameter in module.parameters()
        }
        body = {
            id(parameter): parameter.numel()
            for parameter in self.network.base_model.parameters()
            if id(parameter) not in tables
        }
        head = {
            id(parameter): parameter.numel()
            for name in _HEADS[self.config.model_type]
            for parameter in getattr(self.network, name).parameters()
        }
        matrices: float = sum(body.values()) + head_share * sum(head.values())
        return 6.0 * matrices + 12 * self.layers * length * self.width

    def save(
        self,
        folder: Path | str,
        tokenizer: CodeTokenizer,
        card: str = "",
        extra: Mapping[str, nn.Module] | None = None,
    ) -> None:
        """Write a folder that `transformers` loads without diglot; it appears whole or not at all.

        Args:
            folder: where; what an earlier save wrote there is replaced.
            tokenizer: saved along.
            card: text of README.md.
            extra: modules that only training needs, by name; their tensors go to
                `diglot/NAME.safetensors`.

        Raises:
            InputError: The folder holds something else.
        """
        from safetensors.torch import save_file

        with replacing_folder(folder) as new:
            with quiet():
                self.network.save_pretrained(new, max_shard_size="1TB")  # one file of weights
            tokenizer.save(new)
            if card:
                (new / "README.md").write_text(card, "utf-8", newline="\n")
            for name, module in (extra or {}).items():
                (new / "diglot").mkdir(exist_ok=True)
                tensors = {key: value.contiguous() for key, value in module.state_dict().items()}
                save_file(tensors, new / "diglot" / f"{name}.safetensors")

    def _mask(
        self, columns: int, documents: torch.Tensor | None, lengths: torch.Tensor | None
    ) -> Mask | dict[str, Mask] | None:
        """Make what the architecture takes as a mask; None for every token, or every earlier one.

        Right-hand padding needs no mask in a decoder: nothing before it attends to it.
        """
        if documents is None:
            if lengths is None or self.is_causal:
                return None
            documents = documents_of(lengths, columns)
        dtype = self.network.dtype
        if torch.is_autocast_enabled(documents.device.type):
            dtype = torch.get_autocast_dtype(documents.device.type)

        def mask(window: int | None) -> Mask:
            return attention_mask(
                self.attention, documents, causal=self.is_causal, dtype=dtype, window=window
            )

        if self.config.model_type != "modernbert":
            return mask(None)
        return {"full_attention": mask(None), "sliding_attention": mask(self.config.sliding_window)}

    def _positions(self, ids: torch.Tensor, documents: torch.Tensor | None) -> torch.Tensor:
        if documents is None:
            positions = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        else:
            positions = reset_positions(documents)
        return positions + position_offset(self.config)


def build_language_model(
    settings: ModelSettings | Mapping[str, Any],
    tokenizer: CodeTokenizer,
    attention: Attention = "sdpa",
) -> LanguageModel:
    """Build a new model, or load one and give it a row for each token of the tokenizer.

    New weights are drawn from torch's global generator: seed it first. Weights are float32.

    Args:
        settings: the `model` table of a recipe.
        tokenizer: gives the vocabulary's size and the ids of pad, begin and end.
        attention: how attention is computed.

    Raises:
        InputError: A setting is not acceptable.
        ModelError: The model to start from cannot be found, read, or used with this tokenizer.
    """
    if not isinstance(settings, ModelSettings):
        settings = ModelSettings.of(settings)
    notes: tuple[str, ...] = ()
    if settings.source:
        config = load_config(settings.source)
        set_dropout(config, settings.dropout)
        network, notes = load_network(settings.source, config)
        notes += fit_vocabulary(network, tokenizer, settings.source)
    else:
        config = ARCHITECTURES[settings.architecture].configure(settings, tokenizer)
        set_dropout(config, settings.dropout)
        network = network_class(config).from_config(config, dtype=torch.float32)
    model = LanguageModel(network, notes)
    model.attention = attention
    return model
