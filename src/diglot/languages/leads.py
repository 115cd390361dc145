"""Comments and decorators of a file, and which declarations they lead up to."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from diglot.languages.base import Language
from diglot.languages.docs import is_licence

Span = tuple[int, int]
"""Byte offsets of the first byte and of the one after the last."""

_DOCUMENTATION = (b"/**", b"///", b"-- |", b"{-|")
"""Comments that document what follows even across a blank line."""
_FARTHEST = 1000
"""Bytes of white space that may part a decorator from its declaration."""
_PUNCTUATION = re.compile(rb"[ \t]*[;,]")


@dataclass(slots=True)
class Lead:
    """A comment or decorator, by byte offsets."""

    start: int
    end: int
    is_comment: bool
    is_licence: bool = False


class Leads:
    """All comments and decorators of one file, in order, none inside another."""

    def __init__(
        self, source: bytes, found: list[Lead], language: Language, written: bytes
    ) -> None:
        """Put them in order.

        Args:
            source: the file as it was parsed.
            found: its comments and decorators.
            language: its language.
            written: the file before the language's `rewrite`.
        """
        self._source = source
        self._written = written
        self._between = language.between
        self._has_docstrings = "@docstring" in language.query
        self._leads: list[Lead] = []
        end = source.find(b"\n") + 1 if source.startswith(b"#!") else -1
        for lead in sorted(found, key=lambda lead: (lead.start, -lead.end)):
            if lead.end > end:
                end = lead.end
                # Some grammars count the newline to a line comment.
                while lead.end > lead.start and source[lead.end - 1] in b" \t\n":
                    lead.end -= 1
                self._leads.append(lead)
        self._starts = [lead.start for lead in self._leads]
        self.header = self._read_header(language.prelude)
        """Comments above all code, without licences."""
        self._first_comment = self.header[0][0] if self.header else -1

    def licences(self) -> list[Span]:
        """Licence notices at the top of the file."""
        return [(lead.start, lead.end) for lead in self._leads if lead.is_licence]

    def comments_within(self, start: int, end: int) -> list[Span]:
        """Comments that begin in a span."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [(lead.start, lead.end) for lead in self._leads[first:last] if lead.is_comment]

    def after_decorators(self, position: int) -> int:
        """Where a declaration proper begins that may begin with decorators."""
        at = bisect_left(self._starts, position)
        while at < len(self._leads) and not self._leads[at].is_comment:
            if self._source[position : self._leads[at].start].strip():
                break
            position = self._leads[at].end
            at += 1
        return position

    def above(self, start: int) -> tuple[int, list[Span]]:
        """Follow comments and decorators upwards from a declaration.

        Where functions have docstrings, a comment at the top of a file speaks of the file.

        Returns:
            Where the first of them begins, and the comments among them.
        """
        source = self._source
        comments: list[Span] = []
        declaration, is_decorated = start, False
        at = bisect_left(self._starts, start) - 1
        while at >= 0:
            lead = self._leads[at]
            if lead.end > start or start - lead.end > _FARTHEST or lead.is_licence:
                break
            distance = self._distance(lead.end, start)
            if distance is None:
                break
            if lead.is_comment:
                lines = 2 if source.startswith(_DOCUMENTATION, lead.start) else 1
                if distance > lines or self._follows_code(lead):
                    break
                comments.append((lead.start, lead.end))
            is_decorated = is_decorated or not lead.is_comment
            start = lead.start
            at -= 1
        comments.reverse()
        speaks_of_file = comments and comments[0][0] == self._first_comment
        if speaks_of_file and self._has_docstrings and not is_decorated:
            return declaration, []
        return start, comments

    def end_of_line(self, end: int) -> int:
        """Take in the punctuation and the comment that follow a declaration on its last line."""
        if match := _PUNCTUATION.match(self._source, end):
            end = match.end()
        at = bisect_left(self._starts, end)
        if at < len(self._leads) and self._leads[at].is_comment:
            lead = self._leads[at]
            newline = self._source.find(b"\n", lead.end)
            rest = self._source[lead.end : newline if newline >= 0 else len(self._source)]
            if not self._source[end : lead.start].strip(b" \t") and not rest.strip():
                return lead.end
        return end

    def _distance(self, start: int, end: int) -> int | None:
        """Ends of lines in a gap, without those of lines that count for nothing; None for code."""
        gap = self._source[start:end]
        if self._between is not None:
            gap = self._between.sub(b"", gap)
        if gap.strip():
            return None
        written = self._written[start:end].split(b"\n")
        return sum(not line.strip() for line in written) - 1

    def _follows_code(self, lead: Lead) -> bool:
        line = self._source.rfind(b"\n", 0, lead.start) + 1
        return bool(self._source[line : lead.start].strip())

    def _read_header(self, prelude: str) -> list[Span]:
        """Find the comments above all code, and mark the licences among them."""
        nothing = re.compile(rf"(?:\s|{prelude})*".encode())
        position = 0
        blocks: list[list[Lead]] = []
        for lead in self._leads:
            gap = self._source[position : lead.start]
            if not nothing.fullmatch(gap):
                break
            if not lead.is_comment:
                position = lead.end
                continue
            is_block = self._source.startswith(b"/*", lead.start)
            if not blocks or is_block or gap.count(b"\n") > 1:
                blocks.append([])
            blocks[-1].append(lead)
            position = lead.end
        header = []
        for block in blocks:
            text = self._source[block[0].start : block[-1].end].decode(errors="replace")
            licence = is_licence(text)
            for lead in block:
                lead.is_licence = licence
                if not licence:
                    header.append((lead.start, lead.end))
        return header
