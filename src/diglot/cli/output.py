"""How hits are written: for people, for grep-like tools, for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from diglot.cli.snippets import declaration_line, visible_lines
from diglot.cli.terminal import Span, cells, columns, wrapped, write_exact, write_spans
from diglot.printable import printable

if TYPE_CHECKING:
    from diglot.cli.matches import Matches
    from diglot.index import Index
    from diglot.types import Hit

SCHEMA = 1
"""Version of every JSON document; it grows when a key changes its meaning or goes."""

_SNIPPET_LINES_TERMINAL = 8
_SNIPPET_LINES_PIPE = 1
_DIGITS = 4
_SMALLEST_SHARE = 0.005
"""Features that add less to a score are not shown."""
_GUTTER = 8
"""Cells before a line of code on a terminal."""
_NARROWEST = 16
"""Cells for code on a terminal, however narrow it is."""
_MOST_ROWS = 4
"""Rows of a terminal for one line of code."""
_TAB = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit as it is shown."""

    hit: Hit
    root: Path
    """What its path is relative to."""
    why: dict[str, float] | None = None
    """What each feature adds to its score, if that is to be shown."""
    typed: str | None = None
    """Its path in the words of the user, who named a folder or file."""

    @property
    def path(self) -> str:
        """The hit's path as people and editors can use it from the current folder."""
        return self.typed or shown_path(self.root, self.hit.path)


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
    write_exact(json.dumps(document, ensure_ascii=False, indent=2))


def write_json_line(record: dict[str, Any]) -> None:
    """Write one JSON object on one line of standard output."""
    write_exact(json.dumps(record, ensure_ascii=False))


def write_hits(
    hits: Sequence[Shown], stream: IO[str], snippet_lines: int | None, query: str = ""
) -> None:
    """Write hits as headings with snippets on a terminal, as `path:line:text` elsewhere.

    Args:
        hits: the hits, best first.
        stream: standard output or standard error.
        snippet_lines: lines of code of each hit; None for 8 on a terminal, 1 elsewhere.
        query: what was asked; lines that say it are preferred, and on a terminal it is marked.
    """
    from diglot.cli.matches import Matches  # late: it loads the index's libraries

    matches = Matches(query)
    if stream.isatty():
        lines = _SNIPPET_LINES_TERMINAL if snippet_lines is None else snippet_lines
        for shown in hits:
            _write_for_people(shown, stream, lines, matches)
    else:
        lines = _SNIPPET_LINES_PIPE if snippet_lines is None else snippet_lines
        for number, shown in enumerate(hits):
            if number and lines > 1:
                write_spans([("--", "")], stream)  # as grep does between matches with context
            _write_for_tools(shown, stream, lines, matches)


def _write_for_people(shown: Shown, stream: IO[str], lines: int, matches: Matches) -> None:
    """Write a heading, numbered lines and an empty line, none wider than the terminal."""
    hit, width = shown.hit, columns(stream)
    place: Span = (printable(f"{shown.path}:{hit.start_line}-{hit.end_line}"), "place")
    chance = "" if hit.probability is None else f"  {hit.probability:.0%}"
    name: list[Span] = [(printable(f"{hit.kind} {hit.symbol}".strip()), ""), (chance, "chance")]
    if sum(cells(text) for text, _ in (place, *name)) + 2 <= width:
        write_spans([place, ("  ", ""), *name], stream)
    else:  # the place in one piece, that it can be clicked
        write_spans([place], stream)
        _write_rows("  ", name, stream, width)
    for number, line in visible_lines(hit, lines, matches):
        text = printable(line).expandtabs(_TAB)
        _write_rows(f"{number:6d}  ", matches.spans(text), stream, width)
    if shown.why is not None:
        text = _explanation(hit, shown.why)
        for row in textwrap.wrap(text, max(width, 3 * _GUTTER), subsequent_indent=" " * _GUTTER):
            write_spans([(row, "")], stream)
    write_spans([], stream)


def _write_rows(head: str, spans: Sequence[Span], stream: IO[str], width: int) -> None:
    """Write spans in as many rows as they need, the first behind a head."""
    for row in wrapped(spans, max(width - len(head), _NARROWEST), _MOST_ROWS):
        write_spans([(head, "faint"), *row], stream)
        head = " " * len(head)


def _write_for_tools(shown: Shown, stream: IO[str], lines: int, matches: Matches) -> None:
    """Write `path:line:text` lines."""
    hit = shown.hit
    if lines:
        texts = visible_lines(hit, lines, matches)
    else:
        number = hit.start_line + declaration_line(hit, hit.snippet.split("\n"))
        texts = [(number, hit.symbol)]
    for number, text in texts:
        write_spans([(f"{shown.path}:{number}:{text}", "")], stream)
    if shown.why is not None:
        write_spans([(_explanation(hit, shown.why), "")], stream)


def _explanation(hit: Hit, why: dict[str, float]) -> str:
    text = "  ".join(f"{name} {value:+.2f}" for name, value in _shares(why))
    return f"{' ' * _GUTTER}{hit.score:+.2f} = {text}"


def _shares(why: dict[str, float]) -> list[tuple[str, float]]:
    """Features that matter to a score, the weightiest first."""
    shares = [item for item in why.items() if abs(item[1]) >= _SMALLEST_SHARE]
    return sorted(shares, key=lambda item: -abs(item[1]))
