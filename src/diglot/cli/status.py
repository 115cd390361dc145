"""`diglot status`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from diglot.cli.options import cache_option, json_option, model_option, open_index
from diglot.cli.output import SCHEMA, write_json
from diglot.cli.terminal import say


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@json_option
@model_option
@cache_option
def status(path: Path, as_json: bool, model: str, cache_dir: Path | None) -> int:
    """Tell what the index of PATH holds and leaves out.

    Of what is left out, that which the ignore files name and what is not source code is not
    listed.

    \b
    diglot status
    diglot status src/ --json
    """
    index = open_index(path, cache_dir, model)
    state = index.state
    if as_json:
        record = asdict(state) | {"folder": str(state.folder)}
        record["skipped"] = [{"path": name, "reason": reason} for name, reason in state.skipped]
        write_json({"schema": SCHEMA, "root": str(index.root)} | record)
        return 0
    languages = sorted(state.languages.items(), key=lambda item: (-item[1], item[0]))
    counts = ", ".join(f"{name} {count}" for name, count in languages)
    freshness = "up to date" if state.fresh else "another process is indexing"
    say(f"root      {index.root}")
    say(f"index     {state.folder} ({state.size_bytes / 1e6:.1f} MB)")
    say(f"state     {freshness}, last change {state.built_at}")
    say(f"model     {state.model}")
    say(f"files     {state.files}" + (f" ({counts})" if counts else ""))
    say(f"units     {state.units}")
    say(f"skipped   {len(state.skipped)}")
    for name, reason in state.skipped:
        say(f"  {name}: {reason}")
    return 0
