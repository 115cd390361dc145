"""`diglot status`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from diglot.cli.options import cache_option, json_option, model_option, open_index
from diglot.cli.output import SCHEMA, write_json
from diglot.cli.terminal import say

_SHOWN = 20
"""Most paths listed on a terminal, so that the rest stays in sight."""


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@json_option
@model_option
@cache_option
def status(path: Path, as_json: bool, model: str, cache_dir: Path | None) -> int:
    """Tell what the index of PATH holds and leaves out.

    What is left out is counted by reason; a folder that is not entered counts as one. Files that
    nobody would expect to be left out are listed by name, all of them with --json.

    \b
    diglot status
    diglot status src/ --json
    """
    index = open_index(path, cache_dir, model)
    from diglot.index.state import details_text  # late, as all of the index

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
    shown = state.skipped[:_SHOWN] if sys.stdout.isatty() else state.skipped
    for name, reason in shown:
        say(f"  {name}: {reason}")
    if len(shown) < len(state.skipped):
        say(f"  and {len(state.skipped) - len(shown)} more, which --json tells")
    total = sum(sum(details.values()) for details in state.left_out.values())
    say(f"left out  {total}")
    for reason, details in state.left_out.items():
        text = details_text(details)
        say(f"  {sum(details.values())} {reason}" + (f" ({text})" if text else ""))
    return 0
