"""`diglot related`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from diglot.cli.options import (
    cache_option,
    json_option,
    model_option,
    open_index,
    snippet_option,
    top_k_option,
)
from diglot.cli.output import (
    SCHEMA,
    Shown,
    hit_records,
    index_record,
    write_hits,
    write_json,
)
from diglot.cli.terminal import say
from diglot.errors import InputError
from diglot.paths import is_file

_PLACE = re.compile(r"(.+?):(\d+)(?:[-:].*)?", re.DOTALL)
"""`FILE:LINE`, also as hits are written: `FILE:LINE-LINE`, `FILE:LINE:text`."""
_DIGITS = 18


@click.command()
@click.argument("place", metavar="FILE:LINE")
@top_k_option
@click.option(
    "--root",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Folder to search  [default: the current one if FILE is in it, else FILE's]",
)
@snippet_option
@json_option
@model_option
@cache_option
def related(
    place: str,
    top_k: int,
    root: Path | None,
    snippet_lines: int | None,
    as_json: bool,
    model: str,
    cache_dir: Path | None,
) -> int:
    """Find code like the function or type at FILE:LINE.

    Exits with 0 if something was found, 1 if nothing was, 2 on an error.

    \b
    diglot related src/cache.py:120
    diglot related src/cache.py:120 --root src/ -k 3
    """
    typed, line = _parse_place(place)
    file, folder = typed.resolve(), _folder_of(typed, root)
    index = open_index(folder, cache_dir, model)
    hits = [
        Shown(hit, index.root, typed=(folder / hit.path).as_posix())
        for hit in index.related(file.relative_to(index.root).as_posix(), line, top_k)
    ]
    if as_json:
        document = {"schema": SCHEMA, "place": place, "index": index_record([index])}
        write_json(document | {"hits": hit_records(hits, snippet_lines, one_root=True)})
    elif hits:
        write_hits(hits, sys.stdout, snippet_lines)
    else:
        say("diglot: no related code", err=True)
    return 0 if hits else 1


def _parse_place(place: str) -> tuple[Path, int]:
    match = _PLACE.fullmatch(place)
    if not match:
        raise InputError(f"{place!r}: accepted is FILE:LINE, such as src/cache.py:120")
    if len(match[2]) > _DIGITS:
        raise InputError(
            f"{place!r}: accepted is FILE:LINE with a line of {_DIGITS} digits or less"
        )
    file = Path(match[1]).expanduser()
    if not is_file(file):
        raise InputError(f"{match[1]}: no such file")
    return file, int(match[2])


def _folder_of(file: Path, root: Path | None) -> Path:
    """The folder to search, as the user would type it."""
    full, here = file.resolve(), Path.cwd()
    if root is None:
        if full.is_relative_to(here):
            return here if file.is_absolute() else Path()
        return file.parent if file.parent.resolve() == full.parent else full.parent
    folder = root.expanduser()
    if not full.is_relative_to(folder.resolve()):
        raise InputError(f"--root {root}: {full} is not in this folder")
    return folder
