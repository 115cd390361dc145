"""Packing: documents of all lengths into blocks of one length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Packing:
    """Which pieces of which documents make which block; all arrays have shape (pieces,)."""

    documents: NDArray[np.int64]
    begins: NDArray[np.int64]
    """First token of the piece in its document."""
    ends: NDArray[np.int64]
    firsts: NDArray[np.int64]
    """Shape (blocks + 1,): first piece of each block."""


def pack(
    lengths: NDArray[np.int64],
    order: NDArray[np.int64],
    length: int,
    *,
    per_block: int,
    per_piece: int,
    shortest: int = 8,
) -> Packing:
    """Fill blocks with documents one after the other, cutting those that do not fit.

    The rest of a document that is cut begins the next block (RoBERTa's FULL-SENTENCES). No block
    is left with room for another piece, but for the last one and for pieces below `shortest`.

    Args:
        lengths: tokens of each document.
        order: of the documents.
        length: tokens of a block, marks included.
        per_block: marks of a block.
        per_piece: marks of a piece.
        shortest: tokens of a piece that is worth cutting off.
    """
    documents: list[int] = []
    begins: list[int] = []
    ends: list[int] = []
    firsts = [0]
    room = length - per_block
    for document in order.tolist():
        begin, end = 0, int(lengths[document])
        while begin < end:
            take = min(end - begin, room - per_piece)
            if take < min(shortest, end - begin):
                firsts.append(len(documents))
                room = length - per_block
                continue
            documents.append(document)
            begins.append(begin)
            ends.append(begin + take)
            begin += take
            room -= take + per_piece
    if len(documents) > firsts[-1]:
        firsts.append(len(documents))
    return Packing(*(np.array(values, np.int64) for values in (documents, begins, ends, firsts)))
