"""`diglot index`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from diglot.cli.options import cache_option, model_option, open_index


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@model_option
@cache_option
def index(path: Path, model: str, cache_dir: Path | None) -> int:
    """Build or refresh the index of PATH, which every search does by itself.

    Worth a call of its own for a large tree, or in a hook. It can be interrupted: the next call
    goes on where it stopped.
    """
    started = time.perf_counter()
    state = open_index(path, cache_dir, model).state
    seconds = time.perf_counter() - started
    skipped = f", {len(state.skipped)} skipped" if state.skipped else ""
    click.echo(f"{state.files} files, {state.units} units{skipped}, {seconds:.1f} s", err=True)
    return 0
