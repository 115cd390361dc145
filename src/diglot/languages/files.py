"""From the name and text of a file to its units, whatever is cut how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from diglot.languages.embedded import extract_embedded, markup_kind
from diglot.languages.extract import extract_units
from diglot.languages.lines import with_plain_ends
from diglot.languages.notebooks import extract_notebook
from diglot.languages.plain import plain_language
from diglot.languages.registry import language_of
from diglot.types import Unit

NOTEBOOK = "notebook"
"""What the language of a notebook is called; its cells have languages of their own."""
_NOTEBOOK_SUFFIX = ".ipynb"


@dataclass(frozen=True, slots=True)
class CutFile:
    """A file cut into units."""

    units: list[Unit]
    sources: list[str]
    """What is to be shown of each unit: its lines, or the code that they stand for."""


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
            return CutFile([cell.unit for cell in cells], [cell.source for cell in cells])
    lines = text.split("\n")  # not splitlines, to which a form feed ends a line too
    kind = markup_kind(name)
    if kind:
        units = extract_embedded(text, kind)
    else:
        units = extract_units(text, language_of(name, lines[0]))
    sources = ["\n".join(lines[unit.start_line - 1 : unit.end_line]) for unit in units]
    return CutFile(units, sources)
