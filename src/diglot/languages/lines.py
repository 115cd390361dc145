"""Places in a text: bytes, characters and lines."""

from __future__ import annotations

import re
from bisect import bisect_left


def with_plain_ends(text: str) -> str:
    r"""Part the lines of a text by `\n`, as editors and compilers do where `\r` ends one too."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Lines:
    r"""Lines of a text, counted from 1; `\n` parts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._newlines = [match.start() for match in re.finditer("\n", text)]

    @property
    def count(self) -> int:
        """Number of lines."""
        return len(self._newlines) + 1

    def number(self, position: int) -> int:
        """Line that a character is on; a newline ends its line."""
        return bisect_left(self._newlines, position) + 1

    def start(self, number: int) -> int:
        """First character of a line."""
        return self._newlines[number - 2] + 1 if number > 1 else 0

    def end(self, number: int) -> int:
        """One after the last character of a line, without newline."""
        return self._newlines[number - 1] if number <= len(self._newlines) else len(self.text)

    def line(self, number: int) -> str:
        """Text of a line."""
        return self.text[self.start(number) : self.end(number)]


class Characters:
    """From byte offsets in UTF-8 to character offsets."""

    def __init__(self, source: bytes) -> None:
        self._continuing: list[int] = []
        if not source.isascii():
            self._continuing = [match.start() for match in re.finditer(rb"[\x80-\xbf]", source)]

    def span(self, span: tuple[int, int]) -> tuple[int, int]:
        """Convert a span."""
        if not self._continuing:
            return span
        start, end = span
        return (
            start - bisect_left(self._continuing, start),
            end - bisect_left(self._continuing, end),
        )
