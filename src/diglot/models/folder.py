"""What is known of a model folder: its kind, its size and a key of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from diglot.errors import ModelError

ModelKind = Literal["static", "onnx"]
"""Runtime of a model: a table of word pieces, or a transformer as an ONNX graph."""

Pooling = Literal["mean", "cls"]
"""How a transformer's token vectors become one: their mean, or the first of them."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that can be loaded: where it lies and what it is."""

    name: str
    """Name of a shipped model, or the path as the user gave it."""
    path: Path
    kind: ModelKind
    dimension: int
    """Components of its vectors."""
    key: str
    """Hash of its content, 16 hexadecimal digits: vectors of equal keys may be compared."""
    size_bytes: int
    """Size of the files it is loaded from."""
    weights: str
    """The file of weights, relative to `path`."""
    recorded: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by file, as recorded when the folder was built; empty for folders of others."""
    pooling: Pooling = "mean"
    """For `onnx` only, as are the three below."""
    max_tokens: int = 512
    """Longer texts are cut."""
    query_prefix: str = ""
    """Put before a question."""
    code_prefix: str = ""
    """Put before a piece of code."""

    @property
    def card(self) -> str:
        """What the folder says of itself: its `card.md`, else its `README.md`, else nothing."""
        for name in ("card.md", "README.md"):
            if (self.path / name).is_file():
                return (self.path / name).read_text("utf-8", errors="replace")
        return ""

    def verify(self) -> None:
        """Read every file and compare it with the hash recorded when the folder was built.

        Raises:
            ModelError: A file differs or cannot be read; the message names it.
        """
        for name, expected in self.recorded.items():
            if file_hash(self.path / name) != expected:
                raise ModelError(f"{self.path / name}: its content is not what config.json records")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal.

    Raises:
        ModelError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error})") from error


def content_key(path: Path, files: Iterable[str]) -> str:
    """Return the key of a folder without recorded hashes: every byte of `files` is read."""
    hashes = "".join(f"{name} {file_hash(path / name)}\n" for name in files)
    return hashlib.sha256(hashes.encode()).hexdigest()[:16]
