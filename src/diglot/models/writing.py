"""Writing a model folder so that it is there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diglot.errors import InputError


@contextmanager
def replacing_folder(folder: Path | str) -> Iterator[Path]:
    """Give an empty folder to write to, which takes the place of `folder` at the end.

    If the body raises, `folder` stays as it was.

    Raises:
        InputError: `folder` exists and is no model folder, so it is not ours to replace.
    """
    folder = Path(folder)
    if folder.exists() and not (folder / "config.json").is_file() and _is_used(folder):
        raise InputError(f"{folder}: exists and is no model folder; name another")
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)  # left by a process of this number that was killed
    new.mkdir()
    try:
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _is_used(folder: Path) -> bool:
    return not folder.is_dir() or any(folder.iterdir())
