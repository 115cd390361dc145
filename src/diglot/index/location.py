"""Where indexes lie: in the user's cache folder, never in the source tree."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from pathlib import Path

from diglot.errors import InputError, StoreError

_NAME_CHARACTERS = 48
"""Characters kept of a folder's name: at 4 bytes each they leave room for the hash in the 255
bytes a name may have."""


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return `path` with `~` replaced by the home folder.

    Raises:
        InputError: there is no home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InputError(f"path {path}: no home folder for `~`") from error


def default_cache_folder() -> Path:
    """Return the folder that holds all indexes: `$DIGLOT_CACHE_DIR`, else the user's cache.

    Raises:
        StoreError: neither is set and the user has no home folder.
    """
    try:
        chosen = os.environ.get("DIGLOT_CACHE_DIR")
        return Path(chosen).expanduser() if chosen else _user_cache_folder()
    except RuntimeError as error:
        raise StoreError("no home folder to keep indexes in; set DIGLOT_CACHE_DIR") from error


def _user_cache_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "diglot"
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "diglot" / "cache"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "diglot"


def index_folder(root: Path, cache_folder: Path) -> Path:
    """Return the folder of the index of `root`: its name and a hash of its full path."""
    digest = blake2b(os.fsencode(root), digest_size=8).hexdigest()
    name = root.name[:_NAME_CHARACTERS].encode("utf-8", "replace").decode()
    return cache_folder / "indexes" / f"{name or 'root'}-{digest}"


def lock_of(folder: Path) -> Path:
    """Return the file that whoever writes the index in `folder` locks; it is never removed."""
    return folder.parent.parent / "locks" / f"{folder.name}.lock"
