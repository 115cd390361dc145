"""Contrastive learning of pairs of text and code.

InfoNCE with in-batch negatives (van den Oord et al. 2018, 1807.03748), and as CodeSage (2402.01935,
section 3.2) and CodeSearchNet (1909.09436) vary it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from diglot.errors import InputError
from diglot.models.pooling import Pooling
from diglot.objectives.base import Arrays, Batch, Example, Tokens
from diglot.objectives.hashing import damped_counts, sequence_hash
from diglot.objectives.sequences import joined_values, padded
from diglot.objectives.settings import Context, Settings, number
from diglot.objectives.vectors import sequence_vectors
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.objectives.vectors import Encoder

TEXT, CODE, BODY = range(3)
"""Places of an example's parts; mined negatives follow."""
ABSENT = 0
"""Identity of a mined negative that an example lacks."""


@dataclass(frozen=True)
class ContrastiveSettings(Settings):
    """Settings of contrastive learning: symmetric InfoNCE over cosines, unless set.

    CodeSage's stage II is `negatives = "all"`, `gamma = "detached"` or `"trained"`,
    `hard_positives` above 0 and `pooling = "mean"`. CodeSearchNet's baselines are
    `directions = "text"` with `similarity = "dot"` and `temperature = 1` (CNN, RNN,
    self-attention), or with `loss = "margin"` (NBoW).
    """

    name: ClassVar[str] = "contrastive"

    loss: Literal["softmax", "margin"] = "softmax"
    """Cross-entropy of the right code among all; or, as CodeSearchNet trains NBoW, the distance by
    which the right code fails to be `margin` above the best wrong one. The latter compares one
    direction, cosines and other pairs only."""
    similarity: Literal["cosine", "dot"] = "cosine"
    """How vectors are compared."""
    temperature: float = number(0.05, 1e-6)
    """Similarities are divided by this (CodeSage: 0.05)."""
    margin: float = number(1.0, 0.0)
    """Of `loss = "margin"` (CodeSearchNet: 1)."""
    directions: Literal["both", "text"] = "both"
    """Mean of text -> code and code -> text; or text -> code alone."""
    negatives: Literal["cross", "all"] = "cross"
    """The N - 1 others of the other modality; or, as CodeSage, the 2N - 2 others of both."""
    gamma: Literal["none", "detached", "trained"] = "none"
    """Whether negatives are weighted by how hard they are (CodeSage's gamma: their softmax), and
    whether the gradient flows through the weights. The paper does not say which."""
    gamma_scale: Literal["one", "negatives"] = "negatives"
    """Whether the weights of an anchor's negatives add up to 1, as printed in the paper, or to
    their number, 2N - 2, which keeps the loss on the scale of plain InfoNCE. The paper is silent on
    what its runs did; as printed, all negatives together weigh less than a single plain one."""
    hard_positives: float = number(0.0, 0.0, 1.0)
    """Probability per example that code is shown without signature and return statements."""
    mined: int = number(0, 0)
    """How many mined negatives of an example are drawn, without repetition; texts are compared with
    those of the whole batch. Examples may have fewer, or none."""
    mask_duplicates: bool = True
    """Whether pairs with the same text or the same code are no negatives of each other."""
    pooling: Pooling = "mean"
    """How hidden states become a vector; a model that makes vectors by itself has its own way."""
    marks: bool = True
    """Whether a sequence is `<s> ... </s>`; tables and bags of words read bare tokens."""
    damped: bool = False
    """Whether a word that occurs n times counts log(1 + n), as in diglot's static tables; for
    models that weight tokens."""

    def __post_init__(self) -> None:
        super().__post_init__()
        margin = self.loss == "margin"
        other = self.similarity, self.directions, self.negatives, self.gamma, self.mined
        if margin and other != ("cosine", "text", "cross", "none", 0):
            raise InputError(
                f'{self.name}: loss = "margin" goes with similarity = "cosine", '
                'directions = "text", negatives = "cross", gamma = "none" and mined = 0'
            )

    def build(self, context: Context) -> Contrastive:
        """Make the objective.

        Raises:
            InputError: The tokenizer lacks a mark that it needs.
        """
        return Contrastive(self, context.tokenizer)


