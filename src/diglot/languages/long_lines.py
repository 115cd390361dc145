"""Data that stands in code on one very long line."""

from __future__ import annotations

import re

_LONG_LINE = 1000
"""Characters beyond which nobody reads a line to its end."""
_DATA_LENGTH = 500
"""Least characters of a literal or a run that make it data."""
_KEPT = 80
"""Characters that are kept of the data."""
_CODE_LINES = 10
"""Lines of code to each long line, with which a file was written by hand."""
_FEW_LONG_LINES = 3
_LONG = re.compile(rf"(?<![^\r\n])[^\r\n]{{{_LONG_LINE + 1}}}")
_LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_COMMENT = re.compile(r"\s*(?:$|//|/?\*|#|--|;|<!--)")
_IN_QUOTES = r"""(?:[^"'`\\]|\\.)"""
_NUMBER = r"(?:[\w.]+\s?,\s?-?)"
_DATA = re.compile(
    rf"""
    (?P<quote>["'`]) (?P<head>{_IN_QUOTES}{{{_KEPT}}}) {_IN_QUOTES}{{{_DATA_LENGTH},}}+ (?P=quote)
    | (?<![\w+/=%]) (?P<run>[\w+/=%]{{{_KEPT}}}) [\w+/=%]{{{_DATA_LENGTH},}}+
    | (?<![\w.,-]) (?<!,\s)
      (?P<numbers>{_NUMBER}{{{_KEPT // 4}}}) {_NUMBER}{{{_DATA_LENGTH // 4},}}+
    """,
    re.VERBOSE | re.ASCII,
)
"""A literal without other quotes in it, a run of letters as base64 has them, a list of numbers."""


def without_data(text: str) -> tuple[str, bool]:
    """Cut short the literals that make lines very long: images, fonts, programs.

    Args:
        text: the whole file.

    Returns:
        The text, each line where it was, and whether the file, but for a few long lines, is code
        that somebody wrote.
    """
    if not _LONG.search(text):
        return text, True
    lines = _LINES.findall(text)
    long = [number for number, line in enumerate(lines) if len(line) > _LONG_LINE]
    code = sum(_COMMENT.match(line) is None for line in lines) - len(long)
    if not code or len(long) > max(_FEW_LONG_LINES, code // _CODE_LINES):
        return text, False
    for number in long:
        lines[number] = _DATA.sub(_shortened, lines[number])
    remaining = sum(len(line) > _LONG_LINE for line in lines)
    return "".join(lines), code >= remaining * _CODE_LINES


def _shortened(data: re.Match[str]) -> str:
    if data["quote"]:
        return f"{data['quote']}{data['head']}{data['quote']}"
    return data["run"] or data["numbers"]
