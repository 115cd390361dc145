"""Folders of a cache that are there whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from diglot.errors import InputError
from diglot.private import private_files, private_folder


def cached_folder(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return a folder of the cache; fill it first if it is not there.

    It is filled under another name and renamed when complete, so a kill or a full disk leaves
    nothing that looks finished. One process fills at a time, the others wait and find it done.

    Args:
        folder: where the result lies.
        fill: writes the content into the empty folder that it is given.

    Raises:
        InputError: The cache cannot be written.
    """
    if folder.is_dir():
        return folder
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        private_folder(folder.parent)
        with private_files(), FileLock(folder.with_name(f"{folder.name}.lock")):
            if folder.is_dir():
                return folder
            shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
            partial.mkdir()
            try:
                fill(partial)
                partial.replace(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise InputError(f"cannot write to the cache {folder}: {error.strerror}") from error
    return folder


def file_digest(*paths: Path) -> str:
    """SHA-256 of the bytes of files, one after the other.

    Raises:
        InputError: A file cannot be read.
    """
    total = sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    total.update(chunk)
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error
    return f"sha256:{total.hexdigest()}"
