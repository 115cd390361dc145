"""From the parts of an example to one sequence, and from sequences to a padded batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from diglot.objectives.base import Arrays, Tokens
from diglot.objectives.vocabulary import TokenizerInfo

if TYPE_CHECKING:
    from diglot.models.language_model import LanguageModel


def join(parts: Sequence[Tokens], tokenizer: TokenizerInfo) -> Tokens:
    """Join the parts of an example with marks.

    A single part is a block, whose marks are the view's business, and is returned as it is. Two are
    joined as CodeBERT does (2002.08155, section 3.2): `<s> text </s> code </s>`. An empty first
    part is left out with its mark: `<s> code </s>`, unimodal data. Parts come without marks, and so
    short that the whole fits the model.

    Args:
        parts: one or two.
        tokenizer: whose marks to use.

    Raises:
        InputError: The vocabulary lacks `<s>` or `</s>`.
    """
    if len(parts) == 1:
        return parts[0]
    pieces = [_mark(tokenizer.cls, 0)]
    for part in parts:
        if len(part.ids):
            pieces += [part, _mark(tokenizer.sep, int(part.modality[-1]))]
    return concatenate(pieces)


def concatenate(pieces: Sequence[Tokens]) -> Tokens:
    """Put pieces end to end as one document; words are numbered through."""
    arrays = {
        entry.name: np.concatenate([getattr(piece, entry.name) for piece in pieces])
        for entry in fields(Tokens)
    }
    lengths = [len(piece.ids) for piece in pieces]
    highest = [int(piece.words.max(initial=-1)) + 1 for piece in pieces]
    arrays["words"] += np.repeat(np.cumsum([0, *highest[:-1]]), lengths).astype(np.int32)
    arrays["documents"] = np.zeros(sum(lengths), np.int32)
    return Tokens(**arrays)


def within_documents(numbers: NDArray[np.int32], documents: NDArray[np.int32]) -> NDArray[np.int64]:
    """Make numbers that count within a document unique in the whole sequence."""
    return documents.astype(np.int64) * (int(numbers.max(initial=0)) + 1) + numbers


def sequence_arrays(tokens: Tokens) -> dict[str, NDArray[np.generic]]:
    """Return what a model reads of a sequence."""
    return {"ids": tokens.ids, "documents": tokens.documents}


def sequence_tensors(prepared: Sequence[Arrays], pad: int) -> dict[str, torch.Tensor]:
    """Pad sequences to the longest of them.

    Returns:
        `ids` (B, L) int64. Where some sequence holds several documents, `documents` (B, L) int64,
        -1 for padding: they are blocked from each other. Else, where some sequence is padded,
        `lengths` (B,) int64. What is not needed is not there: attention without a mask is faster.
    """
    rows = [row["ids"] for row in prepared]
    lengths = torch.tensor([len(row) for row in rows])
    tensors = {"ids": padded(rows, pad)}
    documents = [row["documents"] for row in prepared]
    if any(len(row) and row[0] != row[-1] for row in documents):
        tensors["documents"] = padded(documents, -1)
    elif bool((lengths < lengths.max()).any()):
        tensors["lengths"] = lengths
    return tensors


def hidden_states(
    model: LanguageModel, tensors: Mapping[str, torch.Tensor], at: torch.Tensor | None = None
) -> torch.Tensor:
    """Hidden states (B, L, width) of what `sequence_tensors` made, or (m, width) of those `at`."""
    return model.hidden(
        tensors["ids"],
        documents=tensors.get("documents"),
        lengths=tensors.get("lengths"),
        segments=tensors.get("segments"),
        at=at,
    )


def first_positions(ids: torch.Tensor) -> torch.Tensor:
    """Positions of the first token of each row, in the batch (B, L) flattened; (B,) int64."""
    return torch.arange(len(ids), device=ids.device) * ids.shape[1]


def padded(rows: Sequence[NDArray[np.generic]], fill: int) -> torch.Tensor:
    """Return rows as one tensor (B, L) int64, filled up at the end."""
    result = np.full((len(rows), max(map(len, rows))), fill, np.int64)
    for target, row in zip(result, rows, strict=True):
        target[: len(row)] = row
    return torch.from_numpy(result)


def flat_positions(prepared: Sequence[Arrays], key: str = "positions") -> torch.Tensor:
    """Positions within sequences as positions in the batch, (B, L) flattened; int64."""
    width = max(len(row["ids"]) for row in prepared)
    rows = [row[key].astype(np.int64) + width * number for number, row in enumerate(prepared)]
    return torch.from_numpy(np.concatenate(rows))


def joined_values(prepared: Sequence[Arrays], key: str) -> torch.Tensor:
    """Values of all examples end to end; int64."""
    return torch.from_numpy(np.concatenate([row[key].astype(np.int64) for row in prepared]))


def _mark(number: int, modality: int) -> Tokens:
    return Tokens(
        ids=np.array([number], np.int32),
        modality=np.array([modality], np.uint8),
        maskable=np.zeros(1, np.bool_),
        words=np.zeros(1, np.int32),
        bindings=np.full(1, -1, np.int32),
        documents=np.zeros(1, np.int32),
    )
