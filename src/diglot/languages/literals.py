"""The text of a Python expression that is nothing but string literals: a docstring."""

from __future__ import annotations

import re
import unicodedata

_LITERAL = re.compile(
    r"([A-Za-z]{0,2}) (?: (\"{3}|'{3}) ((?: [^\\\"']++ | \\. | (?!\2). )*+) \2"
    r" | ([\"']) ((?: [^\\\"'\n]++ | \\. | (?!\4)[^\n] )*+) \4 )",
    re.DOTALL | re.VERBOSE,
)
_BETWEEN = re.compile(r"(?:\s++|\\\n|#[^\n]*+)*+")
_NO_TEXT = frozenset("bft")
"""Prefixes of literals that are bytes, or that a program fills in."""
_ESCAPE = re.compile(
    r"\\(?:\n|([\\'\"abfnrtv])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
    r"|N\{([^{}]+)\}|([0-7]{1,3}))"
)
_ESCAPED = dict(zip("\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v", strict=True))
_LAST_CHARACTER = 0x10FFFF


def literal_text(expression: str) -> str | None:
    """Join the literals of an expression as Python does.

    Args:
        expression: source text; literals may follow each other, with comments and line ends
            between them, and parentheses around all of them.

    Returns:
        What the expression's value is; None where it holds anything else than text.
    """
    position = _skip(expression, 0)
    while expression.startswith("(", position):
        position = _skip(expression, position + 1)
    pieces: list[str] = []
    while literal := _LITERAL.match(expression, position):
        prefix = literal[1].lower()
        if not _NO_TEXT.isdisjoint(prefix):
            return None
        inner = literal[3] if literal[2] else literal[5]
        pieces.append(inner if "r" in prefix else _ESCAPE.sub(_unescaped, inner))
        position = _skip(expression, literal.end())
    while expression.startswith(")", position):
        position = _skip(expression, position + 1)
    return "".join(pieces) if pieces and position == len(expression) else None


def _skip(expression: str, position: int) -> int:
    between = _BETWEEN.match(expression, position)
    return between.end() if between else position


def _unescaped(match: re.Match[str]) -> str:
    character, two, four, eight, name, octal = match.groups()
    if character:
        return _ESCAPED[character]
    if octal:
        return chr(int(octal, 8))
    if name:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return match[0]
    code = int(two or four or eight or "0", 16)
    if not code and not (two or four or eight):
        return ""  # the end of a line
    return chr(code) if code <= _LAST_CHARACTER else match[0]
