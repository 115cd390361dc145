"""Segments: the inverted index and the text of some files, never changed once written.

A segment holds, for each unit of its files, how often each term stands in each field, and how long
each field is; and the text of the files, whole, so that a search never opens the source tree. A
commit adds a segment of what is new; what is removed stays in its segment, unused, until segments
are joined. Statistics are taken over the units in use alone (`lexical.py`), so that what is
searched is a function of the source tree and not of how it came about.

Terms are known by 61 bits of a hash; the three bits below say in which field they stand.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.index.files import FileRecord, write_atomically

Field = Literal["path", "name", "symbol", "signature", "docs", "body"]
FIELDS: tuple[Field, ...] = ("path", "name", "symbol", "signature", "docs", "body")
"""`name` is the symbol whole, lower-cased and not stemmed; the others are words."""

_FIELD_BITS = 3
_ALIGNMENT = 64
"""Bytes: where each array begins, so that it can be mapped."""
_LENGTH_BYTES = 8


def term_keys(terms: Sequence[str]) -> NDArray[np.uint64]:
    """Return the key of each term in field 0; the key in field f is larger by f."""
    digests = b"".join(
        blake2b(term.encode("utf-8", "replace"), digest_size=8).digest() for term in terms
    )
    if not terms:
        return np.empty(0, np.uint64)
    return np.frombuffer(digests, "<u8") >> np.uint64(_FIELD_BITS) << np.uint64(_FIELD_BITS)


@dataclass(frozen=True, slots=True)
class Segment:
    """Postings and text of f files and their n units."""

    keys: NDArray[np.uint64]
    """Keys of the terms in their fields, ascending, shape (k,)."""
    starts: NDArray[np.int64]
    """Where the postings of each key begin, shape (k + 1,)."""
    units: NDArray[np.uint32]
    """Unit of each posting, ascending for each key, shape (p,)."""
    counts: NDArray[np.uint32]
    """How often the term stands in the field of the unit, shape (p,)."""
    lengths: NDArray[np.uint32]
    """Terms in each field of each unit, shape (n, 6)."""
    spans: NDArray[np.int64]
    """First and last byte, exclusive, of each unit's text, shape (n, 2)."""
    first_units: NDArray[np.int64]
    """First unit of each file, and n, shape (f + 1,)."""
    first_bytes: NDArray[np.int64]
    """First byte of each file's text, and the length of the text, shape (f + 1,)."""
    text: NDArray[np.uint8]
    """Text of the files in UTF-8, shape (bytes,)."""

    @property
    def file_count(self) -> int:
        """How many files it holds."""
        return len(self.first_units) - 1

    def with_files(self, stays: NDArray[np.bool_]) -> Segment:
        """Return a segment of some of the files, shape of `stays` (f,), in the same order."""
        if stays.all():
            return self
        unit_stays = np.repeat(stays, np.diff(self.first_units))
        posting_stays = unit_stays[self.units]
        kept = np.concatenate([[0], np.cumsum(posting_stays)])[self.starts]
        keys_stay = np.diff(kept) > 0
        sizes = np.diff(self.first_bytes)
        shift = _starts(np.where(stays, sizes, 0))[:-1] - self.first_bytes[:-1]
        file_of = np.repeat(np.arange(self.file_count), np.diff(self.first_units))
        return Segment(
            keys=self.keys[keys_stay],
            starts=np.append(kept[:-1][keys_stay], kept[-1]),
            units=(np.cumsum(unit_stays) - 1)[self.units[posting_stays]].astype(np.uint32),
            counts=self.counts[posting_stays],
            lengths=self.lengths[unit_stays],
            spans=(self.spans + shift[file_of][:, None])[unit_stays],
            first_units=_starts(np.diff(self.first_units)[stays]),
            first_bytes=_starts(sizes[stays]),
            text=_pieces(self.text, self.first_bytes, stays),
        )


def joined(segments: Sequence[Segment]) -> Segment:
    """Return one segment of the files of several, in their order."""
    if len(segments) == 1:
        return segments[0]
    keys = np.unique(np.concatenate([segment.keys for segment in segments]))
    units = _starts(np.array([len(segment.lengths) for segment in segments]))
    texts = _starts(np.array([len(segment.text) for segment in segments]))
    # Stable sorting keeps the order of segments, and so of units, for each key.
    key_of = np.concatenate(
        [np.repeat(np.searchsorted(keys, s.keys), np.diff(s.starts)) for s in segments]
    )
    order = np.argsort(key_of, kind="stable")
    unit_of = [s.units + np.uint32(first) for s, first in zip(segments, units, strict=False)]
    return Segment(
        keys=keys,
        starts=_starts(np.bincount(key_of, minlength=len(keys))),
        units=np.concatenate(unit_of)[order],
        counts=np.concatenate([segment.counts for segment in segments])[order],
        lengths=np.concatenate([segment.lengths for segment in segments]),
        spans=np.concatenate([s.spans + first for s, first in zip(segments, texts, strict=False)]),
        first_units=_starts(np.concatenate([np.diff(s.first_units) for s in segments])),
        first_bytes=_starts(np.concatenate([np.diff(s.first_bytes) for s in segments])),
        text=np.concatenate([segment.text for segment in segments]),
    )


def save_segment(path: Path, segment: Segment) -> FileRecord:
    """Write a segment.

    Raises:
        StoreError: the disk is full or the folder cannot be written.
    """
    places: dict[str, tuple[str, tuple[int, ...], int]] = {}
    parts: list[bytes | memoryview] = []
    offset = 0
    for field in fields(Segment):
        array = np.ascontiguousarray(getattr(segment, field.name))
        places[field.name] = (array.dtype.str, array.shape, offset)
        padding = -array.nbytes % _ALIGNMENT
        parts += [array.reshape(-1).view(np.uint8).data, bytes(padding)]
        offset += array.nbytes + padding
    header = json.dumps(places).encode()
    header += b" " * (-(len(header) + _LENGTH_BYTES) % _ALIGNMENT)
    return write_atomically(path, len(header).to_bytes(_LENGTH_BYTES, "little"), header, *parts)


def open_segment(path: Path) -> Segment:
    """Map a segment; `files.checked` must have found its file intact.

    Raises:
        StoreError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            mapped = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
        first = _LENGTH_BYTES + int.from_bytes(mapped[:_LENGTH_BYTES].tobytes(), "little")
        places = json.loads(mapped[_LENGTH_BYTES:first].tobytes())
        arrays = {}
        for name, (dtype, shape, offset) in places.items():
            kind = np.dtype(dtype)
            start = first + offset
            end = start + kind.itemsize * math.prod(shape)
            arrays[name] = mapped[start:end].view(kind).reshape(shape)
        return Segment(**arrays)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(f"segment {path} is damaged: {error}") from error


def _pieces(
    text: NDArray[np.uint8], first_bytes: NDArray[np.int64], stays: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """The text of the files that stay."""
    bounds = zip(first_bytes[:-1][stays].tolist(), first_bytes[1:][stays].tolist(), strict=True)
    return np.concatenate([text[:0], *(text[start:end] for start, end in bounds)])


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
