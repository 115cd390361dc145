"""Notebooks: code and prose in cells of a JSON file."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from diglot.errors import InputError
from diglot.languages.base import Language
from diglot.languages.extract import extract_units
from diglot.languages.lines import with_plain_ends
from diglot.languages.registry import language_named
from diglot.languages.windows import windows
from diglot.types import Unit

_SPACE = re.compile(r"[ \t\n\r]*")
_MAGIC = re.compile(
    r"^([ \t]*+)((?:%{1,2}[A-Za-z_]|[!?][ \t]*+\S).*|[\w.]++\?{1,2})$", re.MULTILINE
)
"""A line that IPython reads otherwise than Python does."""
_ASSIGNED_MAGIC = re.compile(r"^([\w.,() \t]++=[ \t]*+)([!%]\w.*)$", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)[^\n]*")
_CELL_LANGUAGES = {
    **dict.fromkeys(("bash", "sh", "script"), "bash"),
    **dict.fromkeys(("javascript", "js"), "javascript"),
    **dict.fromkeys(("ruby", "typescript", "go", "rust", "java", "kotlin", "scala"), ""),
}
"""Languages of cells by their first line's magic; the magic's own name where empty."""
_OTHER_CELLS = frozenset(
    {"html", "svg", "latex", "markdown", "sql", "r", "perl", "bigquery", "css"}
)
"""Magics of cells that no grammar reads."""
_MOST_CODE = 1 << 20
"""Characters of code in one notebook that grammars read; what follows is cut into windows."""
_CELL_COST = 300
"""Characters that could be read in the time that it takes to begin with a cell."""
_KERNEL_LANGUAGES = {"c++": "cpp", "c#": "csharp", "python3": "python", "ipython": "python"}


@dataclass(frozen=True, slots=True)
class CellText:
    """Units of a notebook, whose lines are those of the file, and the code they stand for."""

    unit: Unit
    source: str
    """The unit as its author wrote it."""


def extract_notebook(text: str) -> list[CellText] | None:
    r"""Cut a notebook into units; outputs are left out.

    Args:
        text: the whole `.ipynb` file, lines parted by `\n`.

    Returns:
        The units of all cells in order, or None if the file is no notebook.
    """
    try:
        document = _Document(text)
        fallback = _kernel_language(document.value(document.start))
        cells = list(document.cells())
    except (ValueError, RecursionError, TypeError, IndexError):
        return None
    pieces: list[CellText] = []
    budget = _MOST_CODE
    for cell in cells:
        budget -= len(cell.text) + _CELL_COST
        pieces += _pieces(cell, fallback if budget > 0 else "")
    return pieces


@dataclass(frozen=True, slots=True)
class _Cell:
    kind: str
    language: str
    """What the cell itself says of its language; empty where it says nothing."""
    text: str
    lines: list[int]
    """Line of the file that each line of the text begins on."""


class _Document:
    """A JSON text of which it is known where each value stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.start = self._skip(0)
        self._decode = json.JSONDecoder().raw_decode
        self._newlines = [match.start() for match in re.finditer("\n", text)]

    def value(self, at: int) -> Any:  # noqa: ANN401 - whatever JSON holds
        return self._decode(self.text, at)[0]

    def cells(self) -> Iterator[_Cell]:
        """The cells, in order.

        Raises:
            ValueError: this is no notebook.
        """
        top = dict(self._members(self.start))
        lists = [top["cells"]] if "cells" in top else []
        if "worksheets" in top:  # as notebooks were before version 4
            sheets = (dict(self._members(at)) for at in self._items(top["worksheets"]))
            lists += [sheet["cells"] for sheet in sheets if "cells" in sheet]
        if not lists:
            raise ValueError("no cells")
        for cells in lists:
            for at in self._items(cells):
                yield self._cell(at)

    def _cell(self, at: int) -> _Cell:
        members = dict(self._members(at))
        kind = self.value(members["cell_type"]) if "cell_type" in members else ""
        source = members.get("source", members.get("input"))
        metadata = self.value(members["metadata"]) if "metadata" in members else {}
        language = _member(metadata, "vscode", "languageId") or _member(
            metadata, "dotnet_interactive", "language"
        )
        pieces: list[tuple[str, int]] = []
        if source is not None:
            is_list = self.text[source] == "["
            for start in self._items(source) if is_list else (source,):
                piece = self.value(start)
                if isinstance(piece, str):
                    pieces.append((piece, bisect_left(self._newlines, start) + 1))
        text, lines = _placed(pieces)
        return _Cell(str(kind), language, text, lines)

    def _members(self, at: int) -> Iterator[tuple[str, int]]:
        """Keys of an object, and where their values begin."""
        for key_at in self._parts(at, "{}"):
            key, end = self._decode(self.text, key_at)
            value_at = self._skip(self._skip(end, ":"))
            yield str(key), value_at

    def _items(self, at: int) -> Iterator[int]:
        """Where the items of an array begin."""
        return self._parts(at, "[]")

    def _parts(self, at: int, brackets: str) -> Iterator[int]:
        at = self._skip(self._skip(at, brackets[0]))
        while self.text[at] != brackets[1]:
            yield at
            end = self._skip(self._decode(self.text, at)[1])
            if brackets == "{}":
                end = self._decode(self.text, self._skip(self._skip(end, ":")))[1]
                end = self._skip(end)
            if self.text[end] == ",":
                end = self._skip(end + 1)
            at = end

    def _skip(self, at: int, mark: str = "") -> int:
        """Position after white space and, if one is named, after a mark that must follow it."""
        space = _SPACE.match(self.text, at)
        at = space.end() if space else at
        if mark and not self.text.startswith(mark, at):
            raise ValueError(f"no {mark} at {at}")
        return at + len(mark)


