"""`diglot train`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from diglot.cli.choices import complete_recipes
from diglot.cli.options import cache_option
from diglot.cli.terminal import say
from diglot.errors import MissingExtraError

_INTERRUPTED = 130


@click.command()
@click.argument("recipe", shell_complete=complete_recipes)
@click.option(
    "--corpus",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="What to train on, as `diglot corpus build` makes it.",
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the run: model, checkpoints, metrics, report.",
)
@click.option(
    "--set", "changes", metavar="KEY=VALUE", multiple=True, help="Change a setting of the recipe."
)
@click.option("--resume", is_flag=True, help="Go on with the run in the output folder.")
@cache_option
def train(
    recipe: str,
    corpus: Path,
    output: Path,
    changes: tuple[str, ...],
    resume: bool,
    cache_dir: Path | None,
) -> int:
    """Train a model by a RECIPE, a name or a .toml file.

    A run that was stopped, by Ctrl-C, a signal or a crash, goes on with --resume as if it had not
    been. On several devices: accelerate launch -m diglot train ...

    \b
    diglot train roberta-tiny --corpus corpora/mine -o runs/first
    diglot train roberta-tiny --corpus corpora/mine -o runs/first --resume
    diglot train roberta-tiny --corpus corpora/mine -o runs/other --set optimizer.lr=1e-3
    """
    from diglot.training.memory import keep_memory

    keep_memory()
    try:
        from diglot.training.loop import InterruptedTraining
        from diglot.training.recipe import load_recipe
        from diglot.training.run import run_recipe
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"diglot train needs {error.name}; install it with pip install 'diglot[train]'"
        ) from error
    from diglot.index.location import cache_folder_of, own_cache
    from diglot.telemetry import keep_fonts_in

    keep_fonts_in(cache_folder_of(cache_dir) / "matplotlib")
    cache = own_cache(cache_dir, "tokens")
    try:
        model = run_recipe(load_recipe(recipe, changes), corpus, output, cache=cache, resume=resume)
    except InterruptedTraining as stopped:
        say(f"diglot: {stopped}", err=True)
        return _INTERRUPTED
    if os.environ.get("RANK", "0") == "0":  # one of the processes that a launcher started
        say(str(model))
    return 0
