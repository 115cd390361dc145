"""Ranking code for a query by reading both at once (CodeBERT, 2002.08155, section 4.1)."""

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
from diglot.objectives.mlm import check_encoder
from diglot.objectives.segmented import Ids, segmented, segmented_arrays, segmented_tensors
from diglot.objectives.sequences import first_positions, hidden_states, joined_values
from diglot.objectives.settings import Context, Settings, number
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel

WRONG, RIGHT = 0, 1
"""Labels."""


@dataclass(frozen=True)
class RankSettings(Settings):
    """Settings of ranking; those of CodeBERT unless set."""

    name: ClassVar[str] = "rank"

    text_length: int = number(50, 1)
    """Tokens of a text, marks not counted; the end is cut."""
    length: int = number(200, 8)
    """Tokens of a sequence, marks included; the end of the code is cut."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.length < self.text_length + 4:
            raise InputError(
                f"{self.name}: length = {self.length}: accepted is a number from "
                f"text_length + 4 = {self.text_length + 4}, for three marks and some code"
            )

    def build(self, context: Context) -> Rank:
        """Make the objective.

        Raises:
            InputError: The tokenizer lacks `<s>` or `</s>`.
        """
        return Rank(self, context.tokenizer)


class Rank:
    """Tells from the first token of `<s> text </s> code </s>` whether the two belong together.

    The parts of an example are text, code, and one or more other pairs, flat and bare: text, code,
    text, code, ... An example makes two sequences, the right pair and a wrong one, in which either
    the text or the code, with equal chances, is that of one of the others, drawn at random. The
    paper pairs every right pair with one wrong one likewise, but once and for all; here one is
    drawn anew in every epoch. Others that have the same text or code are not drawn; if there are
    none but such, the right pair is alone. One item a sequence.
    """

    def __init__(self, settings: RankSettings, tokenizer: TokenizerInfo) -> None:
        self.name = settings.name
        self.terms = ("rank",)
        self.copies = 0
        self.settings = settings
        self._pad = tokenizer.pad
        self._marks = tokenizer.cls, tokenizer.sep, tokenizer.sep

    def heads(self, model: LanguageModel) -> SequenceHead:
        """A dense layer with tanh and two scores, as RoBERTa's classifier.

        Raises:
            InputError: The model is a causal decoder, whose first token sees nothing.
        """
        check_encoder(self.name, model)
        return SequenceHead(model.width, 2)

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Make the right pair and a wrong one.

        Raises:
            InputError: The example has no other pair.
        """
        parts = [part.ids for part in example.parts]
        if len(parts) < 4 or len(parts) % 2:
            raise InputError(
                f"{self.name}: example {example.key} has {len(parts)} parts, needed are text, code "
                "and the texts and codes of other pairs: accepted is the view `pairs`"
            )
        (text, code), others = parts[:2], list(zip(parts[2::2], parts[3::2], strict=True))
        others = [
            (other_text, other_code)
            for other_text, other_code in others
            if not np.array_equal(other_text, text) and not np.array_equal(other_code, code)
        ]
        sequences = [self.sequence(text, code)]
        if others:
            other_text, other_code = others[rng.integers(len(others))]
            wrong = (other_text, code) if rng.random() < 0.5 else (text, other_code)
            sequences.append(self.sequence(*wrong))
        labels = np.array([RIGHT, WRONG])[: len(sequences)]
        return segmented_arrays(sequences) | {"labels": labels}

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad sequences."""
        tensors, lengths = segmented_tensors(prepared, self._pad)
        tensors["labels"] = joined_values(prepared, "labels")
        return Batch(tensors, {"rank": len(lengths)}, int(lengths.sum()))

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sum of the cross-entropy over sequences."""
        scores = self.scores(model, heads, tensors)
        return {"rank": functional.cross_entropy(scores, tensors["labels"], reduction="sum")}

    def scores(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Scores (sequences, 2) float32 of wrong and right, before the softmax."""
        assert isinstance(heads, SequenceHead)
        states = hidden_states(model, tensors, first_positions(tensors["ids"]))
        return heads.scores(states).float()

    def sequence(self, text: Ids, code: Ids) -> tuple[Ids, Ids]:
        """Ids of `<s> text </s> code </s>`, cut to fit, and which segment each is of."""
        text = text[: self.settings.text_length]
        code = code[: self.settings.length - 3 - len(text)]
        return segmented(self._marks, (text, code))