def _placed(pieces: list[tuple[str, int]]) -> tuple[str, list[int]]:
    """Join pieces of a cell's text, and say on which line of the file each of its lines begins."""
    lines = [1]
    joined = ""
    for piece, line in pieces:
        text = with_plain_ends(piece)
        if text and (not joined or joined.endswith("\n")):
            lines[-1] = line
        lines += [line] * text.count("\n")
        joined += text
    return joined, lines


def _pieces(cell: _Cell, fallback: str) -> Iterator[CellText]:
    shown = cell.text.split("\n")
    for unit in _units(cell, fallback):
        first, last = unit.start_line, unit.end_line
        source = "\n".join(shown[first - 1 : last])
        start, end = cell.lines[first - 1], cell.lines[last - 1]
        yield CellText(replace(unit, start_line=start, end_line=max(start, end)), source)


def _units(cell: _Cell, fallback: str) -> list[Unit]:
    if cell.kind != "code" or not fallback:
        return windows(cell.text)
    text, name = cell.text, cell.language or fallback
    if magic := _CELL_MAGIC.match(text):
        named = magic[1].lower()
        if named in _OTHER_CELLS:
            return windows(text)
        name = _CELL_LANGUAGES.get(named, name) or named
    language = _language(name)
    if language is None:
        return windows(text)
    if magic or language.name == "python":
        text = _ASSIGNED_MAGIC.sub(r"\1None  # \2", text)
        text = _MAGIC.sub(_as_code(language), text)
    # A cell is no module; what is loose in it is a run of lines like any other.
    return [
        replace(unit, kind="window") if unit.kind == "module" else unit
        for unit in extract_units(text, language)
    ]


def _as_code(language: Language) -> Callable[[re.Match[str]], str]:
    """What a magic is replaced by: a statement that does nothing, so that a block stays one."""
    nothing = "pass  # " if language.name == "python" else language.line_comments[-1] + " "
    return lambda match: f"{match[1]}{nothing}{match[2]}"


def _language(name: str) -> Language | None:
    try:
        return language_named(_KERNEL_LANGUAGES.get(name.lower(), name))
    except InputError:
        return None


def _kernel_language(notebook: object) -> str:
    return (
        _member(notebook, "metadata", "kernelspec", "language")
        or _member(notebook, "metadata", "language_info", "name")
        or "python"
    )


def _member(value: object, *keys: str) -> str:
    """A text deep in a JSON value; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
