"""Source files with their documentation found, and without it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from diglot.index.reading import Source, read_source
from diglot.index.walk import walk
from diglot.languages.base import Language
from diglot.languages.docs import clean_docs
from diglot.languages.outline import Construct, Outline, read_outline
from diglot.languages.registry import language_named

Span = tuple[int, int]
FUNCTIONS = frozenset({"function", "method"})
_PLACEHOLDER = b'""'
"""Stands for a docstring, which may be all that a function's body consists of."""


@dataclass(frozen=True)
class SourceFile:
    """A parsed file."""

    path: str
    """Relative to the searched folder, with `/`."""
    language: Language
    source: bytes
    """UTF-8, lines parted by newlines alone."""
    outline: Outline

    @property
    def functions(self) -> list[Construct]:
        """Functions and methods, outer before inner."""
        return [unit for unit in self.outline.units if unit.kind in FUNCTIONS]

    def line(self, position: int) -> int:
        """Line, from 1, of a byte offset."""
        return self.source.count(b"\n", 0, position) + 1

    def docs(self, construct: Construct) -> str:
        """A construct's docstring or, without one, its leading comment, without markers."""
        strings = [span for span in construct.docs if span not in self._comments]
        return clean_docs((self._text(span) for span in strings or construct.docs), self.language)

    def undocumented(self, start: int = 0, end: int | None = None) -> str:
        """The text of a part of the file without documentation, on the lines it was on.

        Docstrings go, and so do comments outside the bodies of functions: those above units,
        file headers, licences, the comments of fields and constants. What a function says inside
        its body is part of its code and stays.
        """
        end = len(self.source) if end is None else end
        pieces: list[bytes] = []
        position = start
        for first, last in self._documentation:
            if first < position or last > end:
                continue
            pieces.append(self.source[position:first])
            if (first, last) not in self._comments:
                pieces.append(_PLACEHOLDER)
            pieces.append(b"\n" * self.source.count(b"\n", first, last))
            position = last
        pieces.append(self.source[position:end])
        text = b"".join(pieces).decode()
        return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)

    def _text(self, span: Span) -> str:
        return self.source[slice(*span)].decode()

    @cached_property
    def _comments(self) -> frozenset[Span]:
        return frozenset(self.outline.leads.comments_within(0, len(self.source)))

    @cached_property
    def _documentation(self) -> list[Span]:
        bodies = [(unit.signature[1], unit.end) for unit in self.functions]
        outside = {span for span in self._comments if not _lies_in(span, bodies)}
        docs = {span for unit in self.outline.units for span in unit.docs}
        return sorted(outside | docs | set(self.outline.docstrings))


def read_files(root: Path, language: str) -> list[SourceFile]:
    """Parse the files of one language under a folder, those that an index would take."""
    definition = language_named(language)
    files = []
    for entry in walk(root).files:
        if entry.language != language:
            continue
        content = read_source(root / entry.path)
        if isinstance(content, Source):
            source = content.text.replace("\r\n", "\n").encode()
            outline = read_outline(source, definition)
            if outline is not None:
                files.append(SourceFile(entry.path, definition, source, outline))
    return files


def write_undocumented(files: Iterable[SourceFile], root: Path) -> None:
    """Write files without their documentation, as a tree under a folder."""
    root.mkdir(parents=True, exist_ok=True)
    for file in files:
        target = root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.undocumented(), encoding="utf-8")


def _lies_in(span: Span, bodies: Iterable[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in bodies)
