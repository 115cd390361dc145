"""Removing an index, while others may be reading or writing it."""

from __future__ import annotations

import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from diglot.errors import StoreError
from diglot.index.location import lock_of
from diglot.private import private_folder

_WAIT_SECONDS = 60.0


def remove_index(folder: Path) -> bool:
    """Remove the folder of an index, once nobody writes it.

    The lock lies outside the folder and stays. Whoever is searching keeps what is open.

    Returns:
        Whether there was such a folder.

    Raises:
        StoreError: the folder cannot be removed, or is being written for longer than a minute.
    """
    if not folder.is_dir():
        return False
    lock = lock_of(folder)
    try:
        private_folder(lock.parent.parent, lock.parent.name)
        with FileLock(lock, timeout=_WAIT_SECONDS, mode=0o600):
            shutil.rmtree(folder)
    except FileNotFoundError:
        return False  # another process was quicker
    except Timeout as error:
        raise StoreError(f"index folder {folder} is being written by another process") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"index folder {folder} cannot be removed: {reason}") from error
    return True


def remove_vectors(cache_folder: Path) -> bool:
    """Remove the encoder vectors that all indexes of a cache folder share.

    Returns:
        Whether there were any.

    Raises:
        StoreError: they cannot be removed.
    """
    folder = cache_folder / "vectors"
    if not folder.is_dir():
        return False
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass  # a writer renamed or another process removed a file at this moment
    except OSError as error:
        raise StoreError(f"folder {folder} cannot be removed: {error.strerror or error}") from error
    return True
