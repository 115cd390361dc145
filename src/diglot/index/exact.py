"""Exact evidence: units that a query names, holds word for word, or points to by file and line.

Such evidence is not a matter of degree, so no fitted weight competes with it: a unit with more of
it precedes every unit with less (`rank.py`). In order:

1. a place that a stack trace names, the innermost first;
2. the definition of the name that is the query, in its case before other cases, a whole qualified
   name before the end of one;
3. the query's own text in the code, whole or after the name of an exception, quoted, or as the
   definition of a constant; and if there is none, the parts of an error message.

Of equal evidence the project's own code precedes tests, examples, third-party and generated code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from diglot.index.catalogue import Catalogue
from diglot.index.names import file_name
from diglot.index.question import Question
from diglot.index.quotes import Frame
from diglot.index.texts import Texts

_FRAME, _DEFINITION, _LITERAL = 3.0, 2.0, 1.0
_NEXT_FRAME = 0.05
"""What each further call of a stack trace counts less."""
_NEXT_SPELLING = 0.01
"""What each less likely spelling of a name counts less."""
_OTHER_CASE, _END_OF_NAME = 0.5, 0.25
"""What a definition counts less whose name has another case, or has parts before the query's."""
_PART = 0.25
"""What a part of the query that stands in the code counts less than the whole."""
_WHOLE_LINE = 0.2
"""What a text counts more that is all of a line, and not a part of one."""
_LONG_PART = 4
"""Words of a message that count, whatever else it says."""
_NOT_OWN = 0.1
"""What code counts less that is not the project's own."""
_MOST_PLACES = 24
"""A run of text that stands in more units says little of any one of them."""
_MOST_SEEN = 400
"""Units with it after which nobody looks for more."""
_MOST_BYTES = 32 << 20
"""Bytes of text that are looked through for a run."""
_LOOSE_SPACE = 120
"""Characters of white space, such as line ends with indentation, between two parts of a run."""
_ASSIGNMENT = 0.5
"""What the definition of a constant or variable counts more than other places of its name."""
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_ASSIGNED = (
    r"^[ \t]*(?:#[ \t]*define[ \t]+NAME\b|(?:[\w<>,.*&]+[ \t]+){0,6}[$*&@]?NAME"
    r"(?:\[\w*\])?(?:[ \t]*:[^=\n]{1,80})?[ \t]*:?=(?![=>~]))"
)
"""A line that gives NAME its value."""

Finder = Callable[[bytes], Iterator[tuple[int, int]]]
"""Where something stands in a text: first and last byte, exclusive."""


def exact_evidence(
    question: Question,
    catalogue: Catalogue,
    texts: Texts,
    named: NDArray[np.int64],
    files_with: Callable[[str], Sequence[int]],
) -> dict[int, float]:
    """Return the rows of units with exact evidence, and how much it counts.

    Args:
        question: the query, analysed.
        catalogue: of the index.
        texts: of the index.
        named: rows of units with one of the question's names, in any case.
        files_with: rows of the files that hold all words of a text, the likeliest first.
    """
    found: dict[int, float] = {}

    def put(row: int, value: float) -> None:
        found[row] = max(found.get(row, 0.0), value - _NOT_OWN * _is_not_own(catalogue, row))

    for depth, row in enumerate(_pointed_to(question.frames, catalogue)):
        put(row, _FRAME - _NEXT_FRAME * depth)
    definitions = list(_definitions(question.names, catalogue, named))
    for row, value in definitions:
        put(row, value)
    if not definitions:
        for text, finder, value in _runs(question):
            for row, is_line in _holding(finder, catalogue, texts, files_with(text)).items():
                put(row, value + _WHOLE_LINE * is_line)
    for parts in question.message_parts:
        if not found:
            for row, value in _message(parts, catalogue, texts, files_with):
                put(row, value)
    return found


def _is_not_own(catalogue: Catalogue, row: int) -> bool:
    file = catalogue.files[catalogue.units["file"][row]]
    name = file_name(file.path)
    return file.generated or name.is_test or name.is_example or name.is_foreign


def _definitions(
    names: Sequence[str], catalogue: Catalogue, named: NDArray[np.int64]
) -> Iterator[tuple[int, float]]:
    """Units whose symbol is one of the names, ends like one, or is the end of one."""
    lowered = [name.lower() for name in names]
    for row in named.tolist():
        symbol = catalogue.symbols[row]
        small = symbol.lower()
        if symbol in names:
            yield row, _DEFINITION - _NEXT_SPELLING * names.index(symbol)
        elif ends := [n for n, name in enumerate(names) if symbol.endswith("." + name)]:
            yield row, _DEFINITION - _END_OF_NAME - _NEXT_SPELLING * ends[0]
        elif any(f".{small}".endswith("." + name) for name in lowered):
            yield row, _DEFINITION - _OTHER_CASE
        elif any(
            name.endswith("." + small)
            and _leads_to(name[: -len(small) - 1], catalogue.files[catalogue.owners[row]].path)
            for name in lowered
        ):
            yield row, _DEFINITION - _END_OF_NAME


def _leads_to(packages: str, path: str) -> bool:
    """Whether the last parts of a package's name stand in a path, in their order.

    The first ones need not: the `App` of a PHP name is often the root itself.
    """
    names = packages.split(".")
    for first in range(len(names)):
        parts = iter(re.split(r"[/.]", path.lower()))
        if all(name in parts for name in names[first:]):
            return True
    return False


