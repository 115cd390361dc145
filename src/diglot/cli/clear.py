"""`diglot clear`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from diglot.cli.options import cache_option


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="All indexes and kept vectors.")
@cache_option
def clear(path: Path, everything: bool, cache_dir: Path | None) -> int:
    """Remove the index of PATH. The source tree is not touched."""
    from diglot.index.location import default_cache_folder, index_folder

    cache = cache_dir or default_cache_folder()
    doomed = [cache / "indexes", cache / "vectors"]
    if not everything:
        doomed = [index_folder(path.expanduser().resolve(), cache)]
    removed = [folder for folder in doomed if folder.is_dir()]
    for folder in removed:
        shutil.rmtree(folder)
        click.echo(f"removed {folder}", err=True)
    if not removed:
        click.echo("nothing to remove", err=True)
    return 0
