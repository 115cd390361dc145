"""Which lines of a hit are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diglot.cli.matches import Matches
    from diglot.types import Hit

_LEADING = ("#", "//", "/*", "*", "--", "{-", "@")
"""How lines of comments, attributes and decorators begin."""
_FEWEST = 3
"""Lines from which there is room for a place beside the declaration."""


def visible_lines(hit: Hit, count: int, matches: Matches | None = None) -> list[tuple[int, str]]:
    """Number the lines of a hit that are shown.

    These are its first ones, or if they miss its declaration, those from there on; or, where a
    later line says more of the query than any of them, the declaration and what is around that one.

    Args:
        hit: the hit.
        count: how many lines at most.
        matches: finds the query in a line.
    """
    lines = hit.snippet.rstrip().split("\n")
    declaration = declaration_line(hit, lines)
    first = 0 if declaration < count else declaration
    shown = list(range(first, min(first + count, len(lines))))
    if matches is not None and count >= _FEWEST and first + count < len(lines):
        best = max(range(declaration, len(lines)), key=lambda n: (matches.weight(lines[n]), -n))
        if best >= first + count:
            rest = count - 1
            begin = min(best - rest // 2, len(lines) - rest)
            shown = [declaration, *range(begin, begin + rest)]
    return [(hit.start_line + n, lines[n].rstrip("\r")) for n in shown]


def declaration_line(hit: Hit, lines: Sequence[str]) -> int:
    """Position of the line that declares a hit's symbol: after comments, and it has the name."""
    code = [n for n, line in enumerate(lines) if line.strip() and not _is_leading(line)]
    name = re.compile(rf"(?<!\w){re.escape(hit.symbol.rpartition('.')[2])}(?!\w)")
    named = (n for n in code if hit.symbol and name.search(lines[n]))
    return next(named, code[0] if code else 0)


def _is_leading(line: str) -> bool:
    return line.lstrip().startswith(_LEADING)
