"""Replaced-token detection (CodeBERT, 2002.08155, section 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from diglot.errors import InputError
from diglot.models.heads import TokenHead
from diglot.models.ngrams import DISCOUNT, ORDER, Generators
from diglot.objectives.base import Arrays, Batch, Example
from diglot.objectives.masking import Choosing, choose_tokens
from diglot.objectives.mlm import check_encoder
from diglot.objectives.sequences import (
    flat_positions,
    hidden_states,
    join,
    joined_values,
    sequence_arrays,
    sequence_tensors,
)
from diglot.objectives.settings import Context, number
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel


@dataclass(frozen=True)
class RtdSettings(Choosing):
    """Settings of replaced-token detection; `rate` is the share of tokens drawn anew."""

    name: ClassVar[str] = "rtd"

    order: int = number(ORDER, 1, 5)
    """Tokens of the generators' n-grams; CodeBERT does not say."""
    discount: float = number(DISCOUNT, 0.01, 0.99)
    """Of the generators' smoothing (`diglot.models.ngrams`); CodeBERT does not say."""
    tokens: int = number(50_000_000, 1)
    """How many tokens of each modality the generators are fitted on at most. Ten million distinct
    trigrams take 0.8 GB of memory and 0.16 GB on disk."""

    def build(self, context: Context) -> Rtd:
        """Make the objective; the generators are fitted, or those of the run loaded.

        Raises:
            InputError: There is no corpus to fit generators on.
        """
        if context.generators is None:
            raise InputError(f"objective {self.name} needs a corpus to fit its generators on")
        generators = context.generators(self.order, self.discount, self.tokens)
        return Rtd(self, context.tokenizer, generators)


class Rtd:
    """Tells which tokens of a sequence are replaced.

    Some tokens are masked, each by itself is drawn anew from the n-gram generator of its modality,
    which sees neither it nor the others that are masked, and for every token but marks the model
    says whether it is a replaced one: binary cross-entropy over all of them. Where the generator
    draws the true token, it counts as original. (The paper's equation 12 lacks the minus sign and
    prints 1 - log p; what is meant is this.) Examples are pairs, or unimodal: pairs without text,
    or blocks.

    `Batch.logged["replaced"]` counts the replaced.
    """

    def __init__(
        self, settings: RtdSettings, tokenizer: TokenizerInfo, generators: Generators
    ) -> None:
        self.name = settings.name
        self.terms = ("rtd",)
        self.copies = settings.copies
        self._settings = settings
        self._tokenizer = tokenizer
        self._generators = (generators.text, generators.code)
        for generator in self._generators:
            generator.tables  # noqa: B018 - now, so that worker processes share them

    def heads(self, model: LanguageModel) -> TokenHead:
        """One score for each token, above 0 for a replaced one.

        Raises:
            InputError: The model is a causal decoder.
        """
        check_encoder(self.name, model)
        return TokenHead(model.width)

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Join the parts and draw some tokens anew."""
        tokens = join(example.parts, self._tokenizer)
        chosen = choose_tokens(tokens, self._settings, rng)
        known = tokens.ids.copy()
        known[chosen] = -1
        ids = tokens.ids.copy()
        for modality, generator in enumerate(self._generators):
            places = chosen[tokens.modality[chosen] == modality]
            ids[places] = generator.sample(known, places, rng)
        positions = np.flatnonzero(~self._tokenizer.is_special[tokens.ids])
        return sequence_arrays(tokens) | {
            "ids": ids,
            "positions": positions,
            "replaced": (ids != tokens.ids)[positions],
        }

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad sequences; list positions of all tokens but marks."""
        tensors = sequence_tensors(prepared, self._tokenizer.pad)
        tensors["positions"] = flat_positions(prepared)
        tensors["replaced"] = joined_values(prepared, "replaced")
        counts = {"rtd": len(tensors["positions"])}
        logged = {"replaced": int(tensors["replaced"].sum())}
        return Batch(tensors, counts, sum(len(row["ids"]) for row in prepared), logged)

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sum of the binary cross-entropy over all tokens but marks."""
        assert heads is not None
        states = hidden_states(model, tensors, tensors["positions"])
        scores = heads(states).float()
        loss = functional.binary_cross_entropy_with_logits(
            scores, tensors["replaced"].float(), reduction="sum"
        )
        return {"rtd": loss}
