"""Running a language's query over a file, within bounds of time and memory."""

from __future__ import annotations

import time

import tree_sitter

from diglot.languages.base import Language, grammar_of, query_of

_PARSE_SECONDS = 2.0
"""CPU time to parse a file, beyond which it is cut into windows; some garbage takes for ever."""
_PARSE_SECONDS_PER_BYTE = 4e-6
"""What a file's size adds to that; code takes 2e-7."""
_MOST_BYTES = 10_000_000
_MOST_OPEN = 10_000
"""Brackets opened and never closed; with more, some grammars take n * n memory."""
_MOST_TOKENS = 10_000
"""Tokens in a row without a named node among them; queries take n * n time for them."""
_DEEPEST_TREE = 10_000
"""Levels of the tree; queries go wrong at 65,536."""
_MOST_OPEN_MATCHES = 512
"""Matches under way at once; code has tens, and very deep trees would have one per level."""

Captures = dict[str, list[tree_sitter.Node]]
"""Nodes of one match by the name of their capture."""


def find_matches(parsed: bytes, language: Language) -> list[tuple[int, Captures]] | None:
    """Parse a file and run its language's query.

    Args:
        parsed: the file as UTF-8.
        language: its language.

    Returns:
        For each match the index of its pattern and its captures; None where the file is binary
        data or garbage on which grammars take time or memory out of proportion.
    """
    if _is_hopeless(parsed):
        return None
    parser = tree_sitter.Parser(grammar_of(language))
    deadline = time.thread_time() + _PARSE_SECONDS + _PARSE_SECONDS_PER_BYTE * len(parsed)
    try:
        tree = parser.parse(
            lambda offset, _: parsed[offset:],
            progress_callback=lambda *_: time.thread_time() > deadline,
        )
    except ValueError:  # how the binding reports a cancelled parse
        return None
    if _is_degenerate(tree.root_node):
        return None
    cursor = tree_sitter.QueryCursor(query_of(language), match_limit=_MOST_OPEN_MATCHES)
    return cursor.matches(tree.root_node)


def _is_hopeless(parsed: bytes) -> bool:
    """Whether a file is too large, binary or so unbalanced that it is no code."""
    if len(parsed) > _MOST_BYTES or b"\0" in parsed:
        return True
    return any(
        parsed.count(opening) - parsed.count(closing) > _MOST_OPEN
        for opening, closing in (b"()", b"[]", b"{}", b"<>")
    )


def _is_degenerate(root: tree_sitter.Node) -> bool:
    """Whether the tree is too deep, or has too many bare tokens in a row, for queries."""
    large = [(root, 0)] if root.descendant_count > _MOST_TOKENS else []
    while large:
        node, depth = large.pop()
        run = 0
        for child in node.children:
            run = 0 if child.is_named else run + 1
            if run > _MOST_TOKENS or depth > _DEEPEST_TREE:
                return True
            if child.descendant_count > _MOST_TOKENS:
                large.append((child, depth + 1))
    return False
