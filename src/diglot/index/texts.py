"""The text of an index: of whole files and of their units, as it was when indexed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from diglot.index.catalogue import Catalogue
from diglot.index.segment import Segment


class Texts:
    """Text of the files and units of a catalogue, read from segments as it is asked for."""

    def __init__(self, catalogue: Catalogue, segments: Sequence[Segment]) -> None:
        """Read from `segments`, which hold the files of `catalogue` by their slots."""
        self._catalogue = catalogue
        self._segments = segments
        self._first_slots = [0, *accumulate(segment.file_count for segment in segments)]

    def _place(self, file: int) -> tuple[Segment, int]:
        """The segment of a file that is in one, and its number there."""
        slot = self._catalogue.files[file].slot
        number = bisect_right(self._first_slots, slot) - 1
        return self._segments[number], slot - self._first_slots[number]

    def file(self, file: int) -> bytes:
        """Return the text of a file by its row, in UTF-8; empty for one left out."""
        if self._catalogue.files[file].slot < 0:
            return b""
        segment, number = self._place(file)
        start, end = segment.first_bytes[number : number + 2].tolist()
        return segment.text[start:end].tobytes()

    def spans(self, file: int) -> NDArray[np.int64]:
        """Return first and last byte, exclusive, of a file's units in its text, shape (n, 2)."""
        segment, number = self._place(file)
        start, end = segment.first_units[number : number + 2].tolist()
        spans: NDArray[np.int64] = segment.spans[start:end] - segment.first_bytes[number]
        return spans

    def units(self, rows: NDArray[np.int64], limit: int) -> list[bytes]:
        """Return the text of units by their rows, in UTF-8.

        Args:
            rows: rows in the catalogue.
            limit: how many bytes of each at most; one more may leave half a character.
        """
        files = self._catalogue.owners[rows]
        ordinals = (rows - self._catalogue.first_units[files]).tolist()
        texts = []
        for file, ordinal in zip(files.tolist(), ordinals, strict=True):
            segment, number = self._place(file)
            start, end = segment.spans[segment.first_units[number] + ordinal].tolist()
            texts.append(segment.text[start : min(end, start + limit)].tobytes())
        return texts
