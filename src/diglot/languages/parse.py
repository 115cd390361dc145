"""Parsing a file and running a query over it, within bounds of time and memory."""

from __future__ import annotations

import threading
import time

import tree_sitter

from diglot.languages.base import Language, grammar_of
from diglot.languages.memory import resident_bytes

_PARSE_SECONDS = 2.0
"""CPU time to parse a file, beyond which it is cut into windows; some garbage takes for ever."""
_PARSE_SECONDS_PER_BYTE = 4e-6
"""What a file's size adds to that; code takes 2e-7."""
_PARSE_BYTES = 128 << 20
"""Memory that parsing a file may take, beyond which it is cut into windows."""
_PARSE_BYTES_PER_BYTE = 200
"""What a file's size adds to that; code takes 30."""
_LOOK_SECONDS = 0.01
"""CPU time between two looks at the memory: each costs as much as parsing 200 bytes."""
_MOST_BYTES = 10_000_000
_BRACKETS = ((b"([{", b")]}", 1_000), (b"<", b">", 4_000))
"""Brackets that open and close, and how deep they may be nested; deeper, an error in the text
makes some grammars take n * n memory between two looks at it. Code reaches 700 and 3,800."""
_MOST_TOKENS = 10_000
"""Tokens in a row without a named node among them; queries take n * n time for them."""
_DEEPEST_TREE = 10_000
"""Levels of the tree; queries go wrong at 65,536."""
_TEXT_BYTES = 256
"""Bytes read at a time for the text of a node; nearly all that predicates look at are shorter."""
_MOST_OPEN_MATCHES = 512
"""Matches under way at once; code has tens, and very deep trees would have one per level."""

Captures = dict[str, list[tree_sitter.Node]]
"""Nodes of one match by the name of their capture."""


class _Source:
    """A file's bytes as the binding reads them: by a callback, since only that can be cancelled.

    The binding (tree-sitter 0.26) keeps a reference to whatever it reads while it parses. One
    buffer a thread, filled anew for each read, makes that harmless: memory stays as it is. After
    parsing, predicates read the text of nodes, which must be `bytes`, and short to be fast.
    """

    _local = threading.local()

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.is_parsing = True
        self.buffer: bytearray = self._local.__dict__.setdefault("buffer", bytearray())

    def __call__(self, offset: int, _point: object) -> bytes | bytearray:
        if self.is_parsing:
            self.buffer[:] = self.source[offset:]
            return self.buffer
        return self.source[offset : offset + _TEXT_BYTES]

    def close(self) -> None:
        """Give the buffer's memory back."""
        self.is_parsing = False
        self.buffer.clear()


class _Bounds:
    """Asked during a parse whether it has taken time or memory out of proportion."""

    def __init__(self, size: int) -> None:
        start = time.thread_time()
        self.deadline = start + _PARSE_SECONDS + _PARSE_SECONDS_PER_BYTE * size
        self.next_look = start + _LOOK_SECONDS
        self.growth = _PARSE_BYTES + _PARSE_BYTES_PER_BYTE * size
        self.most: int | None = None

    def __call__(self, *_: object) -> bool:
        now = time.thread_time()
        if now < self.next_look:
            return False
        self.next_look = now + _LOOK_SECONDS
        held = resident_bytes()
        if self.most is None:
            self.most = held + self.growth
        return now > self.deadline or held > self.most


def parse(source: bytes, language: Language) -> tree_sitter.Tree | None:
    """Parse a file.

    Args:
        source: the file as UTF-8, after the language's `rewrite`.
        language: its language.

    Returns:
        The tree; None where the file is binary data or garbage on which grammars take time or
        memory out of proportion.
    """
    if _is_hopeless(source):
        return None
    read = _Source(source)
    try:
        tree = tree_sitter.Parser(grammar_of(language)).parse(
            read, progress_callback=_Bounds(len(source))
        )
    except ValueError:  # how the binding reports a cancelled parse
        return None
    finally:
        read.close()
    return None if _is_degenerate(tree.root_node) else tree


def find_matches(tree: tree_sitter.Tree, query: tree_sitter.Query) -> list[tuple[int, Captures]]:
    """Run a query over a file.

    Returns:
        For each match the index of its pattern and its captures.
    """
    cursor = tree_sitter.QueryCursor(query, match_limit=_MOST_OPEN_MATCHES)
    return cursor.matches(tree.root_node)


def find_captures(
    tree: tree_sitter.Tree, query: tree_sitter.Query
) -> dict[str, list[tree_sitter.Node]]:
    """Run a query over a file.

    Returns:
        All nodes by the name of their capture.
    """
    cursor = tree_sitter.QueryCursor(query, match_limit=_MOST_OPEN_MATCHES)
    return cursor.captures(tree.root_node)


def _is_hopeless(parsed: bytes) -> bool:
    """Whether a file is too large, binary or nested too deep to be code."""
    if len(parsed) > _MOST_BYTES or b"\0" in parsed:
        return True
    return any(_is_nested(parsed, *bounds) for bounds in _BRACKETS)


def _is_nested(parsed: bytes, opening: bytes, closing: bytes, most: int) -> bool:
    """Whether more brackets are open at once than `most`, whatever stands between them."""
    if sum(map(parsed.count, opening)) <= most:
        return False
    depth = 0
    for bracket in parsed.translate(None, bytes(set(range(256)).difference(opening, closing))):
        if bracket in opening:
            depth += 1
            if depth > most:
                return True
        elif depth:
            depth -= 1
    return False


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
