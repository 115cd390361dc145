"""What an objective is: it makes examples into batches, and batches into sums to be minimised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import nn

    from diglot.models.language_model import LanguageModel


@dataclass(frozen=True, slots=True)
class Tokens:
    """A sequence of tokens with what is known of each; all arrays have shape (n,)."""

    ids: NDArray[np.int32]
    modality: NDArray[np.uint8]
    """0 for text, 1 for code, by segment."""
    maskable: NDArray[np.bool_]
    """Whether a token may be masked; False for marks."""
    words: NDArray[np.int32]
    """Number of the word that a token is a piece of, ascending; for whole-word masking."""
    bindings: NDArray[np.int32]
    """Number of the identifier that a token is a piece of, within its document; -1 for others."""
    documents: NDArray[np.int32]
    """Number of the document that a token is from, ascending from 0; several in a packed block."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row of training data: a block, a pair, a pair with negatives, or choices to classify."""

    key: int
    """Row number in its data set; an example's randomness depends on this, seed and epoch alone."""
    parts: tuple[Tokens, ...]
    """One for a block; text and code for a pair; further ones as the objective says."""
    label: int = -1
    """Class, where there are classes."""
    language: int = -1
    """Number of the language, where a batch is to hold one only."""


Arrays = Mapping[str, NDArray[np.generic]]
"""What an objective makes of one example, before examples become a batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One micro-batch."""

    tensors: dict[str, torch.Tensor]
    """What `sums` reads; moved to the device as a whole."""
    counts: dict[str, int]
    """Scored items by term, known before the backward pass (design: so that accumulation and data
    parallelism do not change the loss)."""
    tokens: int
    """Tokens read by the model without padding, for throughput."""
    logged: dict[str, int] = field(default_factory=dict)
    """Other things counted, by name, for metrics alone: summed over the window like `counts`."""


class Objective(Protocol):
    """Turns examples into a loss.

    The loop draws examples, calls `prepare` on each with a generator of its own, `collate` on a
    micro-batch of them, sums the counts over the accumulation window and all processes, and
    minimises the sum over terms of weight * sum / count.
    """

    @property
    def name(self) -> str:
        """As recipes write it."""
        ...

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms of the loss; metrics and weights go by them."""
        ...

    @property
    def copies(self) -> int:
        """How many preparations an example has, epoch after epoch in turn; 0 for ever new ones.

        The loop seeds an example's generator with the epoch modulo this (1: static masking).
        """
        ...

    def heads(self, model: LanguageModel) -> nn.Module | None:
        """Parameters that only this objective needs; they are trained and checkpointed too."""
        ...

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Make an example's arrays: mask, corrupt, cut. All randomness of an example is here."""
        ...

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad prepared examples to one batch."""
        ...

    def sums(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Sum of the loss over scored items, by term; float32 scalars."""
        ...


class CoupledObjective(Protocol):
    """An objective in which the loss of an example depends on the others of the global batch.

    The loop reaches the global batch by cached gradients (Gao et al. 2021, GradCache): it encodes
    all micro-batches without a graph, gathers the vectors of all processes, takes the gradient of
    the loss by the vectors, then encodes again with a graph and feeds these gradients in.
    """

    @property
    def name(self) -> str:
        """As recipes write it."""
        ...

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms of the loss."""
        ...

    @property
    def copies(self) -> int:
        """How many preparations an example has, epoch after epoch in turn; 0 for ever new ones.

        The loop seeds an example's generator with the epoch modulo this (1: static masking).
        """
        ...

    def heads(self, model: LanguageModel) -> nn.Module | None:
        """Parameters that only this objective needs."""
        ...

    def prepare(self, example: Example, rng: np.random.Generator) -> Arrays:
        """Make an example's arrays."""
        ...

    def collate(self, prepared: Sequence[Arrays]) -> Batch:
        """Pad prepared examples to one batch."""
        ...

    def encode(
        self, model: LanguageModel, heads: nn.Module | None, tensors: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Vectors of a micro-batch, float32 (examples, views, dimension)."""
        ...

    def losses(self, vectors: torch.Tensor, identities: torch.Tensor) -> dict[str, torch.Tensor]:
        """Sum of the loss over the examples of the global batch, by term.

        Args:
            vectors: (examples, views, dimension) float32, from `encode`, of all processes.
            identities: (examples, views) int64, the tensor of this name that `collate` makes, of
                all processes: what is equal there is no negative of each other.
        """
        ...
