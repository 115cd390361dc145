"""Where indexes lie: in the user's cache folder, never in the source tree."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from pathlib import Path

from diglot.errors import InputError, StoreError
from diglot.private import private_folder

_NAME_CHARACTERS = 48
"""Characters kept of a folder's name: at 4 bytes each they leave room for the hash in the 255
bytes a name may have."""


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return `path` with `~` replaced by the home folder.

    Raises:
        InputError: there is no home folder.
    """
    if "\0" in os.fspath(path):
        raise InputError(f"path {os.fspath(path)!r}: accepted is text without NUL characters")
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


def cache_folder_of(chosen: Path | None) -> Path:
    """Return the folder that a user chose for caches, or the default one.

    Raises:
        InputError: there is no home folder for the `~` in it.
        StoreError: as `default_cache_folder`.
    """
    return expanded(chosen) if chosen else default_cache_folder()


def own_cache(chosen: Path | None, name: str) -> Path:
    """Return diglot's own folder `name` for caches, made if need be and closed to others.

    Args:
        chosen: the folder that a user chose for caches; None for the default one.
        name: what is kept there.

    Raises:
        StoreError: it cannot be made.
    """
    cache = cache_folder_of(chosen)
    try:
        return private_folder(cache, name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"cache folder {cache / name} cannot be made: {reason}") from error


def _user_cache_folder() -> Path:
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches" / "diglot"
    if sys.platform == "win32":
        base = _absolute("LOCALAPPDATA") or _home() / "AppData" / "Local"
        return base / "diglot" / "cache"
    return (_absolute("XDG_CACHE_HOME") or _home() / ".cache") / "diglot"


def _absolute(variable: str) -> Path | None:
    """Return the folder that a variable names.

    A relative one is to be ignored (XDG Base Directory specification): else caches would come to
    lie in source trees.
    """
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else None


def _home() -> Path:
    home = Path.home()
    if not home.is_absolute():
        raise RuntimeError(f"HOME is {str(home)!r}")
    return home


def index_folder(root: Path, cache_folder: Path) -> Path:
    """Return the folder of the index of `root`: its name and a hash of its full path."""
    digest = blake2b(os.fsencode(root), digest_size=8).hexdigest()
    name = root.name[:_NAME_CHARACTERS].encode("utf-8", "replace").decode()
    return cache_folder / "indexes" / f"{name or 'root'}-{digest}"


def lock_of(folder: Path) -> Path:
    """Return the file that whoever writes the index in `folder` locks; it is never removed."""
    return folder.parent.parent / "locks" / f"{folder.name}.lock"
