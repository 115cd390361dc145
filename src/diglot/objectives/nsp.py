"""Next-sentence prediction with masked language modelling (BERT, 1810.04805, section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from diglot.errors import InputError
from diglot.models.heads import SequenceHead
from diglot.objectives.base import Arrays, Batch, Example
from diglot.objectives.masking import Masking, choose_tokens, mask_tokens
from diglot.objectives.mlm import check_encoder, masked_batch, masked_losses
from diglot.objectives.sequences import (
    first_positions,
    hidden_states,
    join,
    joined_values,
    padded,
)
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel

NEXT, RANDOM = 0, 1
"""Labels, as in BERT."""


@dataclass(frozen=True)
class NspSettings(Masking):
    """Settings of BERT's pre-training; with `rate = 0.0` the next sentence is all there is."""

    name: ClassVar[str] = "nsp"

    def build(self, context: Context) -> Nsp:
        """Make the objective.

        Raises:
            InputError: The tokenizer has no mask, or none of `<s>` and `</s>`.
        """
        return Nsp(self, context.tokenizer)


class Nsp:
    """Predicts masked tokens, and whether B is what follows A: `<s> A </s> B </s>`.

    `Example.parts` are A, the span that follows it in the same document, and a span of another
    repository, all without marks; either B fits the sequence. One of the two is taken, with equal
    chances. Both terms come from one reading of the masked sequence, as in BERT.
    """

    def __init__(self, settings: NspSettings, tokenizer: TokenizerInfo) -> None:
        for mark in ("<s>", "</s>", "<mask>"):
            tokenizer.mark(mark)
        self.name = settings.name
        self.terms = ("mlm", "nsp") if settings.rate else ("nsp",)
        self.copies = settings.copies
        self._settings = settings
        self._tokenizer = tokenizer

    def heads(self, model: LanguageModel) -> SequenceHead:
        """BERT's pooler and two scores; masked tokens are predicted by the model's own.

        Raises:
            InputError: The model is a causal decoder, whose first token sees nothing.
        """
        check_encoder(self.name, model)
        return SequenceHead(model.width, classes=2)

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Draw B, join it to A, mask tokens of both."""
        if len(example.parts) != 3:
            raise InputError(
                f"{self.name} needs examples of three parts (A, the next B, a random B), "
                f"and got {len(example.parts)}: accepted is the view `sentences`"
            )
        settings = self._settings
        first, follows, other = example.parts
        label = RANDOM if rng.random() < 0.5 else NEXT
        tokens = join((first, other if label == RANDOM else follows), self._tokenizer)
        positions = choose_tokens(tokens, settings, rng)
        arrays = mask_tokens(
            tokens, positions, self._tokenizer, rng, mask=settings.mask, random=settings.random
        )
        segments = np.zeros(len(tokens.ids), np.int64)
        segments[len(first.ids) + 2 :] = 1
        return {**arrays, "segments": segments, "label": np.array([label])}

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad sequences; list masked positions and labels."""
        batch = masked_batch(prepared, self._tokenizer.pad, "mlm")
        batch.tensors["segments"] = padded([row["segments"] for row in prepared], 0)
        batch.tensors["labels"] = joined_values(prepared, "label")
        counts = batch.counts | {"nsp": len(prepared)}
        return Batch(batch.tensors, {term: counts[term] for term in self.terms}, batch.tokens)

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sums of both cross-entropies."""
        assert isinstance(heads, SequenceHead)
        firsts, masked = first_positions(tensors["ids"]), tensors["positions"]
        states = hidden_states(model, tensors, torch.cat([firsts, masked]))
        scores = heads.scores(states[: len(firsts)]).float()
        sums = {"nsp": functional.cross_entropy(scores, tensors["labels"], reduction="sum")}
        if "mlm" in self.terms:
            states = states[len(firsts) :]
            sums["mlm"] = masked_losses(model, states, tensors["targets"]).sum()
        return sums
