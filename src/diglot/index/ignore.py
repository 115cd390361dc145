"""Ignore files: git's pattern language and its precedence.

An ignore file decides on one folder entry at a time, as git does: the last rule that matches the
entry itself wins, and nothing below an ignored folder is looked at. A file's rules are compiled to
one regular expression whose alternatives stand in order of strength, so a verdict is one match.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from diglot.index.reading import read_regular_file

DIGLOT_IGNORE = ".diglotignore"
PLAIN_IGNORE = ".ignore"
GIT_IGNORE = ".gitignore"
IGNORE_FILES = frozenset({DIGLOT_IGNORE, PLAIN_IGNORE, GIT_IGNORE})

_MAX_IGNORE_BYTES = 1 << 20
_ANY_FOLDER = "(?>(?:.*/)?)"
_DOUBLE_STAR = re.compile(r"\*{2,}(?:/|$)")
_STARS = re.compile(r"\*+")
_CLASS = re.compile(r"\[:([a-z]+):\]")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r"\ \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": r"\ -\~",
    "punct": r"!-/:-@\[-`{-\~",
    "space": r"\t-\r\ ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class IgnoreRules:
    """The rules of one ignore file.

    Git compares bytes, so `?` is one byte. Here a byte is the character of the same number.

    Args:
        content: content of the file.
        base: folder the file speaks of: empty, or a path that ends with `/`. Paths to judge
            begin with it.
    """

    def __init__(self, content: bytes, base: str = "") -> None:
        lines = content.removeprefix(codecs.BOM_UTF8).decode("latin-1").split("\n")
        self._rules = [rule for line in lines if (rule := _parse(line.removesuffix("\r")))]
        self._base_length = len(_as_bytes(base))

    def verdict(self, path: str, is_directory: bool) -> bool | None:
        """Say whether an entry is ignored (True), re-included (False) or not spoken of (None)."""
        expression, ignoring = self._for_directories if is_directory else self._for_files
        match = expression.fullmatch(_as_bytes(path), self._base_length)
        # Groups do not nest, so the last group that took part is the alternative that matched.
        return ignoring[match.lastindex - 1] if match and match.lastindex else None

    @cached_property
    def _for_directories(self) -> tuple[re.Pattern[str], tuple[bool, ...]]:
        return _compile(self._rules)

    @cached_property
    def _for_files(self) -> tuple[re.Pattern[str], tuple[bool, ...]]:
        return _compile([rule for rule in self._rules if not rule.directories_only])


def read_ignore_file(path: Path, base: str = "") -> IgnoreRules | None:
    """Read an ignore file; None if it is not there, is empty or cannot be read."""
    content = read_regular_file(path, _MAX_IGNORE_BYTES)
    return IgnoreRules(content, base) if isinstance(content, bytes) and content else None


@dataclass(frozen=True, slots=True)
class IgnoreLayers:
    """The ignore files in force in one folder: three layers, in each the strongest file first."""

    diglot: tuple[IgnoreRules, ...] = ()
    plain: tuple[IgnoreRules, ...] = ()
    git: tuple[IgnoreRules, ...] = ()

    def within(self, folder: Path, base: str, names: Container[str]) -> IgnoreLayers:
        """Add the ignore files of a folder.

        Args:
            folder: the folder, below those whose files are in force.
            base: the folder as paths to judge begin with it, ends with `/` unless empty.
            names: what the folder holds; only ignore files among these are read.
        """

        def extended(layer: tuple[IgnoreRules, ...], name: str) -> tuple[IgnoreRules, ...]:
            rules = read_ignore_file(folder / name, base) if name in names else None
            return (rules, *layer) if rules else layer

        return IgnoreLayers(
            extended(self.diglot, DIGLOT_IGNORE),
            extended(self.plain, PLAIN_IGNORE),
            extended(self.git, GIT_IGNORE),
        )

    def diglot_verdict(self, path: str, is_directory: bool) -> bool | None:
        """Say what the `.diglotignore` files state, as `IgnoreRules.verdict` does."""
        return _verdict(self.diglot, path, is_directory)

    def plain_verdict(self, path: str, is_directory: bool) -> bool | None:
        """Say what the `.ignore` files state."""
        return _verdict(self.plain, path, is_directory)

    def git_ignores(self, path: str, is_directory: bool) -> bool:
        """Say whether git's files ignore an entry."""
        return _verdict(self.git, path, is_directory) is True


