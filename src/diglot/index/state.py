"""What can be told of an index."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class State:
    """What `diglot status` tells of an index."""

    fresh: bool
    """Whether every file is indexed as it was at the last refresh."""
    pending: int
    """Changed files not indexed yet."""
    model: str
    """Name of the static model."""
    built_at: str
    """Time of the last commit, ISO 8601, UTC."""
    files: int
    units: int
    languages: dict[str, int]
    """Files by language."""
    skipped: list[tuple[str, str]]
    """Paths left out, with the reason."""
    folder: Path
    """Where the index lies."""
    size_bytes: int


def size_bytes(folder: Path) -> int:
    """Bytes of all files; another process may be replacing some."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total
