"""From comments and docstrings to the prose in them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from functools import cache

from diglot.languages.base import Language

_LICENCE = re.compile(
    r"copyright|spdx-|licen[sc]ed (?:under|to)|all rights reserved|\(c\) ?\d{4}"
    r"|permission is hereby granted|(?:mit|bsd|apache|public) licen[sc]e",
    re.IGNORECASE,
)
_LITERAL = re.compile(
    r"""(?:@\w+\s+)?~?[A-Za-z]{0,2}(\"{3}|'{3}|["'])(.*?)(?:\1)?$""",
    re.DOTALL,
)
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_REFERENCE = re.compile(r"<\w+\s+(?:cref|name|langword|href)=\"(?:\w:)?([^\"]*)\"\s*/>")
_NAMED = re.compile(r"<\w+\s+(?:cref|name)=\"(?:\w:)?([^\"]*)\"\s*>")
_TAG = re.compile(r"</?[a-z]+\b[^<>]*>")
_RULE = re.compile(r"^[ \t]*([/*=~-])\1+(?=[ \t])|[ \t]([/#*=~-])\2{2,}[ \t]*$", re.MULTILINE)
"""What frames a heading: `=== Parsing ===`."""
_FRAME = re.compile(r"\A(?:[ \t]*[/*=~#_-]{3,}[ \t]*\n)+|(?:\n[ \t]*[/*=~#_-]{3,}[ \t]*)+\Z")
_STARS = re.compile(r"^[ \t]*\*+(?!\w+\*)[ \t]?", re.MULTILINE)
_DIRECTIVE = (
    r"^[ \t]*(?:noqa\b|type: ?ignore|pylint:|mypy:|ruff:|fmt: ?o|isort:"
    r"|pragma:|-\*-|vim?:|coding[:=]|eslint|@ts-|prettier-|tslint:|istanbul |c8 ignore|biome-|@flow"
    r"|go:\w+|\+build|nolint|NOLINT|clang-format|rubocop:|frozen_string_literal|shellcheck "
    r"|swiftlint:|swift-tools|phpcs:|@phpstan-ignore|@codingStandards|@__\w+__|stylua:|luacheck:"
    r"|selene:|#?region\b|#?endregion\b).*(?:\n|\Z)"
)
_DIRECTIVES = re.compile(_DIRECTIVE, re.MULTILINE)
_NOISE = re.compile(rf"^(?:[^\w\n]|_)+(?:\n|\Z)|{_DIRECTIVE}", re.MULTILINE)
"""Lines without a word, and directives to tools."""


def is_licence(comment: str) -> bool:
    """Whether a comment is a licence or copyright notice."""
    return _LICENCE.search(comment) is not None


def clean_docs(comments: Iterable[str], language: Language) -> str:
    """Take the markers, decoration and tool directives off comments and docstrings.

    Args:
        comments: source texts of comments and string literals that follow each other.
        language: the language they are written in.

    Returns:
        Their prose, line by line; empty if there is none.
    """
    text = "\n".join(unmarked(comment, language) for comment in comments)
    if language.xml_docs:
        text = _TAG.sub("", _NAMED.sub(r"\1: ", _REFERENCE.sub(r"\1", text)))
    text = _NOISE.sub("", _TRAILING.sub("", _RULE.sub("", text)))
    return _BLANK_LINES.sub("\n\n", text).strip()


def is_directive(comment: str) -> bool:
    """Whether a comment without markers speaks to a tool (`noqa`, `go:generate`)."""
    return _DIRECTIVES.match(comment) is not None


def without_directives(text: str) -> str:
    """Drop directives to tools and the rules that frame a comment, but nothing within it.

    Args:
        text: comments without markers.
    """
    return _FRAME.sub("", _DIRECTIVES.sub("", _TRAILING.sub("", text)).strip()).strip("\n")


def unmarked(comment: str, language: Language) -> str:
    """Return the inside of a comment or string literal, its indentation taken off."""
    if comment.startswith(language.line_comments) and not _is_block(comment, language):
        return _line_marker(language).sub("", comment)
    for opening, closing in language.block_comments:
        if comment.startswith(opening):
            inner = comment[len(opening) :].removesuffix(closing).lstrip("*!|^ ").rstrip("* ")
            return inspect.cleandoc(_STARS.sub("", inner) if opening == "/*" else inner)
    if language.docstring is not None:
        return inspect.cleandoc(language.docstring(comment) or "")
    literal = _LITERAL.match(comment)
    return inspect.cleandoc(literal[2]) if literal else ""


def _is_block(comment: str, language: Language) -> bool:
    return any(comment.startswith(opening) for opening, _ in language.block_comments)


@cache
def _line_marker(language: Language) -> re.Pattern[str]:
    markers = "|".join(re.escape(marker) for marker in language.line_comments)
    return re.compile(rf"^[ \t]*(?:{markers})[ \t]?", re.MULTILINE)
