"""Asking for paths that users name, which may be no paths at all."""

from __future__ import annotations

from pathlib import Path


def is_folder(path: Path) -> bool:
    """Whether a folder is there; a name that none can have, too long or with a NUL, is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Whether a regular file is there; a name that none can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
