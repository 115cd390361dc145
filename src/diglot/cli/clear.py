"""`diglot clear`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from diglot.cli.options import cache_option
from diglot.cli.terminal import say
from diglot.errors import StoreError


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
    from diglot.index.location import default_cache_folder, index_folder

    cache = cache_dir.expanduser() if cache_dir else default_cache_folder()
    doomed = [index_folder(path.expanduser().resolve(), cache)]
    if everything:
        doomed = [*(cache / "indexes").glob("*-*"), cache / "vectors"]
    removed = [folder for folder in doomed if folder.is_dir()]
    for folder in removed:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(f"index folder {folder} cannot be removed: {reason}") from error
        say(f"removed {folder}", err=True)
    if not removed:
        say("nothing to remove", err=True)
    return 0
