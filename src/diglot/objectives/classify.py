"""Classification of one text, of two, or of choices, from the vector of one token or their mean.

BERT's way (1810.04805, section 4) and GPT-1's (Radford et al. 2018, section 3.3 and figure 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from diglot.errors import InputError
from diglot.models.heads import SequenceHead
from diglot.models.pooling import Pooling, pool
from diglot.objectives.base import Arrays, Batch, Example, Tokens
from diglot.objectives.mlm import masked_losses
from diglot.objectives.segmented import Ids, segmented, segmented_arrays, segmented_tensors
from diglot.objectives.sequences import hidden_states, joined_values
from diglot.objectives.settings import Context, Settings, number
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel

_LAYOUTS = {"bert": ("<s>", "</s>", "</s>"), "gpt": ("<s>", "<$>", "<e>")}
"""Marks that begin a sequence, stand between two texts, and end it."""


@dataclass(frozen=True)
class ClassifySettings(Settings):
    """Settings of classification; those of BERT unless set.

    GPT-1's are `layout = "gpt"`, `pooling = "last"`, `head = "linear"`, `auxiliary = true`
    and, beside the settings, `weights = { auxiliary = 0.5 }`.
    """

    name: ClassVar[str] = "classify"

    task: Literal["single", "pair", "similarity", "choice"] = "single"
    """One text; two in their order (entailment); two in both orders, whose vectors are added up
    (similarity); or a text with each of several choices, one of which is right."""
    classes: int = number(2, 2)
    """How many there are; of `choice` there are as many as choices."""
    layout: Literal["bert", "gpt"] = "bert"
    """`<s> a </s> b </s>`, or `<s> a <$> b <e>`."""
    pooling: Pooling = "first"
    """Which hidden states are read."""
    head: Literal["dense", "linear"] = "dense"
    """A dense layer with tanh before the scores, as BERT and RoBERTa have; or scores at once."""
    length: int = number(512, 8)
    """Tokens of a sequence, marks included; of two texts the longer one is cut first."""
    auxiliary: bool = False
    """Whether each token of the input is predicted from those before it too."""

    def build(self, context: Context) -> Classify:
        """Make the objective.

        Raises:
            InputError: The tokenizer lacks a mark of the layout.
        """
        return Classify(self, context.tokenizer)


class Classify:
    """Tells the class of an example; with choices, which of them is right.

    The parts of an example are bare texts: one (`single`), two (`pair`, `similarity`), or a context
    and at least two choices (`choice`). `Example.label` is the class, or the number of the right
    choice. The loss is the cross-entropy, one item an example. The term `auxiliary` is that of the
    language model on the same sequences, one item a predicted token.
    """

    def __init__(self, settings: ClassifySettings, tokenizer: TokenizerInfo) -> None:
        self.name = settings.name
        self.terms = ("classify", "auxiliary") if settings.auxiliary else ("classify",)
        self.copies = 1  # nothing is random
        self.settings = settings
        self._pad = tokenizer.pad
        begin, between, end = (tokenizer.mark(mark) for mark in _LAYOUTS[settings.layout])
        self._marks = begin, between, end

    def heads(self, model: LanguageModel) -> SequenceHead:
        """Scores from a vector.

        Raises:
            InputError: The model is a decoder, whose first token has seen nothing; or an encoder,
                which sees what the auxiliary term is to predict.
        """
        settings = self.settings
        if model.is_causal and settings.pooling == "first":
            raise InputError(
                f'{self.name}: pooling = "first" and the model is a causal decoder, whose first '
                'token sees no other: accepted are "last" and "mean"'
            )
        if settings.auxiliary and not model.is_causal:
            raise InputError(
                f"{self.name}: auxiliary = true and the model is an encoder, which sees the tokens "
                "it is to predict: accepted is false, or a causal decoder"
            )
        classes = 1 if settings.task == "choice" else settings.classes
        return SequenceHead(model.width, classes, settings.pooling, settings.head == "dense")

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Join the parts, in each order or with each choice.

        Raises:
            InputError: The example has other parts than the task needs, or no such class.
        """
        self._check(example)
        first, *others = example.parts
        combined: list[tuple[Tokens, ...]] = [example.parts]
        if self.settings.task == "similarity":
            combined = [(first, others[0]), (others[0], first)]
        elif self.settings.task == "choice":
            combined = [(first, other) for other in others]
        arrays = segmented_arrays([self._sequence(texts) for texts in combined])
        return arrays | {"label": np.array([example.label])}

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad sequences, those of one example after each other."""
        tensors, lengths = segmented_tensors(prepared, self._pad)
        tensors["labels"] = joined_values(prepared, "label")
        counts = {"classify": len(prepared)}
        if self.settings.auxiliary:
            width = int(lengths.max())
            rows = [width * row + np.arange(n - 1) for row, n in enumerate(lengths)]
            positions = torch.from_numpy(np.concatenate(rows))
            tensors["positions"] = positions
            tensors["targets"] = tensors["ids"].flatten()[positions + 1]
            counts["auxiliary"] = len(positions)
        return Batch(tensors, counts, int(lengths.sum()))

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sum of the cross-entropy over examples, and of that over predicted tokens."""
        states = hidden_states(model, tensors)
        scores = self._scores(heads, states, tensors)
        sums = {"classify": functional.cross_entropy(scores, tensors["labels"], reduction="sum")}
        if self.settings.auxiliary:
            predicting = states.flatten(0, 1)[tensors["positions"]]
            sums["auxiliary"] = masked_losses(model, predicting, tensors["targets"]).sum()
        return sums

    def scores(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Scores (B, classes) float32, before the softmax; of choices, as many as the most."""
        return self._scores(heads, hidden_states(model, tensors), tensors)

    def _scores(
        self, heads: nn.Module | None, states: torch.Tensor, tensors: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        assert isinstance(heads, SequenceHead)
        vectors = pool(states, tensors.get("lengths"), self.settings.pooling)
        if self.settings.task == "similarity":
            vectors = vectors[0::2] + vectors[1::2]
        scores = heads.scores(vectors).float()
        if self.settings.task == "choice":
            groups = list(torch.split(scores[:, 0], tensors["sequences"].tolist()))
            scores = nn.utils.rnn.pad_sequence(groups, batch_first=True, padding_value=-torch.inf)
        return scores

    def _sequence(self, texts: Sequence[Tokens]) -> tuple[Ids, Ids]:
        room = self.settings.length - len(texts) - 1
        return segmented(self._marks, cut([text.ids for text in texts], room))

    def _check(self, example: Example) -> None:
        task, parts = self.settings.task, len(example.parts)
        needed = {"single": "1 part", "choice": "3 parts or more"}.get(task, "2 parts")
        fits = {"single": parts == 1, "choice": parts >= 3}.get(task, parts == 2)
        if not fits:
            raise InputError(
                f'{self.name}: example {example.key} has {parts} parts, task = "{task}" '
                f"needs {needed}: accepted is the view `labelled`"
            )
        classes = parts - 1 if task == "choice" else self.settings.classes
        if not 0 <= example.label < classes:
            raise InputError(
                f"{self.name}: example {example.key} has label {example.label}: "
                f"accepted is 0 to {classes - 1}"
            )


def cut(texts: Sequence[Ids], room: int) -> list[Ids]:
    """Cut the ends of one or two texts so that they fit together, the longer one first."""
    if len(texts) == 1:
        return [texts[0][:room]]
    one, other = texts
    half = room // 2
    for_one = min(len(one), max(room - len(other), room - half))
    return [one[:for_one], other[: max(room - for_one, 0)]]
