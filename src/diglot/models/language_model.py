"""Encoders and causal decoders of `transformers` as the objectives see them.

A model is built from settings or loaded from a folder or the hub, and saved as a plain
`transformers` folder. Loading reads safetensors alone and never runs code from a folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PretrainedConfig

from diglot.errors import InputError
from diglot.models import varlen
from diglot.models.architectures import (
    ARCHITECTURES,
    ModelSettings,
    has_position_table,
    position_limit,
    set_dropout,
)
from diglot.models.attention import Attention
from diglot.models.backbone import Asked, read
from diglot.models.pooling import Pooling, pool
from diglot.models.pretrained import (
    Network,
    fit_vocabulary,
    load_config,
    load_network,
    network_class,
    quiet,
)
from diglot.models.writing import replacing_folder, save_module, save_tokenizer
from diglot.tokenizer import CodeTokenizer

_ATTENTION: dict[Attention, str] = {
    "eager": "eager",
    "sdpa": "sdpa",
    "flex": "flex_attention",
    "flash": varlen.NAME,
}
"""By our names, those of `transformers`."""


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
        self.architecture = ARCHITECTURES[self.config.model_type]
        self.is_causal = self.architecture.is_causal

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
        return next((ours for ours, theirs in _ATTENTION.items() if theirs == name), "sdpa")

    @attention.setter
    def attention(self, name: Attention) -> None:
        if name not in _ATTENTION:
            raise InputError(f"attention: {name!r}, accepted are {', '.join(_ATTENTION)}")
        if name == "flash":
            varlen.register()
        try:
            self.network.set_attn_implementation(_ATTENTION[name])
        except ValueError as error:
            raise InputError(f"attention: {self.config.model_type} has no {name!r}") from error

    def hidden(
        self,
        ids: torch.Tensor,
        documents: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
        segments: torch.Tensor | None = None,
        all_layers: bool = False,
        at: torch.Tensor | None = None,
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
            at: (m,) int64, positions in the batch, (B, L) flattened, that alone are of interest;
                no others are computed where that can be helped. Not together with `all_layers`.

        Returns:
            (B, L, width), (layers + 1, B, L, width) with `all_layers`, or (m, width) with `at`.
            Rows of padding hold numbers without meaning.

        Raises:
            InputError: The sequences are longer than the model has positions.
        """
        limit = position_limit(self.config)
        if ids.shape[1] > limit and has_position_table(self.config):
            raise InputError(f"a sequence of {ids.shape[1]} tokens; the model reads {limit}")
        return read(self.network, Asked(ids, documents, lengths, segments, all_layers, at))

    forward = hidden

    def logits(self, rows: torch.Tensor) -> torch.Tensor:
        """Score the vocabulary for the hidden states given, and for no others.

        Args:
            rows: (m, width), of the last layer.

        Returns:
            (m, vocabulary): the language-model head with its transform, if it has one.
        """
        for name in self.architecture.head:
            rows = getattr(self.network, name)(rows)
        return rows

    def pooled(
        self, hidden: torch.Tensor, lengths: torch.Tensor | None, how: Pooling = "mean"
    ) -> torch.Tensor:
        """Make one vector of each row's hidden states, (B, L, width) -> (B, width); see `pool`."""
        return pool(hidden, lengths, how)

    def flops_per_token(self, length: int, head_share: float) -> float:
        """Count floating-point operations of a training step by token, forward and backward.

        6 for each parameter but the embedding tables', the head's times the share of positions it
        runs on, plus 12 * layers * length * width for attention (Chowdhery et al. 2022, PaLM,
        appendix B). What need not be computed - windows, causality, tokens of the last layer that
        nobody asks for - is not taken off.

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
            for name in self.architecture.head
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
                `diglot/NAME.safetensors`, their class and `settings` to `diglot/NAME.json`.

        Raises:
            InputError: The folder holds something else.
        """
        with replacing_folder(folder) as new:
            with quiet():
                self.network.save_pretrained(new, max_shard_size="1TB")  # one file of weights
            save_tokenizer(tokenizer, new, position_limit(self.config))
            if card:
                (new / "README.md").write_text(card, "utf-8", newline="\n")
            for name, module in (extra or {}).items():
                save_module(module, new / "diglot" / name)


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
