"""The one place from which commands write.

What a file, a name or an argument holds can neither steer the terminal nor forge a line: it passes
through `printable` here. The only escape sequences that come out are those of `_STYLES`.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import IO, Any

import click

from diglot.printable import printable, printable_json

Span = tuple[str, str]
"""A text, and the name of its style, one of `_STYLES`."""

_STYLES: dict[str, dict[str, Any]] = {
    "": {},
    "place": {"fg": "cyan", "bold": True},
    "chance": {"fg": "green"},
    "faint": {"dim": True},
    "match": {"fg": "red", "bold": True},
}
_COLUMNS = 80


def say(text: str = "", *, err: bool = False) -> None:
    """Write one line to standard output or standard error, whatever the text holds."""
    write_spans([(text, "")], sys.stderr if err else sys.stdout)


def write_text(text: str, *, err: bool = False) -> None:
    """Write a text of several lines, such as code, to standard output or standard error."""
    for line in text.split("\n"):
        say(line.removesuffix("\r"), err=err)


def write_exact(document: str) -> None:
    """Write JSON to standard output: exact data, in which escapes stand for what would steer."""
    click.echo(printable_json(document))


def write_traceback(error: BaseException) -> None:
    """Write the traceback of a defect to standard error; a message is one line."""
    for part in traceback.format_exception(error):
        if part.startswith("  "):
            write_text(part.removesuffix("\n"), err=True)
        else:
            say(part.strip("\n"), err=True)


def write_spans(spans: Iterable[Span], stream: IO[str]) -> None:
    """Write a line of spans, with colour if it goes to a terminal and `NO_COLOR` is not set."""
    colour = stream.isatty() and not os.environ.get("NO_COLOR")
    texts = ((printable(text), style if colour else "") for text, style in spans)
    line = "".join(click.style(text, **_STYLES[style]) if style else text for text, style in texts)
    click.echo(line, file=stream, color=True)  # what has colour was decided above


def columns(stream: IO[str]) -> int:
    """How wide a terminal is, in cells: `COLUMNS` if that is set, else as the terminal says."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except (OSError, ValueError):
        return _COLUMNS


def cells(text: str) -> int:
    """How many cells of a terminal a text takes; Chinese characters take two each."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # late: most code is ASCII

    return cell_len(text)


def wrapped(spans: Sequence[Span], width: int, most: int) -> list[list[Span]]:
    """Break spans into rows.

    Args:
        spans: a line.
        width: cells of a row.
        most: how many rows; what is longer ends in an ellipsis.
    """
    if sum(cells(text) for text, _ in spans) <= width:
        return [list(spans)]
    rows: list[list[Span]] = [[]]
    left = width
    for text, style in spans:
        begin = 0
        for position, character in enumerate(text):
            size = cells(character)
            if size > left:
                rows[-1].append((text[begin:position], style))
                if len(rows) == most:
                    rows[-1] = _shortened(rows[-1])
                    return rows
                rows.append([])
                begin, left = position, width
            left -= size
        rows[-1].append((text[begin:], style))
    return rows


def _shortened(row: list[Span]) -> list[Span]:
    """Put an ellipsis in the place of a row's last character."""
    text, style = next(span for span in reversed(row) if span[0])
    return [*row[: row.index((text, style))], (text[:-1], style), ("\u2026", "faint")]
