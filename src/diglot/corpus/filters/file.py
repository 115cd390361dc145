"""Filters of whole files, after Codex (2107.03374, section 3.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from diglot.languages import Language, is_generated

FileFilter = Callable[[str, str, Language | None], bool]
"""Of path, text and language (None for prose); True keeps the file."""

MOST_BYTES = 1_000_000
"""Codex took files under 1 MB."""
LONGEST_LINE = 1_000
LONGEST_AVERAGE_LINE = 100
LEAST_ALPHANUMERIC = 0.25
"""Codex names no figure; this is CodeParrot's, which followed it."""

_GENERATED_NAME = re.compile(
    r"[.-]min\.(?:js|mjs|cjs)$|[.-]bundle\.js$|_pb2(?:_grpc)?\.pyi?$|\.pb\.(?:go|cc|h)$"
    r"|\.g\.cs$|\.designer\.cs$|_generated\.\w+$|\.generated\.\w+$|^zz_generated\.",
    re.IGNORECASE,
)
_VENDORED = frozenset("vendor third_party third-party node_modules bower_components".split())
_ALPHANUMERIC = re.compile(r"[^\W_]+")


def is_small(path: str, text: str, language: Language | None) -> bool:
    """Keep files under 1 MB, as Codex (2107.03374, 3.1) did."""
    return len(text) < MOST_BYTES and (text.isascii() or len(text.encode()) < MOST_BYTES)


def is_handwritten(path: str, text: str, language: Language | None) -> bool:
    """Drop generated files, by name or by what they say at the top; Codex (2107.03374, 3.1)."""
    return not _GENERATED_NAME.search(PurePosixPath(path).name) and not is_generated(text)


def is_own(path: str, text: str, language: Language | None) -> bool:
    """Drop files in folders for other people's code: they come by themselves, or in many copies."""
    return _VENDORED.isdisjoint(path.split("/")[:-1])


def has_short_lines(path: str, text: str, language: Language | None) -> bool:
    """Drop files with a line beyond 1,000 characters; Codex (2107.03374, 3.1)."""
    return all(len(line) <= LONGEST_LINE for line in text.split("\n"))


def has_short_average_line(path: str, text: str, language: Language | None) -> bool:
    """Drop files whose lines average over 100 characters; Codex (2107.03374, 3.1)."""
    return len(text) <= LONGEST_AVERAGE_LINE * max(1, len(text.splitlines()))


def is_alphanumeric(path: str, text: str, language: Language | None) -> bool:
    """Drop files with a low share of letters and digits; Codex (2107.03374, 3.1)."""
    visible = len(text) - sum(map(text.count, " \t\n"))
    kept = sum(map(len, _ALPHANUMERIC.findall(text)))
    return kept >= LEAST_ALPHANUMERIC * visible > 0


FILE_FILTERS: dict[str, FileFilter] = {
    "file_size": is_small,
    "vendored": is_own,
    "generated": is_handwritten,
    "longest_line": has_short_lines,
    "average_line": has_short_average_line,
    "alphanumeric": is_alphanumeric,
}
