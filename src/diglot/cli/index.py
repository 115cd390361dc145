"""`diglot index`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from diglot.cli.options import cache_option, model_option, open_index
from diglot.cli.terminal import say


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@model_option
@cache_option
def index(path: Path, model: str, cache_dir: Path | None) -> int:
    """Build or refresh the index of PATH.

    Every search does so by itself; it is worth a call of its own for a large tree, or in a hook.
    It can be interrupted: the next call goes on where it stopped.

    \b
    diglot index
    diglot index src/
    """
    started = time.perf_counter()
    state = open_index(path, cache_dir, model).state
    seconds = time.perf_counter() - started
    skipped = f", {len(state.skipped)} skipped (see diglot status)" if state.skipped else ""
    say(f"{state.files} files, {state.units} units, {seconds:.1f} s{skipped}", err=True)
    return 0
