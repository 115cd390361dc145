"""One vector of each sequence, whatever the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import torch
from torch import distributed
from torch.nn import functional

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel
    from diglot.models.pooling import Pooling

_TOKENS = 2048
"""With padding, that a processor reads at once at most: what one operation works on stays small.
With AVX2, half as many are as fast."""
_GROUP_COST = 96
"""Tokens that it could read in the time that a group costs beside its tokens: starting operations,
adding up gradients. With AVX2, twice as many or half as many change little."""


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


def reads_by_length(ids: torch.Tensor) -> bool:
    """Whether `vectors_by_length` is the way for a language model to read a batch.

    It is on a processor. A GPU is better off with one large batch, and processes that share the
    layers of a model (FSDP2) must run them equally often, whatever number of rows they have.
    """
    return ids.device.type == "cpu" and not distributed.is_initialized()


def vectors_by_length(
    model: LanguageModel,
    batches: Sequence[tuple[torch.Tensor, torch.Tensor | None]],
    pooling: Pooling = "mean",
) -> list[torch.Tensor]:
    """Make the same as `sequence_vectors` of several batches, a few rows of like length at a time.

    So there is little padding, and the memory that a layer works on is small.

    Args:
        model: a language model.
        batches: ids (B, L) and lengths (B,), as `sequence_vectors` takes them.
        pooling: how hidden states become a vector.

    Returns:
        (B, dimension) of each batch.
    """
    width = max(ids.shape[1] for ids, _ in batches)
    rows = torch.cat([functional.pad(ids, (0, width - ids.shape[1])) for ids, _ in batches])
    lengths = torch.cat(
        [ids.new_full((len(ids),), ids.shape[1]) if own is None else own for ids, own in batches]
    )
    order = lengths.argsort(stable=True)
    widths = lengths[order].clamp(min=1).tolist()  # a model cannot read nothing
    places = torch.split(order, _group_sizes(widths))
    groups = [rows[own, : max(int(lengths[own[-1]]), 1)] for own in places]
    embedded = model.embed(torch.cat([ids.flatten() for ids in groups]))
    looked_up = torch.split(embedded, [ids.numel() for ids in groups])
    parts = []
    for own, ids, known in zip(places, groups, looked_up, strict=True):
        padded = None if lengths[own[0]] == ids.shape[1] else lengths[own]
        states = model.hidden(ids, lengths=padded, embedded=known.view(*ids.shape, -1))
        parts.append(model.pooled(states, padded, pooling))
    vectors = torch.cat(parts)[order.argsort()]
    return list(torch.split(vectors, [len(ids) for ids, _ in batches]))


def _group_sizes(lengths: Sequence[int]) -> list[int]:
    """Sizes of groups of neighbours that together cost least.

    A group costs `_GROUP_COST` tokens and as many as it has when padded: `_TOKENS` at most, unless
    it is a single row.

    Args:
        lengths: of rows, ascending, at least 1.
    """
    least, begins = [0], [0]  # of the first rows: what they cost, and where their last group begins
    for end, longest in enumerate(lengths, start=1):
        most = max(_TOKENS // longest, 1)
        costs = {
            begin: least[begin] + _GROUP_COST + (end - begin) * longest
            for begin in range(max(end - most, 0), end)
        }
        begin = min(costs, key=lambda place: costs[place])
        least.append(costs[begin])
        begins.append(begin)
    sizes = []
    end = len(lengths)
    while end:
        sizes.append(end - begins[end])
        end = begins[end]
    return sizes[::-1]
