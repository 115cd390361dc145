"""From the name and text of a file to its units, whatever is cut how."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from pathlib import PurePosixPath

from diglot.errors import InputError
from diglot.languages.embedded import extract_embedded, markup_kind, markup_kinds
from diglot.languages.extract import extract_units
from diglot.languages.lines import with_plain_ends
from diglot.languages.notebooks import extract_notebook
from diglot.languages.plain import plain_language, plain_languages
from diglot.languages.registry import language_of, languages_named
from diglot.types import Unit

NOTEBOOK = "notebook"
"""What the language of a notebook is called; its cells have languages of their own."""
_NOTEBOOK_SUFFIX = ".ipynb"


@dataclass(frozen=True, slots=True)
class CutFile:
    """A file cut into units."""

    units: list[Unit]
    text: bytes
    """The text to search and to show, in UTF-8: the file's, or the code and prose in it."""
    spans: list[tuple[int, int]]
    """First and last byte, exclusive, of each unit in the text."""

    @property
    def sources(self) -> list[str]:
        """What is to be shown of each unit: its lines, or the code that they stand for."""
        return [self.text[start:end].decode() for start, end in self.spans]


def is_notebook(path: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return PurePosixPath(path).suffix.lower() == _NOTEBOOK_SUFFIX


def kind_of(path: str, first_line: str = "") -> str | None:
    """Name the language, or the kind, of a file that is searched.

    Args:
        path: path or name of the file, with `/`.
        first_line: its first line, read only where the name says nothing.

    Returns:
        The name, or None for what is not searched.
    """
    name = path.rpartition("/")[2]
    language = language_of(name)
    if language is not None:
        return language.name
    kind = markup_kind(name) or (NOTEBOOK if is_notebook(name) else plain_language(name))
    if kind is None and first_line:
        script = language_of(name, first_line)
        kind = script.name if script else plain_language(name, first_line)
    return kind


def kinds_named(name: str) -> tuple[str, ...]:
    """Find all kinds of files that a name stands for when files are filtered by it.

    Args:
        name: of a language as `languages_named` takes it, of one that only windows cut (`dart`,
            `sql`), of a kind of markup (`vue`), `notebook`, or an ending of such files.

    Raises:
        InputError: no kind has this name.
    """
    lowered = name.lower().removeprefix(".")
    if lowered in (*plain_languages(), *markup_kinds(), NOTEBOOK):
        return (lowered,)
    try:
        return tuple(language.name for language in languages_named(name))
    except InputError:
        kind = kind_of(f"file.{lowered}")
        if kind is None:
            raise
        return (kind,)


def cut_file(path: str, text: str) -> CutFile:
    r"""Cut a file into units.

    Args:
        path: path or name of the file, with `/`.
        text: the whole file; lines may end in `\n`, `\r\n` or `\r`.
    """
    text = with_plain_ends(text)
    name = path.rpartition("/")[2]
    if is_notebook(name):
        cells = extract_notebook(text)
        if cells is not None:
            return _joined([cell.unit for cell in cells], [cell.source for cell in cells])
    kind = markup_kind(name)
    if kind:
        units = extract_embedded(text, kind)
    else:
        units = extract_units(text, language_of(name, text.partition("\n")[0]))
    data = text.encode("utf-8", "replace")
    lines = _line_starts(data)
    spans = [(lines[unit.start_line - 1], lines[unit.end_line] - 1) for unit in units]
    return CutFile(units, data, spans)


def _line_starts(data: bytes) -> list[int]:
    """First byte of each line, and where one more would begin; only a line feed ends a line."""
    return [0, *(found.end() for found in re.finditer(b"\n", data)), len(data) + 1]


def _joined(units: list[Unit], sources: list[str]) -> CutFile:
    """A file whose text is that of its units, one after the other."""
    texts = [source.encode("utf-8", "replace") for source in sources]
    ends = list(accumulate(len(text) + 1 for text in texts))
    spans = [(end - 1 - len(text), end - 1) for text, end in zip(texts, ends, strict=True)]
    return CutFile(units, b"\n".join(texts), spans)