def _verdict(layer: tuple[IgnoreRules, ...], path: str, is_directory: bool) -> bool | None:
    for rules in layer:
        if (verdict := rules.verdict(path, is_directory)) is not None:
            return verdict
    return None


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of an ignore file."""

    ignores: bool
    directories_only: bool
    by_name: bool
    """Matches the entry's name alone, in any folder."""
    expression: str


def _parse(line: str) -> _Rule | None:
    """Parse a line; None for blank lines, comments and patterns that match nothing."""
    line = _without_trailing_spaces(line)
    if line.startswith("#"):
        return None
    pattern = line.removeprefix("!")
    glob = pattern.removesuffix("/")
    expression = _translate(glob.removeprefix("/")) if glob else None
    if expression is None:
        return None
    return _Rule(
        ignores=pattern == line,
        directories_only=glob != pattern,
        by_name="/" not in glob,
        expression=expression,
    )


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    escapes_space = backslashes % 2 == 1 and stripped != line
    return stripped + " " if escapes_space else stripped


def _compile(rules: Sequence[_Rule]) -> tuple[re.Pattern[str], tuple[bool, ...]]:
    """Compile rules to an expression, and say of each of its groups whether it ignores."""
    alternatives, ignoring = [], []
    for (ignores, by_name), run in groupby(
        reversed(rules), key=lambda rule: (rule.ignores, rule.by_name)
    ):
        body = "|".join(rule.expression for rule in run)
        alternatives.append(f"({_ANY_FOLDER}(?:{body}))" if by_name else f"({body})")
        ignoring.append(ignores)
    return re.compile("|".join(alternatives) or "(?!)", re.DOTALL), tuple(ignoring)


def _translate(glob: str) -> str | None:
    """Translate a glob to a regular expression for whole paths; None if it is malformed."""
    parts: list[str] = []
    open_star: int | None = None  # where in `parts` this path segment's last `*` is
    position = 0
    while position < len(glob):
        character = glob[position]
        starts_segment = position == 0 or glob[position - 1] == "/"
        if starts_segment and (stars := _DOUBLE_STAR.match(glob, position)):
            parts.append("(?:.+/)?" if stars[0].endswith("/") else ".+")
            position = stars.end()
        elif stars := _STARS.match(glob, position):
            if open_star is not None:
                # Only the last star of a segment need ever be reconsidered; without this a
                # pattern of many stars takes exponential time.
                parts[open_star] = "(?>[^/]*?"
                parts.append(")")
            open_star, position = len(parts), stars.end()
            parts.append("[^/]*")
        elif character == "[":
            bracket = _translate_bracket(glob, position + 1)
            if bracket is None:
                return None
            expression, position = bracket
            parts.append(expression)
        else:
            if character == "\\":
                position += 1
                if position == len(glob):
                    return None
            elif character == "/":
                open_star = None
            parts.append("[^/]" if character == "?" else re.escape(glob[position]))
            position += 1
    return "".join(parts)


def _translate_bracket(glob: str, position: int) -> tuple[str, int] | None:
    """Translate a bracket expression.

    Args:
        glob: the glob.
        position: where in it the character after the opening bracket is.

    Returns:
        A regular expression that never matches `/`, and the position after the closing bracket;
        None if there is no such bracket.
    """
    negated = glob.startswith(("!", "^"), position)
    position += negated
    members: list[str] = []
    start = position
    while not (glob.startswith("]", position) and position > start):
        if named := _CLASS.match(glob, position):
            if named[1] not in _CLASSES:
                return None
            members.append(_CLASSES[named[1]])
            position = named.end()
            continue
        if (first := _bracket_character(glob, position)) is None:
            return None
        low, position = first
        high = low
        if glob.startswith("-", position) and not glob.startswith("]", position + 1):
            if (last := _bracket_character(glob, position + 1)) is None:
                return None
            high, position = last
        # Of a range the wrong way round, git takes the first character alone.
        members.append(f"{re.escape(low)}-{re.escape(max(low, high))}")
    body = "".join(members)
    return (f"[^/{body}]" if negated else f"(?!/)[{body}]"), position + 1


def _as_bytes(path: str) -> str:
    return path if path.isascii() else os.fsencode(path).decode("latin-1")


def _bracket_character(glob: str, position: int) -> tuple[str, int] | None:
    """Read a possibly escaped character; return it and the position after it, None at the end."""
    position += glob.startswith("\\", position)
    return (glob[position], position + 1) if position < len(glob) else None
