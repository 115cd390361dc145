"""`diglot clear`."""

from __future__ import annotations

from pathlib import Path

import click

from diglot.cli.options import cache_option
from diglot.cli.terminal import say


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="All indexes, and all kept vectors.")
@cache_option
def clear(path: Path, everything: bool, cache_dir: Path | None) -> int:
    """Remove the index of PATH.

    Nothing else is touched, and the next search builds it again. PATH need not exist any more.

    \b
    diglot clear
    diglot clear --all
    """
    from diglot.index.location import cache_folder_of, index_folder
    from diglot.index.removal import remove_index, remove_vectors

    cache = cache_folder_of(cache_dir)
    folders = [index_folder(path.expanduser().resolve(), cache)]
    if everything:
        folders = [*(cache / "indexes").glob("*-*")]
    removed = [folder for folder in folders if remove_index(folder)]
    if everything and remove_vectors(cache):
        removed.append(cache / "vectors")
    for folder in removed:
        say(f"removed {folder}", err=True)
    if not removed:
        say("nothing to remove", err=True)
    return 0
