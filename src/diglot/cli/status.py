"""`diglot status`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from diglot.cli.options import cache_option, model_option, open_index
from diglot.cli.output import SCHEMA, write_json


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@model_option
@cache_option
def status(path: Path, as_json: bool, model: str, cache_dir: Path | None) -> int:
    """Tell what the index of PATH holds, and what was left out and why."""
    index = open_index(path, cache_dir, model)
    state = index.state
    if as_json:
        record = asdict(state) | {"schema": SCHEMA, "root": str(index.root)}
        record["folder"] = str(state.folder)
        record["skipped"] = [{"path": name, "reason": reason} for name, reason in state.skipped]
        write_json(record)
        return 0
    languages = sorted(state.languages.items(), key=lambda item: -item[1])
    freshness = "up to date" if state.fresh else f"{state.pending} files pending"
    click.echo(f"root      {index.root}")
    click.echo(f"index     {state.folder}  ({state.size_bytes / 1e6:.1f} MB)")
    click.echo(f"state     {freshness}; last change {state.built_at}")
    click.echo(f"model     {state.model}")
    click.echo(f"files     {state.files}  " + ", ".join(f"{name} {n}" for name, n in languages))
    click.echo(f"units     {state.units}")
    click.echo(f"skipped   {len(state.skipped)}")
    for name, reason in state.skipped:
        click.echo(f"  {name}: {reason}")
    return 0
