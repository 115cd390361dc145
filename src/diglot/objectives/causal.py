"""Causal language modelling (GPT; Codex, 2107.03374, section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from torch import nn

from diglot.errors import InputError
from diglot.objectives.base import Arrays, Batch, Example
from diglot.objectives.mlm import masked_batch, masked_losses
from diglot.objectives.sequences import hidden_states, join, sequence_arrays
from diglot.objectives.settings import Context, Settings
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel

_MODALITIES = {"text": 0, "code": 1}


@dataclass(frozen=True)
class CausalSettings(Settings):
    """Settings of causal language modelling."""

    name: ClassVar[str] = "causal"

    modality: Literal["both", "text", "code"] = "both"
    """Which tokens are predicted; the others are read only. With `code`, the Code CLM of
    modality-relative pre-training (2402.05783)."""

    def build(self, context: Context) -> Causal:
        """Make the objective."""
        return Causal(self, context.tokenizer)


class Causal:
    """Predicts every token from those before it in its document.

    Where documents attend to each other, the view gives the whole block one document number, and
    the first token of a document is predicted from the end of the one before, as in GPT.
    """

    copies = 1  # nothing is random

    def __init__(self, settings: CausalSettings, tokenizer: TokenizerInfo) -> None:
        self.name = settings.name
        self.terms = ("causal",)
        self._settings = settings
        self._tokenizer = tokenizer

    def heads(self, model: LanguageModel) -> nn.Module | None:
        """The vocabulary head is the model's own.

        Raises:
            InputError: The model is an encoder, which sees the tokens it is to predict.
        """
        if not model.is_causal:
            raise InputError(
                f"objective {self.name}: the model is an encoder; accepted are causal decoders, "
                'as architecture = "gpt2" or "llama" builds'
            )
        return None

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Join the parts; list positions from which the next token is predicted."""
        tokens = join(example.parts, self._tokenizer)
        predicted = tokens.documents[1:] == tokens.documents[:-1]
        if self._settings.modality != "both":
            predicted &= tokens.modality[1:] == _MODALITIES[self._settings.modality]
        positions = np.flatnonzero(predicted)
        return sequence_arrays(tokens) | {
            "positions": positions,
            "targets": tokens.ids[positions + 1],
        }

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad sequences; list predicting positions of all of them."""
        return masked_batch(prepared, self._tokenizer.pad, "causal")

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sum of the cross-entropy over predicted tokens."""
        states = hidden_states(model, tensors, tensors["positions"])
        return {"causal": masked_losses(model, states, tensors["targets"]).sum()}