class Contrastive:
    """Brings the vectors of a text and of its code together, and others apart.

    The parts of an example are text, code, and, where they are asked for, the code without its
    signature and return statements (empty if nothing is left, and then not used) and any number of
    mined negatives, whole code too. Parts come without marks, and so short that they fit the model.
    That a batch is of one language is the plan's business.
    """

    def __init__(self, settings: ContrastiveSettings, tokenizer: TokenizerInfo) -> None:
        self.name = settings.name
        self.terms = (settings.name,)
        self.copies = 0
        self.settings = settings
        self._pad = tokenizer.pad
        self._begin = np.array([tokenizer.cls] if settings.marks else [], np.int32)
        self._end = np.array([tokenizer.sep] if settings.marks else [], np.int32)

    def heads(self, model: Encoder) -> nn.Module | None:
        """None: vectors are compared as they are."""
        return None

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Choose the views of an example.

        Returns:
            `ids_V` and `words_V` of each view V (0 text, 1 code, then mined negatives), and
            `identities` (views,) int64: equal for equal texts or codes, whatever the view;
            `ABSENT` for a mined negative that the example lacks; `language`.

        Raises:
            InputError: The example has no text and code, or no body where one is needed.
        """
        settings, parts = self.settings, example.parts
        short = rng.random() < settings.hard_positives
        needed = BODY + 1 if settings.hard_positives or settings.mined else CODE + 1
        if len(parts) < needed:
            raise InputError(
                f"{self.name}: example {example.key} has {len(parts)} parts, needed are "
                f"{needed} (text, code, body, mined negatives): accepted is the view `pairs`"
            )
        code = parts[BODY] if short and len(parts[BODY].ids) else parts[CODE]
        known = parts[BODY + 1 :]
        drawn = rng.permutation(len(known))[: settings.mined]
        mined = [known[place] for place in drawn]
        lacking = settings.mined - len(mined)
        stand_in = _first(parts[CODE])  # something short to encode; never compared
        arrays: dict[str, NDArray[np.generic]] = {}
        for view, part in enumerate((parts[TEXT], code, *mined, *[stand_in] * lacking)):
            arrays |= self._view(part, view)
        hashes = [sequence_hash(part.ids) for part in (parts[TEXT], parts[CODE], *mined)]
        arrays["identities"] = np.array(hashes + [ABSENT] * lacking, np.int64)
        return arrays | {"language": np.array([example.language])}

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad each view by itself."""
        identities = np.stack([row["identities"] for row in prepared])
        tensors = {
            "identities": torch.from_numpy(identities),
            "languages": joined_values(prepared, "language"),
        }
        tokens = 0
        for view in range(identities.shape[1]):
            rows = [row[f"ids_{view}"] for row in prepared]
            tensors[f"ids_{view}"] = padded(rows, self._pad)
            lengths = [len(row) for row in rows]
            if min(lengths) < max(lengths):
                tensors[f"lengths_{view}"] = torch.tensor(lengths)
            tokens += sum(lengths)
            if self.settings.damped:
                words = [row[f"words_{view}"] for row in prepared]
                tensors[f"factors_{view}"] = torch.from_numpy(damped_counts(rows, words))
        return Batch(tensors, {self.name: len(prepared)}, tokens)

    def encode(
        self, model: Encoder, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Vectors of a micro-batch, float32 (examples, views, dimension)."""
        views = [
            sequence_vectors(
                model,
                tensors[f"ids_{view}"],
                tensors.get(f"lengths_{view}"),
                modality=min(view, CODE),
                factors=tensors.get(f"factors_{view}"),
                languages=tensors["languages"],
                pooling=self.settings.pooling,
            )
            for view in range(tensors["identities"].shape[1])
        ]
        return torch.stack(views, dim=1).float()

    def losses(self, vectors: torch.Tensor, identities: torch.Tensor) -> dict[str, torch.Tensor]:
        """Sum of the loss over the examples of the global batch.

        Args:
            vectors: (N, views, dimension) float32.
            identities: (N, views) int64, as prepared; rows are those of `vectors`.
        """
        settings = self.settings
        if settings.similarity == "cosine":
            vectors = functional.normalize(vectors, dim=-1)
        text, code, mined = vectors[:, TEXT], vectors[:, CODE], vectors[:, CODE + 1 :].flatten(0, 1)
        same = torch.eye(len(text), dtype=torch.bool, device=text.device)
        negatives = identities[:, CODE + 1 :].flatten()
        unfit = (negatives == ABSENT).expand(len(text), -1)
        if settings.mask_duplicates:
            texts, codes = identities[:, TEXT], identities[:, CODE]
            same = (texts[:, None] == texts) | (codes[:, None] == codes)
            unfit = unfit | (codes[:, None] == negatives)
        between = text @ code.T
        if settings.loss == "margin":
            return {self.name: self._margin(between, same).sum()}
        others = same & ~torch.eye(len(same), dtype=torch.bool, device=same.device)
        # Blocks of an anchor's similarities with what is excluded; the first has the positives.
        blocks = [(between, others), (text @ mined.T, unfit)]
        if settings.negatives == "all":
            blocks.append((text @ text.T, same))
        loss = self._softmax(blocks)
        if settings.directions == "both":
            blocks = [(between.T, others)]
            if settings.negatives == "all":
                blocks.append((code @ code.T, same))
            loss = (loss + self._softmax(blocks)) / 2
        return {self.name: loss.sum()}

    def _view(self, part: Tokens, view: int) -> dict[str, NDArray[np.generic]]:
        arrays: dict[str, NDArray[np.generic]] = {
            f"ids_{view}": np.concatenate([self._begin, part.ids, self._end])
        }
        if self.settings.damped:
            last = int(part.words.max(initial=-1)) + 1  # marks are words of their own
            begin, end = np.full(len(self._begin), -1), np.full(len(self._end), last)
            arrays[f"words_{view}"] = np.concatenate([begin, part.words, end])
        return arrays

    def _softmax(self, blocks: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
        """Cross-entropy of the diagonal of all blocks together, (N,)."""
        settings = self.settings
        logits = torch.cat([similarities for similarities, _ in blocks], 1) / settings.temperature
        excluded = torch.cat([excluded for _, excluded in blocks], 1)
        never = torch.finfo(logits.dtype).min  # not infinity: an anchor may have no negatives
        logits = logits.masked_fill(excluded, never)
        positives = logits.diagonal()
        if settings.gamma != "none":
            positive = torch.eye(*logits.shape, dtype=torch.bool, device=logits.device)
            others = logits.masked_fill(positive, never)
            weights = functional.log_softmax(others, dim=1)
            if settings.gamma == "detached":
                weights = weights.detach()
            if settings.gamma_scale == "negatives":
                count = (~(excluded | positive)).sum(1, keepdim=True)
                weights = weights + count.clamp(min=1).log()
            weights = weights.masked_fill(excluded | positive, 0)
            logits = logits + weights
        return logits.logsumexp(1) - positives

    def _margin(self, similarities: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """How far the right code is from `margin` above the best wrong one, (N,).

        A wrong code of negative cosine counts as one of cosine 0, as in the authors' programs.
        """
        wrong = similarities.masked_fill(same, 0).relu().amax(1)
        return (self.settings.margin - similarities.diagonal() + wrong).relu()


def _first(part: Tokens) -> Tokens:
    """The first token alone."""
    return Tokens(**{entry.name: getattr(part, entry.name)[:1] for entry in fields(Tokens)})
