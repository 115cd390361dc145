"""Encoder vectors of units: computed when first needed, kept for every index and worktree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from diglot.index.vectors import VectorStore
from diglot.inference import Encoder
from diglot.private import private_folder

_LOCK_SECONDS = 2.0


class EncoderVectors:
    """The vectors of one encoder, shared by all indexes in a cache folder."""

    def __init__(self, cache_folder: Path, encoder: Encoder, name: str) -> None:
        """Open the store of `encoder` under `cache_folder`.

        Args:
            cache_folder: folder that holds all indexes.
            encoder: what makes the vectors.
            name: of the store; says which encoder made them and from what text.
        """
        folder = cache_folder / "vectors"
        self._encoder = encoder
        self._store = VectorStore(folder, encoder.dimension, name)
        self._cache = cache_folder
        self._lock = FileLock(
            cache_folder / "locks" / f"{name}.lock", timeout=_LOCK_SECONDS, mode=0o600
        )

    def of(
        self, keys: Sequence[bytes], texts: Callable[[NDArray[np.int64]], list[str]]
    ) -> NDArray[np.float32]:
        """Return the vectors of units, computing and keeping those not there yet.

        Args:
            keys: content keys of the units.
            texts: called with the positions in `keys` that have no vector yet, returns their texts.

        Returns:
            Vectors, shape (len(keys), dimension), rows of norm 1.
        """
        rows = self._store.intact_rows(keys)
        vectors = np.empty((len(keys), self._encoder.dimension), np.float32)
        known = rows >= 0
        vectors[known] = self._store.matrix[rows[known]]
        missing = np.flatnonzero(~known)
        if len(missing):
            vectors[missing] = self._encoder.encode_code(texts(missing))
            self._keep([keys[i] for i in missing.tolist()], vectors[missing])
        return vectors

    def _keep(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Store vectors that no other process has stored meanwhile.

        Losing them costs time, not answers: a busy lock or a full disk is no error of a search.
        """
        try:
            private_folder(self._cache, "locks")
            with self._lock:
                self._store.reload()
                new = np.flatnonzero(self._store.intact_rows(keys) < 0)
                first = {keys[i]: i for i in reversed(new.tolist())}
                self._store.append(list(first), vectors[list(first.values())])
        except (Timeout, OSError):
            return
