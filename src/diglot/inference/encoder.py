"""What every encoder offers, and how to get one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from diglot.inference.static import StaticEncoder
from diglot.models import resolve_model


class Encoder(Protocol):
    """Turns texts into vectors whose dot products say how close the texts are.

    All rows have norm 1. A text with nothing that the model knows (an empty one, or words of a
    script outside a static table) gets a direction drawn from a hash of the text: it equals itself
    only. Ask `represented` before trusting the vector of a text in another language.
    """

    @property
    def name(self) -> str:
        """The model's name, or the folder as it was given."""

    @property
    def key(self) -> str:
        """Hash of the model's content: vectors of equal keys may be compared and kept."""

    @property
    def dimension(self) -> int:
        """Components of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of questions, shape (n, dimension), rows of norm 1."""

    def encode_code(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of pieces of code, shape (n, dimension), rows of norm 1."""

    def represented(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the share of each text's words that the vocabulary knows, 0 to 1."""


def load_encoder(name_or_folder: str = "default") -> Encoder:
    """Load a model by the name or path that a user gave.

    Args:
        name_or_folder: As for `diglot.models.resolve_model`.

    Raises:
        ModelError: There is no such model, or one of its files is missing, damaged or of a kind
            that diglot does not read.
    """
    folder = resolve_model(name_or_folder)
    if folder.kind == "static":
        return StaticEncoder(folder)
    from diglot.inference.onnx import OnnxEncoder  # late: onnxruntime costs the fast path 30 ms

    return OnnxEncoder(folder)
