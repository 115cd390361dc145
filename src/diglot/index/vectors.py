"""Vectors on disk, memory-mapped and keyed by content.

Two files grow together, row by row: `keys` (16-byte hashes of what was embedded) and `vectors`
(float32). Rows are only ever appended, so a reader maps the rows it knows of and never sees a
half-written one, a killed writer leaves at most a torn tail that the next one cuts off, and text
that comes back (another branch, a renamed file, a second worktree) finds its vector again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16


def content_key(text: str) -> bytes:
    """Return the 16-byte key under which the vector of `text` is stored."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()


class VectorStore:
    """Append-only rows of `dimension` float32 values, found by key.

    Readers need no lock. Whoever appends must hold one that excludes other writers.
    """

    def __init__(self, folder: Path, dimension: int, name: str = "vectors") -> None:
        """Open the store called `name` in `folder`; there may be none yet."""
        self.name = name
        self.files = (f"{name}.keys", f"{name}.f32")
        """Names of its files."""
        self._keys_path, self._vectors_path = (folder / file for file in self.files)
        self.dimension = dimension
        self.matrix: NDArray[np.float32] = np.empty((0, dimension), np.float32)
        """All rows, shape (rows, dimension), memory-mapped."""
        self._row_of: dict[bytes, int] | None = None
        self.reload()

    def __len__(self) -> int:
        return len(self.matrix)

    def _rows_on_disk(self) -> int:
        try:
            keys = self._keys_path.stat().st_size // KEY_BYTES
            vectors = self._vectors_path.stat().st_size // (4 * self.dimension)
        except (FileNotFoundError, NotADirectoryError):
            return 0
        return min(keys, vectors)

    def reload(self) -> None:
        """Map the rows that are on disk now."""
        rows = self._rows_on_disk()
        self._row_of = None
        if rows:
            shape = (rows, self.dimension)
            mapped = np.memmap(self._vectors_path, np.float32, mode="r", shape=shape)
            self.matrix = mapped.view(np.ndarray)
        else:
            self.matrix = np.empty((0, self.dimension), np.float32)

    def keys(self) -> list[bytes]:
        """Return the keys of all rows, in row order."""
        rows = len(self)
        if not rows:
            return []
        packed = self._keys_path.read_bytes()[: rows * KEY_BYTES]
        return [packed[i : i + KEY_BYTES] for i in range(0, len(packed), KEY_BYTES)]

    def rows(self, keys: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the row of each key, -1 where there is none."""
        if self._row_of is None:
            self._row_of = {key: row for row, key in enumerate(self.keys())}
        row_of = self._row_of
        return np.fromiter((row_of.get(key, -1) for key in keys), np.int64, len(keys))

    def append(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Add rows. The vectors are on disk before the keys that make them visible.

        Args:
            keys: one key a row.
            vectors: shape (len(keys), dimension).
        """
        if not len(keys):
            return
        self._keys_path.parent.mkdir(parents=True, exist_ok=True)
        rows = self._rows_on_disk()
        _append_at(self._vectors_path, rows * 4 * self.dimension, vectors.astype("<f4").tobytes())
        _append_at(self._keys_path, rows * KEY_BYTES, b"".join(keys))
        known = self._row_of
        self.reload()
        if known is not None and len(known) <= rows:
            known.update((key, rows + i) for i, key in enumerate(keys))
            self._row_of = known


def _append_at(path: Path, offset: int, data: bytes) -> None:
    """Write `data` at `offset`, over a torn tail if there is one."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() != offset:
            file.truncate(offset)
            file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
