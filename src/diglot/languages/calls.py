"""Which names a file calls, and where."""

from __future__ import annotations

from bisect import bisect_left

import tree_sitter

from diglot.languages.base import Language, calls_of
from diglot.languages.parse import find_captures


class Calls:
    """All calls of one file, by place."""

    def __init__(self, tree: tree_sitter.Tree, source: bytes, language: Language) -> None:
        nodes = find_captures(tree, calls_of(language)).get("callee", [])
        spans = sorted({node.byte_range for node in nodes})
        self._starts = [start for start, _ in spans]
        self._names = [source[start:end].decode(errors="replace") for start, end in spans]

    def within(self, start: int, end: int) -> list[str]:
        """Names that are called in a span of bytes, in order of their first call, once each."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return list(dict.fromkeys(self._names[first:last]))
