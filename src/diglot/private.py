"""Folders and files that only their owner can read, whatever the umask: they hold source text."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = 0o700
_OTHERS = 0o077
_PERMISSIONS = 0o777

_lock = threading.Lock()
_inside = 0
_umask = 0


def private_folder(base: Path, *names: str) -> Path:
    """Return the folder `names` below `base`, made if it is not there.

    What is made gets mode 0700, parents of `base` included. Folders below `base` that are there
    already, made by an older version perhaps, are closed to others as well. `base` itself, if it is
    there, stays as it is: it may be a folder of the user's with other things in it.

    Args:
        base: a folder for caches.
        names: folders of diglot's own in it, each in the one before.

    Raises:
        OSError: A folder cannot be made.
    """
    _make(base)
    folder = base
    for name in names:
        folder = folder / name
        if not _make(folder) and folder.stat().st_mode & _OTHERS:
            with suppress(PermissionError):  # another user's, or the disk is read-only
                folder.chmod(_FOLDER)
    return folder


def _make(folder: Path) -> bool:
    """Make a folder and those above it as far as they are missing; say whether it was missing."""
    if folder.is_dir():
        return False
    if folder.parent != folder:
        _make(folder.parent)
    try:
        folder.mkdir(_FOLDER)
    except FileExistsError:
        if not folder.is_dir():  # else another process was quicker
            raise
        return False
    if folder.stat().st_mode & _PERMISSIONS != _FOLDER:  # a umask that denies the owner
        folder.chmod(_FOLDER)
    return True


@contextmanager
def private_files() -> Iterator[None]:
    """Have files and folders that are made in the meantime belong to their owner alone.

    The umask does it, since libraries and programs make some of the files. It belongs to the whole
    process: files that other threads make in the meantime are private too.
    """
    global _inside, _umask
    with _lock:
        if not _inside:
            _umask = os.umask(_OTHERS)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                os.umask(_umask)
