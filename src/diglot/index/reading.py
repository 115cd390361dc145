"""Reading one source file: its text and the hash of its bytes, or the reason it is left out."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from diglot.index.encodings import declared_text
from diglot.languages.embedded import is_mere_markup, markup_kind
from diglot.languages.files import is_notebook
from diglot.languages.long_lines import without_data

MAX_SOURCE_BYTES = 1 << 20
"""Larger files are data or generated, and are never read."""
_NOTEBOOK_FACTOR = 8
"""How much larger notebooks may be: most of one is pictures, which are not indexed."""

_LONG_MEAN_LINE = 500
"""Characters per line, on average, beyond which nobody wrote a text by hand."""
_SHORT_TEXT = 4096
"""Characters below which a text is not called minified, however long its lines."""
_NOT_TEXT_SHARE = 0.5
"""Share of undecodable and control bytes above which a file is binary."""
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\f\r\x1b")
_FIRST_LINE_BYTES = 256
# Should a pipe take a file's place after its status was read, opening it must not wait.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte order mark; UTF-32 comes first because UTF-16's mark begins its own."""


class SkipReason(StrEnum):
    """Why a file, folder or link is left out of an index, in words for the user."""

    BINARY = "binary"
    MINIFIED = "minified or generated: very long lines"
    TOO_LARGE = "too large"
    UNREADABLE = "cannot be read"
    VANISHED = "vanished"
    NOT_REGULAR = "not a regular file"
    UNENCODABLE_NAME = "name is not valid UTF-8"
    NESTED_REPOSITORY = "repository inside another"
    LINK_OUTSIDE = "symbolic link to outside the folder"
    LINK_LOOP = "symbolic link loop"
    NO_SCRIPT = "page without scripts"
    UNKNOWN = "not a kind of file that is searched"
    MACHINE_MADE = "minified or generated, by its name"
    IGNORED_BY_DIGLOT = "ignored by .diglotignore"
    IGNORED_PLAINLY = "ignored by .ignore"
    IGNORED_BY_GIT = "ignored by git"
    HIDDEN = "hidden: its name begins with a dot"
    DEPENDENCIES = "installed dependencies"
    ENVIRONMENT = "virtual environment or cache"
    BUILD_OUTPUT = "build output, untracked"
    VENDORED = "copies of other projects, untracked"


@dataclass(frozen=True, slots=True)
class Source:
    """The content of a source file."""

    text: str
    """Decoded text without byte order mark, line ends as they are in the file; of data on very
    long lines only the beginning is there."""
    content_hash: str
    """BLAKE2b hash of the file's bytes, 16 bytes in hexadecimal."""
    note: str
    """Empty, or what had to be guessed to decode the bytes."""


def read_source(path: Path, max_bytes: int = MAX_SOURCE_BYTES) -> Source | SkipReason:
    """Read a source file.

    Reading never blocks on a pipe or device and never takes in more than `max_bytes`.

    Args:
        path: the file; a symbolic link is followed.
        max_bytes: size of the largest file that is read, in bytes; see `size_limit`.

    Returns:
        The text and hash, or why the file is left out.
    """
    data = read_regular_file(path, size_limit(path.name, max_bytes))
    if isinstance(data, SkipReason):
        return data
    decoded = _decode(data)
    if decoded is None:
        return SkipReason.BINARY
    text, note = decoded
    if not is_notebook(path.name):
        text, is_written = without_data(text)
        lines = 1 + max(text.count("\n"), text.count("\r"))
        if not is_written and len(text) > max(_SHORT_TEXT, _LONG_MEAN_LINE * lines):
            return SkipReason.MINIFIED
        kind = markup_kind(path.name)
        if kind and is_mere_markup(text, kind):
            return SkipReason.NO_SCRIPT
    return Source(text, hashlib.blake2b(data, digest_size=16).hexdigest(), note)


def size_limit(name: str, max_bytes: int = MAX_SOURCE_BYTES) -> int:
    """Size of the largest file of a name that is read, in bytes.

    Args:
        name: name of the file.
        max_bytes: the limit for source code.
    """
    return max_bytes * _NOTEBOOK_FACTOR if is_notebook(name) else max_bytes


def read_regular_file(path: Path, max_bytes: int) -> bytes | SkipReason:
    """Read the bytes of a regular file of at most `max_bytes` bytes, or say why not."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return SkipReason.NOT_REGULAR
        if status.st_size > max_bytes:
            return SkipReason.TOO_LARGE
        data = _read(path, max_bytes + 1)  # it may have grown, and /proc states no sizes
    except (FileNotFoundError, NotADirectoryError):
        return SkipReason.VANISHED
    except OSError:
        return SkipReason.UNREADABLE
    return data if len(data) <= max_bytes else SkipReason.TOO_LARGE


def read_first_line(path: Path) -> str:
    """Read the beginning of a file's first line, where a `#!` stands; empty if unreadable."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return ""
        head = _read(path, _FIRST_LINE_BYTES)
    except OSError:
        return ""
    return head.split(b"\n", 1)[0].decode("utf-8", "replace")


def _read(path: Path, count: int) -> bytes:
    with os.fdopen(os.open(path, _OPEN_FLAGS), "rb") as file:
        return file.read(count)


def _decode(data: bytes) -> tuple[str, str] | None:
    """Decode bytes to text and a note on guesses; None for what is not text."""
    for mark, encoding in _WIDE_MARKS.items():
        if data.startswith(mark):
            try:
                return data.decode(encoding), ""
            except UnicodeDecodeError:
                return None
    if b"\0" in data:
        return None
    if not data.startswith(codecs.BOM_UTF8) and (declared := declared_text(data)) is not None:
        return declared, ""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return _decode_damaged(data)


def _decode_damaged(data: bytes) -> tuple[str, str] | None:
    """Decode bytes that are not quite UTF-8: damaged, in a legacy encoding, or not text."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if damaged + controls > _NOT_TEXT_SHARE * len(data):
        return None
    intact = sum(character > "\x7f" for character in text) - damaged
    if intact > damaged:
        return text, "not valid UTF-8: damaged bytes were replaced"
    return data.decode("windows-1252", "replace"), "not UTF-8: read as Windows-1252"