def _pointed_to(frames: Sequence[Frame], catalogue: Catalogue) -> list[int]:
    """Units at the places that lie in the tree, in the order of the frames."""
    by_name: dict[str, list[int]] = {}
    for file in range(len(catalogue.files) if frames else 0):
        by_name.setdefault(catalogue.files[file].path.rpartition("/")[2], []).append(file)
    rows: dict[int, None] = {}
    for frame in frames:
        best, length = None, 0
        for file in by_name.get(frame.parts[-1], ()):
            parts = catalogue.files[file].path.split("/")
            shared = _shared_end(parts, frame.parts)
            enough = shared >= min(2, len(parts), len(frame.parts))
            if enough and shared > length:
                best, length = file, shared
        if best is not None and (row := unit_at(catalogue, best, frame.line)) is not None:
            rows[row] = None
    return list(rows)


def _shared_end(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def unit_at(catalogue: Catalogue, file: int, line: int) -> int | None:
    """Return the row of the smallest unit of a file that holds a line, None if there is none."""
    start, end = catalogue.first_units[file : file + 2].tolist()
    units = catalogue.units[start:end]
    around = np.flatnonzero((units["start_line"] <= line) & (units["end_line"] >= line))
    if not len(around):
        return None
    lines = units["end_line"][around] - units["start_line"][around]
    return int(start + around[np.argmin(lines)])


def _runs(question: Question) -> Iterator[tuple[str, Finder, float]]:
    """What of the query's text to look for, what finds it in a file, and how much it counts."""
    for name in question.names[:1]:
        if _IDENTIFIER.fullmatch(name):
            assigned = re.compile(_ASSIGNED.replace("NAME", re.escape(name)).encode(), re.MULTILINE)
            yield name, _matches_of(assigned, name.encode()), _LITERAL + _ASSIGNMENT
    for literal in question.literals:
        if literal.is_telling:
            value = _LITERAL - (0 if literal.is_whole else _PART)
            yield literal.text, _Run(literal.text), value


def _matches_of(pattern: re.Pattern[bytes], name: bytes) -> Finder:
    def find(data: bytes) -> Iterator[tuple[int, int]]:
        return (
            ((found.end() - 1, found.end()) for found in pattern.finditer(data))
            if name in data
            else iter(())
        )

    return find


def _message(
    parts: Sequence[str],
    catalogue: Catalogue,
    texts: Texts,
    files_with: Callable[[str], Sequence[int]],
) -> Iterator[tuple[int, float]]:
    """Units that hold parts of an error message, which count by their share of its words."""
    words = [len(part.split()) for part in parts]
    held: dict[int, int] = {}
    for part, count in zip(parts, words, strict=True):
        for row in _holding(_Run(part), catalogue, texts, files_with(part)):
            held[row] = held.get(row, 0) + count
    most = max(held.values(), default=0)
    for row, count in held.items():
        if count == most and (2 * count >= sum(words) or count >= _LONG_PART):
            yield row, _LITERAL - _PART


class _Run:
    """Finds a run of text, whatever its white space, where no word goes on at its ends.

    The longest of its parts is searched for, and the others are then compared around it: that is
    many times as fast as a pattern for the whole.
    """

    def __init__(self, text: str) -> None:
        parts = [part.encode("utf-8", "replace") for part in text.split()]
        longest = max(range(len(parts)), key=lambda number: len(parts[number]))
        self._anchor = parts[longest]
        escaped = [re.escape(part) for part in parts]
        start = rb"(?<![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9_]", text) else b""
        end = rb"(?![A-Za-z0-9_])" if re.search(r"[A-Za-z0-9_]$", text) else b""
        self._after = re.compile(rb"\s+".join(escaped[longest:]) + end)
        before = b"".join(part + rb"\s+" for part in escaped[:longest])
        self._before = re.compile(start + before + rb"\Z")
        self._reach = len(b" ".join(parts[:longest])) + _LOOSE_SPACE * (longest + 1)

    def __call__(self, data: bytes) -> Iterator[tuple[int, int]]:
        at = data.find(self._anchor)
        while at >= 0:
            after = self._after.match(data, at)
            if after:
                begin = max(0, at - self._reach)
                before = self._before.search(data[begin:at])
                if before:
                    yield begin + before.start(), after.end()
            at = data.find(self._anchor, at + 1)


def _holding(
    finder: Finder, catalogue: Catalogue, texts: Texts, files: Iterable[int]
) -> dict[int, bool]:
    """Innermost units in which something is found, and whether it is a whole line there.

    Where there are too many to tell, only those count in which it is a whole line, if any.
    """
    rows: dict[int, bool] = {}
    size = 0
    for file in files:
        data = texts.file(file)
        size += len(data)
        spans = None
        for start, end in finder(data):
            spans = texts.spans(file) if spans is None else spans
            inside = (spans[:, 0] <= start) & (start < spans[:, 1])
            if inside.any():
                lengths = np.where(inside, spans[:, 1] - spans[:, 0], np.iinfo(np.int64).max)
                row = int(catalogue.first_units[file]) + int(np.argmin(lengths))
                rows[row] = rows.get(row, False) or _is_line(data, start, end)
        if size > _MOST_BYTES or len(rows) > _MOST_SEEN:
            break
    if len(rows) > _MOST_PLACES:
        rows = {row: True for row, is_line in rows.items() if is_line}
    return rows if len(rows) <= _MOST_PLACES else {}


def _is_line(data: bytes, start: int, end: int) -> bool:
    """Whether a part of a text has nothing else on its lines but white space and a marker."""
    first = data.rfind(b"\n", 0, start) + 1
    last = data.find(b"\n", end)
    after = data[end : len(data) if last < 0 else last]
    return not data[first:start].strip(b" \t/#*-;%!<") and not after.strip(b" \t\r*/->")
