"""What a query says word for word: names, runs of code or messages, and places in stack traces.

Whoever pastes a line, an error message or a name wants the place where it stands, not something
like it. What is found here is looked up as it is (`exact.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SEPARATOR = re.compile(r"::|->|[.#\\/:]")
_RECEIVER = re.compile(r"\(\s*[*&]?\s*(\w+)\s*\)\s*\.")  # Go: (*Client).Do
_CALL = re.compile(r"\(.*\)$")
_LONGEST_NAME = 200
_LONGEST_LITERAL = 2000

_MARKER = re.compile(r"^\s*(?://[/!]?|#+!?|/\*+|\*+/?|--|;+|%+|<!--|\"\"\"|''')\s*|\s*(?:\*/|-->)$")
_RAISED = re.compile(
    r"^(?:(?:uncaught|unhandled|caused by:|fatal)\s+)?"
    r"(?:[\w.$:\\-]*(?:error|exception|warning|failure|fault|fatal|panic|errno)\w*"
    r"(?:\s*[\[(][^\])]*[\])])?|(?-i:(?:\w+[.\\])*[A-Z]\w*[a-z][A-Z]\w*))\s*:\s+(?=\S)",
    re.IGNORECASE,
)
"""The name of an exception, or a word such as `error`, before a message."""
_QUOTED = re.compile(r"\"([^\"\n]{2,})\"|`([^`\n]{2,})`|“([^”\n]{2,})”|«([^»\n]{2,})»")
_WORD = re.compile(r"\w+")
_CODE = re.compile(
    r"[(){}\[\];=<>&|$@\\^~`\"]|::|->|[:,]$|^\s*(?://|#|/?\*|--)|(?<!\w)'|'(?!\w)"
    r"|\w\.\w|\w_\w|[a-z][A-Z]|\d{2,}|\b0[xX][0-9a-fA-F]+"
)
"""Signs that a text is code: brackets, operators, quotes, comment markers, names, numbers."""
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]{4,}")
_VALUE = re.compile(
    r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`|[\[{(<][^\[\](){}<>\n]*[\])}>]|\S*[/\\@]\S*|\S*\d\S*|: +\S+$"
)
"""What a message is filled with at run time: quoted, bracketed, a path, an address, a number."""
_PUNCTUATION = re.compile(r"[.,:;!?]\s+|\s[-\u2013\u2014]+\s")
_LONGEST_MESSAGE = 500
"""Characters; what is longer is no message, and takes long to part."""
_LEAST_PART = 2
"""Words of a part of a message that may be what stands in the code."""
_MANY_WORDS = 4
"""A run of so many words in one order is no chance."""

_FRAME = re.compile(  # tried only where a path can begin, or long words would take n * n time
    r"(?:^|(?<=[\s\"'`(\[{<>,;*?|]))(?P<path>(?:[A-Za-z]:)?[^\s\"'`()\[\]{}<>,;:*?|]*[\w)\]-]\.[A-Za-z]\w{0,9})"
    r"(?:\"?, line |:line |: line | line | on line |:|\()(?P<line>\d{1,7})\b"
)
_MOST_FRAMES = 12


@dataclass(frozen=True, slots=True)
class Literal:
    """A run of text to be found as it is, but for white space."""

    text: str
    is_whole: bool
    """Whether it is all that the query says, or else a part that was quoted or follows a prefix."""
    is_telling: bool
    """Whether it is long or particular enough to stand nowhere by chance."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a file, as a stack trace or a compiler names it."""

    parts: tuple[str, ...]
    """Parts of the path, the file's name last."""
    line: int


def spellings(text: str) -> tuple[str, ...]:
    """Return what a query may be as a name: as it is and without call, sigil or arity.

    Parts are joined by `.`, whatever the language writes between them. A query without a letter is
    no name; one with white space may be that of a test ("parses an empty file"), as it is.
    """
    bare = _RECEIVER.sub(r"\1.", text)
    if len(bare) > _LONGEST_NAME or "\n" in bare or not re.search(r"[^\W\d_]", bare):
        return ()
    if re.search(r"\s", bare):
        return tuple(dict.fromkeys((bare, re.sub(r"::|#", ".", bare))))
    called = _CALL.sub("", bare)
    dotted = [_SEPARATOR.sub(".", name).strip(".") for name in (bare, called)]
    plain = dotted[1].strip("!?=@$&*~'")
    arity = re.sub(r"\.\d+$", "", dotted[1])
    found = dict.fromkeys((bare, called, *dotted, arity, plain))
    return tuple(name for name in found if name)


def find_literals(text: str) -> tuple[Literal, ...]:
    """Return the runs of a query that may stand in code word for word; the whole first."""
    found: dict[str, Literal] = {}

    def add(run: str, is_whole: bool, is_quoted: bool = False) -> None:
        run = run.strip()
        if run and len(run) <= _LONGEST_LITERAL and run not in found:
            found[run] = Literal(run, is_whole, _is_telling(run, is_quoted))

    whole = _QUOTED.fullmatch(text.strip())
    add(next(filter(None, whole.groups())) if whole else text, True, is_quoted=bool(whole))
    add(_MARKER.sub("", text), True, is_quoted=bool(_MARKER.match(text)))
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines[-1:] if find_frames(text) else lines[:1] if len(lines) == 1 else ():
        message = line.strip()
        while (shorter := _RAISED.sub("", message, count=1)) != message:
            message = shorter
            add(message, True)
    for quoted in _QUOTED.finditer(text):
        run = next(filter(None, quoted.groups()))
        if len(_WORD.findall(run)) > 1:
            add(run, False, is_quoted=True)
    return tuple(found.values())


def message_parts(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the parts of an error message that may stand in the code.

    A query is taken for a message if it begins with the name of an exception or like `Error:`, or
    holds what a message is filled with at run time, which parts it.

    Returns:
        The parts, the longest first; and, since long messages are written as several literals, the
        same parted at punctuation too.
    """
    line = text.strip()
    if "\n" in line or len(line) > _LONGEST_MESSAGE:
        return ()
    message = line
    while (shorter := _RAISED.sub("", message, count=1)) != message:
        message = shorter
    parts = _VALUE.split(message)
    if message == line and len(parts) == 1:
        return ()
    finer = [piece for part in parts for piece in _PUNCTUATION.split(part)]
    return tuple(dict.fromkeys(_telling_parts(some) for some in (parts, finer)))


def _telling_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """Those of several words, the longest first."""
    stripped = (part.strip(" \t.,:;!?") for part in parts)
    telling = [part for part in stripped if len(_WORD.findall(part)) >= _LEAST_PART]
    return tuple(sorted(dict.fromkeys(telling), key=lambda part: -len(part)))


def _is_telling(run: str, is_quoted: bool) -> bool:
    words = len(_WORD.findall(run))
    if words >= _MANY_WORDS or _WIDE.search(run):
        return True
    return words >= 1 and bool(is_quoted or _CODE.search(run))


def find_frames(text: str) -> tuple[Frame, ...]:
    """Return the places that a query names, the innermost call first."""
    frames = [
        Frame(tuple(re.split(r"[\\/]+", found["path"].removeprefix("./"))), int(found["line"]))
        for found in _FRAME.finditer(text)
    ]
    if "most recent call last" in text or text.lstrip().startswith('File "'):
        frames.reverse()
    return tuple(dict.fromkeys(frames))[:_MOST_FRAMES]
