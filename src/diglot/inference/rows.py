"""Rows of length 1, whatever the text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def unit_rows(vectors: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
    """Scale each row to norm 1; a zero row becomes a direction drawn from its text's hash.

    Such a stand-in equals itself only: its cosine to other rows is near 0, as it should be for a
    text of which the model knows nothing.

    Args:
        vectors: Shape (n, dimension).
        texts: The n texts that the rows were computed from.
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    for row in np.flatnonzero(norms == 0).tolist():
        digest = hashlib.shake_256(texts[row].encode("utf-8", "replace")).digest(vectors.shape[1])
        vectors[row] = np.frombuffer(digest, np.int8) + np.float32(0.5)
        norms[row] = np.linalg.norm(vectors[row])
    rows: NDArray[np.float32] = vectors / norms
    return rows
