"""Masked language modelling (BERT, 1810.04805, section 3.1; RoBERTa, 1907.11692)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import nn

from diglot.errors import InputError
from diglot.objectives.base import Arrays, Batch, Example
from diglot.objectives.cross_entropy import cross_entropy
from diglot.objectives.masking import Masking, choose_tokens, mask_tokens
from diglot.objectives.sequences import (
    flat_positions,
    hidden_states,
    join,
    joined_values,
    sequence_tensors,
)
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel


@dataclass(frozen=True)
class MlmSettings(Masking):
    """Settings of masked language modelling; those of BERT unless set."""

    name: ClassVar[str] = "mlm"

    unimodal: bool = True
    """Whether code without a text is masked too; CodeBERT leaves it to replaced-token detection."""

    def build(self, context: Context) -> Mlm:
        """Make the objective.

        Raises:
            InputError: The tokenizer has no mask.
        """
        return Mlm(self, context.tokenizer, unimodal=self.unimodal)


class Mlm:
    """Predicts tokens that are masked from all others.

    The loss is the cross-entropy at masked positions, and only these are projected to the
    vocabulary. Examples are blocks, or pairs of text and code, which become one sequence
    (`sequences.join`). The number of masked tokens is exact up to one word (`masking.choose`).
    """

    def __init__(
        self, settings: Masking, tokenizer: TokenizerInfo, *, unimodal: bool = True
    ) -> None:
        tokenizer.mark("<mask>")  # an error now rather than at the first example
        self.name = settings.name
        self.terms = (settings.name,)
        self.copies = settings.copies
        self.pad = tokenizer.pad
        self._settings = settings
        self._tokenizer = tokenizer
        self._unimodal = unimodal

    def heads(self, model: LanguageModel) -> nn.Module | None:
        """The vocabulary head is the model's own.

        Raises:
            InputError: The model is a causal decoder.
        """
        check_encoder(self.name, model)
        return None

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Join the parts and mask tokens of them."""
        settings = self._settings
        tokens = join(example.parts, self._tokenizer)
        positions = choose_tokens(tokens, settings, rng)
        if not self._unimodal and len(example.parts) == 2 and not len(example.parts[0].ids):
            positions = positions[:0]
        return mask_tokens(
            tokens, positions, self._tokenizer, rng, mask=settings.mask, random=settings.random
        )

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad sequences; list masked positions of all of them."""
        return masked_batch(prepared, self.pad, self.name)

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sum of the cross-entropy over masked tokens."""
        states = hidden_states(model, tensors, tensors["positions"])
        return {self.name: masked_losses(model, states, tensors["targets"]).sum()}


def check_encoder(name: str, model: LanguageModel) -> None:
    """Refuse a model in which a token does not see those after it.

    Raises:
        InputError: The model is a causal decoder.
    """
    if model.is_causal:
        raise InputError(
            f"objective {name}: the model is a causal decoder; accepted are encoders, "
            'as architecture = "bert", "roberta" or "modernbert" builds'
        )


def masked_batch(prepared: Sequence[Arrays], pad: int, term: str) -> Batch:
    """Make what `mask_tokens` returns a batch; the count of `term` is that of masked tokens.

    Sequences that say `random_instead` are counted in `Batch.logged` (see `Deobfuscation`).
    """
    tensors = sequence_tensors(prepared, pad)
    tensors["positions"] = flat_positions(prepared)
    tensors["targets"] = joined_values(prepared, "targets")
    counts = {term: len(tensors["targets"])}
    instead = [int(row["random_instead"]) for row in prepared if "random_instead" in row]
    logged = {"random_instead": sum(instead)} if instead else {}
    return Batch(tensors, counts, sum(len(row["ids"]) for row in prepared), logged)


def masked_losses(
    model: LanguageModel, states: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of the vocabulary's scores for states (m, width) and targets; float32 (m,)."""
    return cross_entropy(model.logits(states), targets)
