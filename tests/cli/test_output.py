from __future__ import annotations

import io
from pathlib import Path

import pytest

from diglot.cli.output import Shown, shown_path, write_hits
from diglot.types import Hit


def written(snippet: str, symbol: str = "", lines: int | None = None) -> list[str]:
    hit = Hit("a.x", 10, 10 + snippet.count("\n"), symbol, "function", "x", 1.5, 0.9, snippet)
    stream = io.StringIO()
    write_hits([Shown(hit, Path())], stream, lines)
    return stream.getvalue().removesuffix("\n").split("\n")


@pytest.mark.parametrize(
    ("symbol", "snippet", "expected"),
    [
        ("get", "def get():\n    pass", "a.x:10:def get():"),
        ("Cache.get", "# get it\n@cached\ndef get(self):", "a.x:12:def get(self):"),
        ("get", "/**\n * Tells how to get it.\n */\n@Nullable\nint get() {", "a.x:14:int get() {"),
        ("get", "#[inline]\n#[must_use]\npub fn get() {}", "a.x:12:pub fn get() {}"),
        ("Get", "// get\nfunc (c *C) Get() {", "a.x:11:func (c *C) Get() {"),
        ("get", "-- get\n\nget :: Int -> Int", "a.x:12:get :: Int -> Int"),
        ("get", "getter = 1\nother(get)", "a.x:11:other(get)"),
        ("operator==", "bool operator==(A a) {", "a.x:10:bool operator==(A a) {"),
        ("new", "\nstatic\nvoid create() {", "a.x:11:static"),
        ("", "#!/bin/sh\n# Licence\n\nset -e", "a.x:13:set -e"),
        ("", "# only\n# comments", "a.x:10:# only"),
        ("", "", "a.x:10:"),
        ("get", "def get():\r\n    pass\r\n", "a.x:10:def get():"),
    ],
)
def test_a_pipe_gets_the_line_that_declares(symbol: str, snippet: str, expected: str) -> None:
    assert written(snippet, symbol) == [expected]


def test_more_lines_begin_at_the_top_if_the_declaration_is_among_them() -> None:
    snippet = "# one\n# two\ndef get():\n    pass\n    pass"
    assert written(snippet, "get", 3) == ["a.x:10:# one", "a.x:11:# two", "a.x:12:def get():"]
    assert written(snippet, "get", 2) == ["a.x:12:def get():", "a.x:13:    pass"]
    assert len(written(snippet, "get", 99)) == 5


def test_escape_sequences_in_code_do_not_reach_a_pipe() -> None:
    assert written("'\x1b[31m'\t#") == ["a.x:10:'\ufffd[31m'\t#"]


def test_a_line_feed_alone_ends_a_line() -> None:
    assert written("a\x0cb\u2028c\nd", lines=2) == ["a.x:10:a\ufffdb\ufffdc", "a.x:11:d"]


def test_paths_are_relative_below_the_current_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert shown_path(tmp_path / "here", "a/b.py") == "a/b.py"
    assert shown_path(tmp_path / "here" / "a", "b.py") == "a/b.py"
    assert shown_path(tmp_path, "b.py") == (tmp_path / "b.py").as_posix()
