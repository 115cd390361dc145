"""How hits are written: for people, for grep-like tools, for programs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from diglot.index import Index
    from diglot.types import Hit

SCHEMA = 1
"""Version of every JSON document; it grows when a key changes its meaning or goes."""

_SNIPPET_LINES_TERMINAL = 8
_SNIPPET_LINES_PIPE = 1
_DIGITS = 4
_SMALLEST_SHARE = 0.005
"""Features that add less to a score are not shown."""
_LEADING = ("#", "//", "/*", "*", "--", "{-", "@")
"""How lines of comments, attributes and decorators begin."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit as it is shown."""

    hit: Hit
    root: Path
    """What its path is relative to."""
    why: dict[str, float] | None = None
    """What each feature adds to its score, if that is to be shown."""

    @property
    def path(self) -> str:
        """The hit's path as people and editors can use it from the current folder."""
        return shown_path(self.root, self.hit.path)


def shown_path(root: Path, path: str) -> str:
    """A path relative to the current folder if it lies below that, else absolute, with `/`."""
    full = root / path
    here = Path.cwd()
    return (full.relative_to(here) if full.is_relative_to(here) else full).as_posix()


def hit_records(
    hits: Sequence[Shown], snippet_lines: int | None, *, one_root: bool
) -> list[dict[str, Any]]:
    """Hits as JSON has them.

    Args:
        hits: the hits.
        snippet_lines: lines of each snippet; None for all there are.
        one_root: whether one folder was searched. Then paths are relative to it, else as
            `shown_path` has them.
    """
    return [_hit_record(shown, snippet_lines, one_root) for shown in hits]


def _hit_record(shown: Shown, snippet_lines: int | None, one_root: bool) -> dict[str, Any]:
    record = asdict(shown.hit)
    if not one_root:
        record["path"] = shown.path
    for name in ("score", "probability"):
        if record[name] is not None:
            record[name] = round(record[name], _DIGITS)
    if snippet_lines is not None:
        record["snippet"] = "\n".join(shown.hit.snippet.split("\n")[:snippet_lines])
    if shown.why is not None:
        record["why"] = {name: round(value, _DIGITS) for name, value in _shares(shown.why)}
    return record


def index_record(indexes: Sequence[Index]) -> dict[str, Any]:
    """How fresh the indexes that were searched are, as JSON has it."""
    states = [index.state for index in indexes]
    return {
        "fresh": all(state.fresh for state in states),
        "pending": sum(state.pending for state in states),
        "model": states[0].model,
        "built_at": min(state.built_at for state in states),
    }


def write_json(document: dict[str, Any]) -> None:
    """Write one JSON document to standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def write_json_line(record: dict[str, Any]) -> None:
    """Write one JSON object on one line of standard output."""
    click.echo(json.dumps(record, ensure_ascii=False))


def write_hits(hits: Sequence[Shown], stream: IO[str], snippet_lines: int | None) -> None:
    """Write hits as headings with snippets on a terminal, as `path:line:text` elsewhere.

    Args:
        hits: the hits, best first.
        stream: standard output or standard error.
        snippet_lines: lines of code of each hit; None for 8 on a terminal, 1 elsewhere.
    """
    if stream.isatty():
        lines = _SNIPPET_LINES_TERMINAL if snippet_lines is None else snippet_lines
        for shown in hits:
            _write_for_people(shown, stream, lines)
    else:
        lines = _SNIPPET_LINES_PIPE if snippet_lines is None else snippet_lines
        for number, shown in enumerate(hits):
            if number and lines > 1:
                _write("--", stream)  # as grep does between matches with context
            _write_for_tools(shown, stream, lines)


def _write_for_people(shown: Shown, stream: IO[str], lines: int) -> None:
    """Write a heading, numbered lines and an empty line."""
    hit = shown.hit
    place = _style(f"{shown.path}:{hit.start_line}-{hit.end_line}", fg="cyan", bold=True)
    name = f"{hit.kind} {hit.symbol}".strip()
    chance = "" if hit.probability is None else _style(f"  {hit.probability:.0%}", fg="green")
    _write(f"{place}  {_printable(name)}{chance}", stream)
    for number, line in _visible_lines(hit, lines):
        _write(_style(f"{number:6d}  ", dim=True) + _printable(line), stream)
    if shown.why is not None:
        _write(_explanation(hit, shown.why), stream)
    _write("", stream)


def _write_for_tools(shown: Shown, stream: IO[str], lines: int) -> None:
    """Write `path:line:text` lines."""
    hit = shown.hit
    if lines:
        for number, line in _visible_lines(hit, lines):
            _write(f"{shown.path}:{number}:{line}", stream)
    else:
        number = hit.start_line + _declaration(hit, hit.snippet.split("\n"))
        _write(f"{shown.path}:{number}:{hit.symbol}", stream)
    if shown.why is not None:
        _write(_explanation(hit, shown.why), stream)


def _visible_lines(hit: Hit, count: int) -> list[tuple[int, str]]:
    """Numbered lines of a hit: its first ones, or if these miss its declaration, from there on."""
    lines = hit.snippet.rstrip().split("\n")
    declaration = _declaration(hit, lines)
    first = 0 if declaration < count else declaration
    return [
        (number, line.rstrip("\r"))
        for number, line in enumerate(lines[first : first + count], hit.start_line + first)
    ]


def _declaration(hit: Hit, lines: Sequence[str]) -> int:
    """Position of the line that declares a hit's symbol: after comments, and it has the name."""
    code = [n for n, line in enumerate(lines) if line.strip() and not _is_leading(line)]
    name = re.compile(rf"(?<!\w){re.escape(hit.symbol.rpartition('.')[2])}(?!\w)")
    named = (n for n in code if hit.symbol and name.search(lines[n]))
    return next(named, code[0] if code else 0)


def _is_leading(line: str) -> bool:
    return line.lstrip().startswith(_LEADING)


def _explanation(hit: Hit, why: dict[str, float]) -> str:
    text = "  ".join(f"{name} {value:+.2f}" for name, value in _shares(why))
    return f"        {hit.score:+.2f} = {text}"


def _shares(why: dict[str, float]) -> list[tuple[str, float]]:
    """Features that matter to a score, the weightiest first."""
    shares = [item for item in why.items() if abs(item[1]) >= _SMALLEST_SHARE]
    return sorted(shares, key=lambda item: -abs(item[1]))


def _style(text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False) -> str:
    """Style text for a terminal, unless `NO_COLOR` is set."""
    text = _printable(text)
    if os.environ.get("NO_COLOR"):
        return text
    return click.style(text, fg=fg, bold=bold or None, dim=dim or None)


def _printable(text: str) -> str:
    """Keep a source file from steering the terminal."""
    return _CONTROLS.sub("\ufffd", text)


def _write(text: str, stream: IO[str]) -> None:
    click.echo(text, file=stream, color=True)  # what has colour was decided above
