"""From the text of a source file to its units."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import cast

from diglot.languages.base import Language
from diglot.languages.docs import clean_docs
from diglot.languages.leads import Span
from diglot.languages.lines import with_plain_ends
from diglot.languages.outline import CONTAINERS, Construct, Outline, read_outline
from diglot.languages.registry import written_in
from diglot.languages.windows import WINDOW_CHARACTERS, windows
from diglot.types import Unit, UnitKind

_SIGNATURE_CHARACTERS = 400
_SHORT_RUN_LINES = 5
"""Loose code of fewer lines between units goes to the module instead of to a window."""
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")


def extract_units(text: str, language: Language | None) -> list[Unit]:
    r"""Cut the text of a file into units.

    Args:
        text: the whole file; lines may end in `\n`, `\r\n` or `\r`.
        language: its language, or None for a text that only windows can cut.

    Returns:
        Units by first line. Every line that is not blank lies in one of them or, where it is a
        few lines of code between functions, in the body of the module. Licences and comments at
        the top that say nothing are left out.
    """
    text = with_plain_ends(text.removeprefix("\ufeff"))
    if language is None or not text.strip():
        return windows(text)
    language = written_in(text, language)
    source = (text + "\n").encode(errors="replace")  # some grammars hang at a bare end of file
    outline = read_outline(source, language)
    if outline is None:
        return windows(text)
    return _Extraction(source, language, outline).units()


def given_up(units: Sequence[Unit]) -> bool:
    """Whether a file of a known language was cut into windows, as it cannot be parsed in bounds.

    Args:
        units: what `extract_units` gave for it.
    """
    return bool(units) and all(unit.kind == "window" for unit in units)


class _Extraction:
    """One file on its way from outline to units."""

    def __init__(self, source: bytes, language: Language, outline: Outline) -> None:
        self.source = source
        self.language = language
        self.outline = outline
        self.newlines = [match.start() for match in re.finditer(b"\n", source)]

    def units(self) -> list[Unit]:
        found = [self._unit(construct) for construct in self.outline.units]
        found.extend(self._loose())
        return sorted(found, key=lambda unit: (unit.start_line, -unit.end_line))

    def _line(self, position: int) -> int:
        return bisect_left(self.newlines, position) + 1

    def _text(self, start: int, end: int) -> str:
        return self.source[start:end].decode(errors="replace")

    def _unit(self, construct: Construct) -> Unit:
        cuts = list(construct.docs)
        is_container = construct.kind in CONTAINERS
        if is_container:
            cuts.extend((child.top, child.end) for child in construct.children)
        start, end = construct.top, construct.end
        body = self._dedented(start, self._without(start, end, cuts))
        if is_container:
            body = _BLANK_LINES.sub("\n", body)
        return Unit(
            cast(UnitKind, construct.kind),
            construct.symbol,
            self._line(start),
            self._line(end - 1),
            self._signature(*construct.signature),
            self._docs(construct.docs),
            body.strip("\n"),
        )

    def _signature(self, start: int, end: int) -> str:
        end = min(end, start + 4 * _SIGNATURE_CHARACTERS)
        cuts = self.outline.leads.comments_within(start, end)
        words = self._without(start, end, cuts).split()
        return " ".join(words)[:_SIGNATURE_CHARACTERS].rstrip(" {:=;,\\")

    def _docs(self, spans: Iterable[Span]) -> str:
        return clean_docs((self._text(*span) for span in spans), self.language)

    def _without(self, start: int, end: int, cuts: list[Span]) -> str:
        """Text of a span without parts of it, nor the lines that these leave empty."""
        if not cuts:
            return self._text(start, end)
        source = self.source
        pieces = []
        for cut_start, cut_end in sorted(cuts):
            line = max(source.rfind(b"\n", start, cut_start) + 1, start)
            after = source.find(b"\n", cut_end, end)
            after = after + 1 if after >= 0 else end
            if not source[line:cut_start].strip() and not source[cut_end:after].strip():
                cut_start, cut_end = line, after
            pieces.append(self._text(start, max(cut_start, start)))
            start = max(cut_end, start)
        pieces.append(self._text(start, end))
        return "".join(pieces)

    def _dedented(self, start: int, text: str) -> str:
        """Take off the indentation that the line of `start` has before it."""
        line = self.source.rfind(b"\n", 0, start) + 1
        indentation = self._text(line, start)
        if indentation and not indentation.strip():
            return text.removeprefix(indentation).replace("\n" + indentation, "\n")
        return text

    def _loose(self) -> list[Unit]:
        """The module unit, and windows of the loose code that is too long for it."""
        runs = self._runs()
        if not runs:
            return []
        start, end = runs[0]
        above = (*self.outline.leads.header, *self.outline.docstrings)
        header = sorted(span for span in above if start <= span[0] and span[1] <= end)
        hidden = sorted((*header, *self.outline.leads.licences()))
        pieces = [
            piece
            for run in runs
            for piece in windows(self._hiding(run, hidden), self._line(run[0]))
        ]
        module, others = _folded(pieces)
        docs = self._docs(header)
        if not module and not docs:
            return []
        end_line = self._line(header[-1][1] - 1 if header else start)
        if module and module[0].start_line <= self._line(end):
            end_line = max(end_line, module[0].end_line)
        first_line = self._line(start) if self.source[:start].strip() else 1
        body = _BLANK_LINES.sub("\n", "\n".join(piece.body for piece in module))
        return [Unit("module", "", first_line, end_line, "", docs, body), *others]

    def _runs(self) -> list[Span]:
        """Spans of whole lines, where possible, between the top-level units."""
        runs = []
        position = 0
        tops = [(unit.top, unit.end) for unit in self.outline.units if unit.parent is None]
        for start, end in [*tops, (len(self.source), len(self.source))]:
            text = self.source[position:start]
            if text.strip():
                margin = text[: len(text) - len(text.lstrip())]
                begin = position + margin.rfind(b"\n") + 1
                runs.append((begin, position + len(text.rstrip())))
            position = max(position, end)
        return runs

    def _hiding(self, run: Span, hidden: list[Span]) -> str:
        """Text of a run in which only the line ends remain of some parts."""
        start, end = run
        pieces = []
        for hidden_start, hidden_end in hidden:
            if start <= hidden_start < end:
                pieces.append(self._text(start, hidden_start))
                pieces.append("\n" * self.source.count(b"\n", hidden_start, hidden_end))
                start = hidden_end
        pieces.append(self._text(start, end))
        return "".join(pieces)


def _folded(pieces: list[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Part loose pieces in those of the module, the first and the short ones, and others."""
    module: list[Unit] = []
    others: list[Unit] = []
    characters = 0
    for piece in pieces:
        lines = sum(bool(line.strip()) for line in piece.body.split("\n"))
        is_short = lines < _SHORT_RUN_LINES and characters < WINDOW_CHARACTERS
        if is_short or not module:
            module.append(piece)
            characters += len(piece.body)
        else:
            others.append(piece)
    return module, others
