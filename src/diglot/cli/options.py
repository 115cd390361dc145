"""Options that several commands share, and the index they open."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diglot.cli.choices import complete_static_models

if TYPE_CHECKING:
    from diglot.index import Index

F = TypeVar("F", bound=Callable[..., Any])

_PROGRESS_FROM_FILES = 100


def cache_option(command: F) -> F:
    """Add `--cache-dir`."""
    return click.option(
        "--cache-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where indexes lie  [default: $DIGLOT_CACHE_DIR, else the user's cache folder]",
    )(command)


def model_option(command: F) -> F:
    """Add `--model`."""
    return click.option(
        "--model",
        default="static",
        show_default=True,
        shell_complete=complete_static_models,
        help="Static model of the index's vectors: a name or a folder.",
    )(command)


def top_k_option(command: F) -> F:
    """Add `--top-k`."""
    return click.option(
        "-k",
        "--top-k",
        metavar="N",
        type=click.IntRange(min=1),
        default=10,
        show_default=True,
        help="How many hits at most.",
    )(command)


def snippet_option(command: F) -> F:
    """Add `--snippet-lines`."""
    return click.option(
        "--snippet-lines",
        metavar="N",
        type=click.IntRange(min=0),
        help="Lines of code of each hit, 0 for none  [default: terminal 8, pipe 1, JSON all]",
    )(command)


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document.")(command)


def open_index(path: Path, cache_folder: Path | None, model: str) -> Index:
    """Open (build, refresh) an index with a progress bar, if standard error is a terminal."""
    from diglot.index import Index

    with ProgressBar() as bar:
        return Index.open(path, cache_folder=cache_folder, model=model, progress=bar.update)


class ProgressBar:
    """A bar on standard error, shown only on a terminal and only when there is enough to do."""

    def __init__(
        self, title: str = "indexing", unit: str = "files", at_least: int = _PROGRESS_FROM_FILES
    ) -> None:
        """Show nothing yet.

        Args:
            title: what is being done.
            unit: what is counted.
            at_least: how many there must be for a bar to be worth while.
        """
        self._title, self._unit, self._at_least = title, unit, at_least
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int) -> None:
        """Say how many of how many are done."""
        if total < self._at_least or not sys.stderr.isatty():
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            self._bar = Progress(
                self._title,
                BarColumn(),
                MofNCompleteColumn(),
                self._unit,
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=total)
        self._bar.update(self._task, completed=done)
