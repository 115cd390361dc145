"""One vector of each sequence, whatever the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import torch

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel
    from diglot.models.pooling import Pooling


@runtime_checkable
class VectorModel(Protocol):
    """A model that makes vectors of sequences by itself: a table, a baseline of CodeSearchNet."""

    def vectors(
        self,
        ids: torch.Tensor,
        lengths: torch.Tensor | None,
        *,
        modality: int = 0,
        factors: torch.Tensor | None = None,
        languages: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Make vectors.

        Args:
            ids: (B, L) int64, tokens.
            lengths: (B,) int64, tokens of each row before padding, 0 in an empty row; None if none
                is padded.
            modality: 0 if all rows are text, 1 if all are code; encoders may differ.
            factors: (B, L) float32, how much each token counts; 1 if None.
            languages: (B,) int64, number of the language of each row's example.

        Returns:
            (B, dimension).
        """
        ...


Encoder: TypeAlias = "LanguageModel | VectorModel"
"""A model that sequences get vectors from."""


def sequence_vectors(
    model: Encoder,
    ids: torch.Tensor,
    lengths: torch.Tensor | None,
    *,
    modality: int = 0,
    factors: torch.Tensor | None = None,
    languages: torch.Tensor | None = None,
    pooling: Pooling = "mean",
) -> torch.Tensor:
    """Make one vector of each sequence.

    Args:
        model: a language model, whose hidden states are pooled, or one that makes vectors itself.
        ids: (B, L) int64, tokens of one modality.
        lengths: (B,) int64, tokens of each row before padding; None if none is padded.
        modality: 0 text, 1 code.
        factors: (B, L) float32, how much each token counts; a language model has no use for them.
        languages: (B,) int64, number of the language of each row's example; likewise.
        pooling: for language models.

    Returns:
        (B, dimension), of the type that the model computes in.
    """
    if isinstance(model, VectorModel):
        return model.vectors(ids, lengths, modality=modality, factors=factors, languages=languages)
    states = model.hidden(ids, lengths=lengths)
    return model.pooled(states, lengths, pooling)
