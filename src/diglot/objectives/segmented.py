"""Sequences of one or two segments, several of them an example, such as one for each choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from diglot.objectives.base import Arrays
from diglot.objectives.sequences import padded

Ids = NDArray[np.int32]


def segmented(marks: tuple[int, int, int], texts: Sequence[Ids]) -> tuple[Ids, Ids]:
    """Put marks around one text or two.

    Args:
        marks: what begins the sequence, stands between two texts, and ends it.
        texts: one or two, without marks.

    Returns:
        Ids, and the segment of each: 0 up to the mark between, 1 after it.
    """
    begin, between, end = (np.array([mark], np.int32) for mark in marks)
    opening = [begin, texts[0], *([between] if len(texts) > 1 else [])]
    closing = [*texts[1:], end]
    ids = np.concatenate([*opening, *closing])
    segments = np.zeros(len(ids), np.int32)
    if len(texts) > 1:
        segments[sum(map(len, opening)) :] = 1
    return ids, segments


def segmented_arrays(sequences: Sequence[tuple[Ids, Ids]]) -> dict[str, NDArray[np.generic]]:
    """Return the sequences of an example as arrays: `ids` and `segments` end to end, `lengths`."""
    return {
        "ids": np.concatenate([ids for ids, _ in sequences]),
        "segments": np.concatenate([segments for _, segments in sequences]),
        "lengths": np.array([len(ids) for ids, _ in sequences]),
    }


def segmented_tensors(
    prepared: Sequence[Arrays], pad: int
) -> tuple[dict[str, torch.Tensor], NDArray[np.int64]]:
    """Pad the sequences of all examples to the longest.

    Returns:
        `ids` and `segments`, (sequences, L) int64; `lengths` (sequences,) int64 where some sequence
        is padded; `sequences` (examples,) int64, how many each has. And the lengths again.
    """
    lengths = np.concatenate([row["lengths"] for row in prepared]).astype(np.int64)
    ends = np.cumsum(lengths)[:-1]
    ids, segments = (
        np.split(np.concatenate([row[name] for row in prepared]), ends)
        for name in ("ids", "segments")
    )
    tensors = {
        "ids": padded(ids, pad),
        "segments": padded(segments, 0),
        "sequences": torch.tensor([len(row["lengths"]) for row in prepared]),
    }
    if lengths.min() < lengths.max():
        tensors["lengths"] = torch.from_numpy(lengths)
    return tensors, lengths
