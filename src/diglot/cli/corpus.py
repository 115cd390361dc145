"""`diglot corpus`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diglot.cli.choices import OneOf, complete_corpora, complete_languages
from diglot.cli.group import Group
from diglot.cli.options import ProgressBar, cache_option, json_option
from diglot.cli.output import SCHEMA, write_json
from diglot.cli.terminal import say, write_text
from diglot.errors import MissingExtraError

if TYPE_CHECKING:
    from diglot.corpus.engines.base import Engine
    from diglot.corpus.sample import Sampled
    from diglot.corpus.schema import Split


@click.group(cls=Group, no_args_is_help=False)
def corpus() -> None:
    """Build a training corpus from repositories and packages, or show one.

    \b
    diglot corpus build ~/src/app git:../lib@v2 pypi:attrs==24.2.0 -o corpora/mine
    diglot corpus build --recipe public -o corpora/public
    diglot corpus show corpora/mine
    """


@corpus.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the corpus.",
)
@click.option(
    "--recipe",
    metavar="NAME|FILE",
    shell_complete=complete_corpora,
    help="A recipe by name, or a .toml file.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes at once  [default: one a core]",
)
@click.option(
    "--engine",
    type=OneOf(["local", "ray"]),
    default="local",
    show_default=True,
    help="What runs the stages: this machine, or a Ray cluster.",
)
@click.option(
    "-t",
    "--lang",
    "languages",
    metavar="LANG",
    multiple=True,
    shell_complete=complete_languages,
    help="Keep only these.",
)
@click.option(
    "--licences",
    metavar="any|permissive|SPDX,...",
    help="Which licences are allowed  [default: any for SOURCEs, the recipe's for a recipe]",
)
@click.option("--without", metavar="FILTER", multiple=True, help="Switch a filter off.")
@click.option(
    "--split",
    type=OneOf(["train", "validation", "test"]),
    help="Where all SOURCEs go  [default: each by the name of its repository]",
)
@click.option("--seed", type=int, help="Of the split by repository.")
@click.option(
    "--evaluation",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An evaluation set that the corpus must not contain.",
)
@cache_option
def build(
    sources: tuple[str, ...],
    output: Path,
    recipe: str | None,
    workers: int | None,
    engine: str,
    languages: tuple[str, ...],
    licences: str | None,
    without: tuple[str, ...],
    split: Split | None,
    seed: int | None,
    evaluation: tuple[Path, ...],
    cache_dir: Path | None,
) -> int:
    """Build a corpus from SOURCEs, or from a recipe.

    A SOURCE is a folder, git:URL@REVISION, pypi:NAME==VERSION, npm:NAME@VERSION, deb:NAME, a
    Debian source package, codesearchnet:PATH, codexglue:PATH, or parquet:CORPUS. Nothing from a
    package is executed. A build that was stopped goes on where it was when it is called again.

    \b
    diglot corpus build src/ -o corpora/mine
    diglot corpus build pypi:attrs==24.2.0 npm:lodash@4.17.21 deb:jq -o corpora/three
    diglot corpus build --recipe public -o corpora/public --workers 8
    """
    from dataclasses import replace

    _need_extra()
    from diglot.corpus.build import build_corpus
    from diglot.corpus.recipe import CorpusRecipe, SourceEntry, load_recipe
    from diglot.index.location import cache_folder_of, own_cache
    from diglot.telemetry import keep_fonts_in

    if recipe is not None:
        chosen = load_recipe(recipe)
    else:
        chosen = CorpusRecipe(name=output.absolute().name, licences="any")
    entries = tuple(SourceEntry(spec=spec, split=split) for spec in sources)
    changes: dict[str, Any] = {"sources": (*chosen.sources, *entries)}
    if languages:
        changes["languages"] = languages
    if licences is not None:
        whole = licences in ("any", "permissive")
        changes["licences"] = licences if whole else tuple(licences.split(","))
    if without:
        changes["without"] = (*chosen.without, *without)
    if seed is not None:
        changes["seed"] = seed
    if evaluation:
        changes["evaluation"] = (*chosen.evaluation, *(str(path.absolute()) for path in evaluation))
    keep_fonts_in(cache_folder_of(cache_dir) / "matplotlib")
    with _Stages() as stages:
        built = build_corpus(
            replace(chosen, **changes),
            output,
            cache=own_cache(cache_dir, "sources"),
            engine=_engine(engine, workers),
            progress=stages.update,
            warn=lambda line: say(f"diglot: {line}", err=True),
        )
    say(_headline(built.datasheet), err=True)
    return 0


@corpus.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--table",
    type=OneOf(["files", "functions", "prose", "pairs"]),
    default="pairs",
    show_default=True,
    help="Where the rows are from; pairs are functions with a summary.",
)
@click.option(
    "-n",
    "--rows",
    metavar="N",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How many rows.",
)
@click.option(
    "-t",
    "--lang",
    "language",
    metavar="LANG",
    shell_complete=complete_languages,
    help="Rows of this language only.",
)
@click.option(
    "--split",
    type=OneOf(["train", "validation", "test"]),
    help="Rows of this split only.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sample.")
@json_option
def show(
    folder: Path,
    table: Sampled,
    rows: int,
    language: str | None,
    split: Split | None,
    seed: int,
    as_json: bool,
) -> int:
    """Show the datasheet of the corpus in FOLDER, and rows chosen by chance.

    \b
    diglot corpus show corpora/mine
    diglot corpus show corpora/mine --table files -n 1 -t go
    diglot corpus show corpora/mine --json
    """
    _need_extra()
    from diglot.corpus.datasheet import markdown
    from diglot.corpus.reader import open_corpus
    from diglot.corpus.sample import sample
    from diglot.languages import language_named

    if language is not None:
        language = language_named(language).name
    opened = open_corpus(folder)
    found = sample(opened, table, rows, language=language, split=split, seed=seed)
    if as_json:
        write_json({"schema": SCHEMA, "datasheet": opened.datasheet, table: found})
        return 0
    write_text(markdown(opened.datasheet))
    for row in found:
        say("---")
        say(f"{row['repository']} {row['revision']} {row['path']}")
        if table in ("pairs", "functions"):
            say(f"{row['qualified_name']} ({row['language']}, {row['split']})")
            say(f"summary: {row['summary']}")
            say()
            write_text(row["code"])
        else:
            write_text(row["text"])
    return 0


class _Stages:
    """A progress bar for each stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: ProgressBar | None = None

    def __enter__(self) -> _Stages:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.__exit__()

    def update(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is."""
        if stage != self._stage:
            if self._bar is not None:
                self._bar.__exit__()
            self._bar, self._stage = ProgressBar(stage, "steps", at_least=1), stage
        assert self._bar is not None
        self._bar.update(done, total)


def _engine(name: str, workers: int | None) -> Engine:
    if name == "ray":
        from diglot.corpus.engines.ray import RayEngine

        return RayEngine(workers)
    from diglot.corpus.engines.local import LocalEngine

    return LocalEngine(workers or os.cpu_count() or 1)


def _need_extra() -> None:
    try:
        import pyarrow  # noqa: F401
        import rensa  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"diglot corpus needs {error.name}; install it with pip install 'diglot[corpus]'"
        ) from error


def _headline(sheet: dict[str, Any]) -> str:
    rows = sheet["rows"]
    pairs = sum(sum(entry["pairs"].values()) for entry in sheet["languages"].values())
    counts = {table: sum(by_split.values()) for table, by_split in rows.items()}
    return (
        f"{counts.get('files', 0):,} files, {counts.get('functions', 0):,} functions, "
        f"{pairs:,} pairs, {counts.get('prose', 0):,} paragraphs (see datasheet.md)"
    )
