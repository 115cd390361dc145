"""Vectors on disk, memory-mapped and keyed by content.

Two files grow together, row by row: `keys` (16-byte hashes of what was embedded, each with the
CRC-32 of its row and of itself) and `vectors` (float32). Rows are only ever appended, so a reader
maps the rows it knows of and never sees a half-written one, a killed writer leaves at most a torn
tail that the next one cuts off, and text that comes back (another branch, a renamed file, a second
worktree) finds its vector again. A row that is not what was written counts as not there.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diglot.private import private_folder

KEY_BYTES = 16
_ENTRY = np.dtype([("key", "V16"), ("row", "<u4"), ("entry", "<u4")])
"""A key, the CRC-32 of its row of vectors, and that of these two."""


def content_key(text: str) -> bytes:
    """Return the 16-byte key under which the vector of `text` is stored."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()


class VectorStore:
    """Append-only rows of `dimension` float32 values, found by key.

    Readers need no lock. Whoever appends must hold one that excludes other writers.
    """

    def __init__(
        self, folder: Path, dimension: int, name: str = "vectors", rows: int | None = None
    ) -> None:
        """Open a store; there may be none yet.

        Args:
            folder: where it lies.
            dimension: length of its rows.
            name: of the store.
            rows: how many rows to believe, the first ones; None for all that are there.
        """
        self._believed = rows
        self.name = name
        self.files = (f"{name}.keys", f"{name}.f32")
        """Names of its files."""
        self._keys_path, self._vectors_path = (folder / file for file in self.files)
        self.dimension = dimension
        self.matrix: NDArray[np.float32] = np.empty((0, dimension), np.float32)
        """All rows, shape (rows, dimension), memory-mapped."""
        self._entries: NDArray[np.void] = np.empty(0, _ENTRY)
        self._row_of: dict[bytes, int] | None = None
        self.reload()

    def __len__(self) -> int:
        return len(self.matrix)

    def sizes(self, rows: int) -> dict[str, int]:
        """Return how many bytes of each file the first rows take, by name."""
        return dict(
            zip(self.files, (rows * _ENTRY.itemsize, rows * 4 * self.dimension), strict=True)
        )

    def _rows_on_disk(self) -> int:
        try:
            keys = self._keys_path.stat().st_size // _ENTRY.itemsize
            vectors = self._vectors_path.stat().st_size // (4 * self.dimension)
        except (FileNotFoundError, NotADirectoryError):
            return 0
        return min(keys, vectors)

    def reload(self) -> None:
        """Map the rows that are on disk now."""
        rows = self._rows_on_disk()
        if self._believed is not None:
            rows = min(rows, self._believed)
        self._row_of = None
        try:
            if rows:
                shape = (rows, self.dimension)
                mapped = np.memmap(self._vectors_path, np.float32, mode="r", shape=shape)
                entries = np.fromfile(self._keys_path, _ENTRY, rows)
                if len(entries) == rows:
                    self.matrix, self._entries = mapped.view(np.ndarray), entries
                    return
        except (OSError, ValueError):  # removed or cut at this moment: there is nothing to reuse
            pass
        self.matrix = np.empty((0, self.dimension), np.float32)
        self._entries = np.empty(0, _ENTRY)

    def keys(self) -> list[bytes]:
        """Return the keys of all rows, in row order."""
        return [bytes(key) for key in self._entries["key"]]

    def rows(self, keys: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the row of each key, the last one if there are several, -1 where there is none."""
        if self._row_of is None:
            self._row_of = {key: row for row, key in enumerate(self.keys())}
        row_of = self._row_of
        return np.fromiter((row_of.get(key, -1) for key in keys), np.int64, len(keys))

    def intact_rows(self, keys: Sequence[bytes]) -> NDArray[np.int64]:
        """Return what `rows` does, but -1 for rows that are not what was written."""
        rows = self.rows(keys)
        for place, row in enumerate(rows.tolist()):
            if row >= 0 and self._entries[row] != _entries([keys[place]], self._bytes(row))[0]:
                rows[place] = -1
        return rows

    def _bytes(self, row: int) -> bytes:
        return bytes(self.matrix[row].astype("<f4").data)

    def append(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> tuple[bytes, bytes]:
        """Add rows. The vectors are on disk before the keys that make them visible.

        Args:
            keys: one key a row.
            vectors: shape (len(keys), dimension).

        Returns:
            What was added to each of `files`.
        """
        if not len(keys):
            return b"", b""
        folder = self._keys_path.parent
        private_folder(folder.parent, folder.name)
        rows = self._rows_on_disk()
        data = vectors.astype("<f4").tobytes()
        entries = _entries(keys, data).tobytes()
        _append_at(self._vectors_path, rows * 4 * self.dimension, data)
        _append_at(self._keys_path, rows * _ENTRY.itemsize, entries)
        known = self._row_of
        self.reload()
        if known is not None and len(known) <= rows:
            known.update((key, rows + i) for i, key in enumerate(keys))
            self._row_of = known
        return entries, data

    def cut(self, rows: int) -> None:
        """Take back all rows but the first ones, which a killed writer left."""
        self._believed = None
        for name, size in self.sizes(rows).items():
            file = self._keys_path.parent / name
            if file.exists() and file.stat().st_size > size:
                os.truncate(file, size)
        if len(self) > rows:
            self.reload()


def _entries(keys: Sequence[bytes], data: bytes) -> NDArray[np.void]:
    size = len(data) // len(keys)
    view = memoryview(data)
    entries = np.empty(len(keys), _ENTRY)
    entries["key"] = np.frombuffer(b"".join(keys), "V16")
    entries["row"] = [zlib.crc32(view[at : at + size]) for at in range(0, len(data), size)]
    sums = [row.tobytes() for row in entries["row"]]
    entries["entry"] = [
        zlib.crc32(row, zlib.crc32(key)) for key, row in zip(keys, sums, strict=True)
    ]
    return entries


def _append_at(path: Path, offset: int, data: bytes) -> None:
    """Write `data` at `offset`, over a torn tail if there is one."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() != offset:
            file.truncate(offset)
            file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
