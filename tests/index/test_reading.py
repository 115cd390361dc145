from __future__ import annotations

import hashlib
import os
import socket
import threading
from pathlib import Path

import pytest

from diglot.index.reading import (
    MAX_SOURCE_BYTES,
    SkipReason,
    Source,
    read_first_line,
    read_source,
)


def read(tmp_path: Path, content: bytes) -> Source | SkipReason:
    file = tmp_path / "file.py"
    file.write_bytes(content)
    return read_source(file)


def text_of(tmp_path: Path, content: bytes) -> str:
    source = read(tmp_path, content)
    assert isinstance(source, Source)
    return source.text


def test_text_and_hash_of_a_file(tmp_path: Path) -> None:
    content = "def größe():\r\n    return '大小'\n".encode()
    source = read(tmp_path, content)
    assert source == Source(
        content.decode(), hashlib.blake2b(content, digest_size=16).hexdigest(), ""
    )


def test_an_empty_file_is_a_source(tmp_path: Path) -> None:
    assert text_of(tmp_path, b"") == ""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\x0c\n", "\u2028"])
def test_line_ends_are_kept(tmp_path: Path, line_end: str) -> None:
    text = f"a{line_end}b{line_end}{line_end}c"
    assert text_of(tmp_path, text.encode()) == text


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_byte_order_marks_tell_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = "x = 'é 大'\n"
    mark = "\ufeff" if encoding.endswith("e") else ""
    source = read(tmp_path, (mark + text).encode(encoding))
    assert isinstance(source, Source)
    assert (source.text, source.note) == (text, "")


def test_legacy_encodings_are_read_as_windows_1252(tmp_path: Path) -> None:
    text = "# Größe in € für den Code\nsize = 1\n"
    source = read(tmp_path, text.encode("windows-1252"))
    assert isinstance(source, Source)
    assert source.text == text
    assert "Windows-1252" in source.note


def test_damaged_utf8_keeps_what_is_intact(tmp_path: Path) -> None:
    source = read(tmp_path, "# größer, größte, 大\nx = 1 # ".encode() + b"\xff\n")
    assert isinstance(source, Source)
    assert source.text == "# größer, größte, 大\nx = 1 # \ufffd\n"
    assert "damaged" in source.note


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01\x00\x00",
        b"text with a \x00 in it\n",
        bytes(range(128, 256)) * 4,
        b"\xff\xfe\x00",
        b"\xff\xfe\x00\xd8\x00\xd8",
        bytes([1, 2, 3, 4, 5, 6, 7, 8, 0xFF]) * 20,
    ],
)
def test_binary_files_are_left_out(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) is SkipReason.BINARY


def test_minified_files_are_left_out(tmp_path: Path) -> None:
    minified = b"/* licence */\n" * 20 + b"function a(b){return b+1};" * 1000
    assert read(tmp_path, minified) is SkipReason.MINIFIED
    assert read(tmp_path, b"function a(b){return b+1};" * 100) is not SkipReason.MINIFIED
    assert read(tmp_path, b"x = 1\n" * 100_000) is not SkipReason.MINIFIED
    assert read(tmp_path, b"x = 1\r" * 1000) is not SkipReason.MINIFIED
    prose = (b"A paragraph on one line. " * 20 + b"\n\n") * 40
    assert read(tmp_path, prose) is not SkipReason.MINIFIED


def test_the_limit_is_inclusive(tmp_path: Path) -> None:
    line = b"x = 1  # 16 byte\n"
    at_limit = (line * (MAX_SOURCE_BYTES // len(line) + 1))[:MAX_SOURCE_BYTES]
    assert len(text_of(tmp_path, at_limit)) == MAX_SOURCE_BYTES
    assert read(tmp_path, at_limit + b"\n") is SkipReason.TOO_LARGE
    assert read_source(tmp_path / "file.py", max_bytes=10) is SkipReason.TOO_LARGE


def test_a_file_that_states_no_size_is_read_up_to_the_limit() -> None:
    statistics = Path("/proc/self/status")
    if not statistics.exists():
        pytest.skip("needs /proc")
    assert statistics.stat().st_size == 0
    assert isinstance(read_source(statistics), Source)
    assert read_source(statistics, max_bytes=10) is SkipReason.TOO_LARGE


def test_a_vanished_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nothing")
    for name in ("missing", "missing/below", "file/below", "dangling"):
        assert read_source(tmp_path / name) is SkipReason.VANISHED


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert read_source(tmp_path / "loop") is SkipReason.UNREADABLE
    assert read_source(tmp_path / ("x" * 300)) is SkipReason.UNREADABLE
    closed = tmp_path / "closed"
    closed.touch(mode=0o000)
    if os.geteuid() != 0:  # root may read everything
        assert read_source(closed) is SkipReason.UNREADABLE


def test_what_is_no_regular_file_never_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for path in (tmp_path, tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero")):
            results: list[object] = []
            reader = threading.Thread(
                target=lambda path=path, results=results: results.extend(
                    [read_source(path), read_first_line(path)]
                ),
                daemon=True,
            )
            reader.start()
            reader.join(timeout=10)
            assert results == [SkipReason.NOT_REGULAR, ""]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"#!/bin/sh\necho\n", "#!/bin/sh"),
        (b"#!/bin/sh\r\necho\n", "#!/bin/sh\r"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 10_000, "x" * 256),
    ],
)
def test_first_line(tmp_path: Path, content: bytes, line: str) -> None:
    file = tmp_path / "script"
    file.write_bytes(content)
    assert read_first_line(file) == line


def test_first_line_of_a_missing_file_is_empty(tmp_path: Path) -> None:
    assert read_first_line(tmp_path / "missing") == ""


def test_notebooks_may_be_large_and_have_long_lines(tmp_path: Path) -> None:
    content = b'{"cells": ["' + b"a" * (2 * MAX_SOURCE_BYTES) + b'"]}'
    (tmp_path / "a.ipynb").write_bytes(content)
    source = read_source(tmp_path / "a.ipynb")
    assert isinstance(source, Source)
    assert len(source.text) == len(content)
    (tmp_path / "a.ipynb").write_bytes(content * 5)
    assert read_source(tmp_path / "a.ipynb") is SkipReason.TOO_LARGE


def test_pages_without_scripts_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<h1>Title</h1>\n")
    assert read_source(tmp_path / "a.html") is SkipReason.NO_SCRIPT
    (tmp_path / "a.html").write_text("<h1>Title</h1>\n<script>f()</script>\n")
    assert isinstance(read_source(tmp_path / "a.html"), Source)


def test_declared_encodings_are_believed_and_marks_more_so(tmp_path: Path) -> None:
    text = "# coding: cp1251\n# вычислить\n"
    assert text_of(tmp_path, text.encode("cp1251")) == text
    assert text_of(tmp_path, text.encode("utf-8-sig")) == text
