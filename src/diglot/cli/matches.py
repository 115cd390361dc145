"""Where a line of code says what the query says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from diglot.cli.terminal import Span
from diglot.index.question import WordMatcher
from diglot.languages.words import STOP_WORDS, content_words, lexical_terms, split_words, tokens

_SHORTEST_STEM = 4
"""Shorter words match only as they are: `def` is not `default`."""
_SHORTEST_RUN = 8
"""Characters from which a line of the query counts as a run of text."""


class Matches:
    """Finds the words of a query, and its lines as they are, in lines of code."""

    def __init__(self, query: str) -> None:
        """Prepare to find `query`; nothing is found of an empty one."""
        words = content_words(query)
        self._words = frozenset(words)
        self._matcher = WordMatcher(tuple(words))
        self._terms = frozenset(lexical_terms(tokens(query)).split())
        lines = (line.strip() for line in query.splitlines())
        self._runs = [line for line in lines if len(line) >= _SHORTEST_RUN]

    def weight(self, line: str) -> tuple[int, int]:
        """Tell how much of the query a line says: characters of its text, and distinct words."""
        run = max((len(run) for run in self._runs if run in line), default=0)
        said = 0
        for word in split_words(line):
            if self._counts(word):
                said |= self._matcher[word]
        return run, said.bit_count()

    def spans(self, line: str) -> list[Span]:
        """Part a line into spans of the style `match` and those of none."""
        marked = bytearray(len(line))
        for begin, end in self._places(line):
            marked[begin:end] = b"\1" * (end - begin)
        position, spans = 0, []
        for mark, group in groupby(marked):
            size = len(list(group))
            spans.append((line[position : position + size], "match" if mark else ""))
            position += size
        return spans

    def _places(self, line: str) -> Iterator[tuple[int, int]]:
        """Begin and end of every match."""
        for run in self._runs:
            if run in line:
                begin = line.index(run)
                yield begin, begin + len(run)
        position = 0
        for token in tokens(line):
            position = line.index(token, position)
            lower = token.lower()
            if len(lower) == len(token):  # some capital letters become two small ones
                at = 0
                for word in split_words(token):
                    at = lower.index(word, at)
                    for begin, end in self._within(word):
                        yield position + at + begin, position + at + end
                    at += len(word)
            position += len(token)

    def _within(self, word: str) -> Iterator[tuple[int, int]]:
        """What of a word matches: all of it, or pairs of characters where nothing parts words."""
        if self._counts(word):
            yield 0, len(word)
        elif not word.isascii():
            pairs = lexical_terms([word]).split()
            if pairs[0] != word:
                yield from ((at, at + 2) for at, pair in enumerate(pairs) if pair in self._terms)

    def _counts(self, word: str) -> bool:
        if word in self._words:
            return True
        known = word in STOP_WORDS or len(word) < _SHORTEST_STEM
        return not known and bool(self._matcher[word])
