"""How hits are written: for people, for grep-like tools, for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import click

from diglot.types import Hit

SCHEMA = 1
_SNIPPET_LINES_TERMINAL = 8
_SNIPPET_LINES_PIPE = 1


def wants_color(stream: IO[str]) -> bool:
    """Colour goes to terminals only, and never under `NO_COLOR`."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def hit_record(hit: Hit, why: dict[str, float] | None = None) -> dict[str, Any]:
    """A hit as JSON has it."""
    record = asdict(hit)
    if why is not None:
        record["why"] = {name: round(value, 4) for name, value in why.items() if value}
    return record


def cut_snippet(hit: Hit, lines: int) -> str:
    """The first `lines` lines of a hit's snippet."""
    return "\n".join(hit.snippet.splitlines()[:lines])


def write_json(document: dict[str, Any]) -> None:
    """Write one JSON document to standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def shown_path(root: Path, path: str) -> str:
    """A hit's path relative to the current folder if it lies below it, else absolute."""
    full = root / path
    try:
        return str(full.relative_to(Path.cwd()))
    except ValueError:
        return str(full)


def write_hits(
    hits: Sequence[tuple[Path, Hit, dict[str, float] | None]],
    stream: IO[str],
    snippet_lines: int | None,
) -> None:
    """Write hits as headings with snippets on a terminal, as `path:line:text` elsewhere.

    Args:
        hits: root of the index, hit, and its weighted features if they are to be shown.
        stream: standard output or standard error.
        snippet_lines: lines of code a hit; None for the default of the stream.
    """
    terminal = stream.isatty()
    if snippet_lines is None:
        snippet_lines = _SNIPPET_LINES_TERMINAL if terminal else _SNIPPET_LINES_PIPE
    color = wants_color(stream)
    for root, hit, why in hits:
        path = shown_path(root, hit.path)
        code = cut_snippet(hit, snippet_lines).splitlines()
        if terminal:
            _write_heading(path, hit, stream, color)
            for number, line in enumerate(code, hit.start_line):
                gutter = click.style(f"{number:6d}  ", dim=True)
                click.echo(gutter + line, file=stream, color=color)
        else:
            for number, line in enumerate(code, hit.start_line):
                click.echo(f"{path}:{number}:{line}", file=stream)
            if not code:
                click.echo(f"{path}:{hit.start_line}:{hit.symbol}", file=stream)
        if why is not None:
            parts = sorted(why.items(), key=lambda item: -abs(item[1]))
            text = "  ".join(f"{name} {value:+.2f}" for name, value in parts if abs(value) >= 0.005)
            click.echo(f"        {hit.score:+.2f} = {text}", file=stream, color=color)
        if terminal:
            click.echo(file=stream)


def _write_heading(path: str, hit: Hit, stream: IO[str], color: bool) -> None:
    place = click.style(f"{path}:{hit.start_line}-{hit.end_line}", fg="cyan", bold=True)
    name = f"  {hit.kind} {hit.symbol}" if hit.symbol else f"  {hit.kind}"
    chance = "" if hit.probability is None else f"  {hit.probability:.0%}"
    click.echo(place + name + click.style(chance, fg="green"), file=stream, color=color)
