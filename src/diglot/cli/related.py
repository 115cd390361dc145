"""`diglot related`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from diglot.cli.options import cache_option, model_option, open_index
from diglot.cli.output import SCHEMA, hit_record, write_hits, write_json
from diglot.errors import InputError


@click.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("-k", "--top-k", default=10, show_default=True, help="How many hits at most.")
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Folder to search  [default: the current folder, else the file's]",
)
@click.option("--snippet-lines", type=int, help="Lines of code shown of each hit.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
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
    """Find code like the code at FILE:LINE.

    \b
    diglot related src/cache.py:120
    """
    name, _, number = place.rpartition(":")
    if not name or not number.isdigit():
        raise InputError(f"{place!r}: accepted is FILE:LINE, such as src/cache.py:120")
    file = Path(name).expanduser().resolve()
    if not file.is_file():
        raise InputError(f"{name}: no such file")
    folder = (root or Path()).resolve()
    if not file.is_relative_to(folder):
        folder = file.parent
    index = open_index(folder, cache_dir, model)
    hits = index.related(file.relative_to(index.root).as_posix(), int(number), top_k)
    if as_json:
        write_json({"schema": SCHEMA, "place": place, "hits": [hit_record(hit) for hit in hits]})
    else:
        write_hits([(index.root, hit, None) for hit in hits], sys.stdout, snippet_lines)
    return 0 if hits else 1
