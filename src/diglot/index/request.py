"""What may be asked of an index; everything else is an error that says so."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from diglot.errors import InputError, did_you_mean
from diglot.index.catalogue import KINDS
from diglot.index.location import expanded
from diglot.languages.files import kinds_named
from diglot.types import Rank


def source_folder(path: str | os.PathLike[str]) -> Path:
    """Return the full path of a folder to index.

    Raises:
        InputError: it is no folder that can be read.
    """
    root = expanded(path)
    try:
        if not root.exists():
            raise InputError(f"path {path}: no such file or folder")
        if not root.is_dir():
            raise InputError(f"path {path}: not a folder")
        return root.resolve()
    except OSError as error:
        raise InputError(f"path {path}: {error.strerror or error}") from error


def check_top_k(top_k: int) -> None:
    """Check how many hits are asked for.

    Raises:
        InputError: fewer than one.
    """
    if top_k < 1:
        raise InputError(f"top_k {top_k}: accepted are whole numbers from 1")


def check_request(
    query: str,
    top_k: int,
    rank: str,
    languages: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
) -> None:
    """Check what can be checked of a search before there is an index.

    Raises:
        InputError: an argument is not acceptable.
    """
    if not query.strip():
        raise InputError("query: empty; ask in words, by symbol or with a line of code")
    check_top_k(top_k)
    if rank == "best":
        raise InputError("rank best: no reranker is installed; accepted are fast and balanced")
    if rank not in get_args(Rank):
        hint = did_you_mean(rank, ("fast", "balanced"))
        raise InputError(f"rank {rank!r}{hint}: accepted are fast and balanced")
    for name in languages or ():
        kinds_named(name)
    for kind in kinds or ():
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS)
            raise InputError(f"kind {kind!r}{hint}: accepted are {', '.join(KINDS)}")
