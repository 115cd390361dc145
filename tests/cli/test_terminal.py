"""What is written, wherever it comes from, neither steers a terminal nor forges a line."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import warnings
from pathlib import Path

import pytest

import diglot
from diglot.cli import main as main_module
from diglot.cli.terminal import cells, wrapped, write_spans
from diglot.printable import printable

COMMANDS = sorted((Path(diglot.__file__).parent / "cli").glob("*.py"))
WRITERS = {"echo", "secho", "print", "write", "writelines", "print_exc", "print_exception"}
EVIL = "evil\nforged:1:x\x1b[2J\u202e\u2028\x9b\x85\x7f.py"
"""A file name."""


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_no_command_writes_but_through_the_terminal(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {ast.unparse(call) for call in calls}
    writers = {name for name in names if name.rpartition(".")[2] in WRITERS}
    allowed = {"terminal.py": {"click.echo"}, "doctor.py": {"file.write"}}
    assert writers == allowed.get(path.name, set())


def is_clean(text: str) -> bool:
    return all(printable(line) == line for line in text.split("\n"))


@pytest.fixture
def hostile(project) -> Path:
    """The project with a file whose name, symbols and text are hostile."""
    (project / "src" / EVIL).write_text("def evict_pages(x):\n    return '\x1b]0;me\x07\u2067'\n")
    (project / "src" / f"bin{EVIL}").write_bytes(b"\0\1\2" * 50)
    (project / EVIL).mkdir()
    (project / EVIL / "a.py").write_text("def evict_pages(x):\n    return 1\n")
    return project


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "evict pages", "--rank", "fast", "--min-score", "0", "--snippet-lines", "3"],
        ["search", "evict pages", "--rank", "fast", "--min-score", "0", "--snippet-lines", "0"],
        ["search", "evict pages", "--rank", "fast", "--json"],
        ["search", "evict pages", "--rank", "fast", "--jsonl"],
        ["search", "zq zw \x1b[2J\u202e", "--rank", "fast", "--json"],
        ["search", "zq zw", "--rank", "fast", "--min-score", "1"],
        ["search", "evict", f"src/bin{EVIL}"],
        ["search", "evict", f"src/{EVIL}", "--min-score", "0", "--rank", "fast"],
        ["search", "evict", EVIL, "--min-score", "0", "--rank", "fast"],
        ["search", "evict", f"no{EVIL}"],
        ["search", "evict", "-t", EVIL],
        ["search", "evict", "-p", EVIL],
        ["search", "evict", "--kind", EVIL],
        ["search", "evict", "--rank", EVIL],
        ["search", "evict", "--model", EVIL],
        ["search", "evict", "-k", EVIL],
        ["search", "evict", "--" + EVIL],
        ["related", "src/memory.py:8"],
        ["related", f"src/{EVIL}:1"],
        ["related", f"{EVIL}/no.py:1"],
        ["related", EVIL],
        ["status"],
        ["status", EVIL],
        ["status", EVIL, "--json"],
        ["index", EVIL],
        ["index", f"no{EVIL}"],
        ["clear", EVIL],
        ["clear", EVIL, "--cache-dir", EVIL],
        ["doctor", "--cache-dir", f"src/{EVIL}"],
        ["models", "show", EVIL],
        ["corpus", "show", EVIL],
        ["corpus", "build", EVIL, "-o", f"src/{EVIL}"],
        ["corpus", "build", "--recipe", EVIL, "-o", "x"],
        ["tokenizer", "train", EVIL, "-o", "x"],
        [EVIL],
        ["models", EVIL],
    ],
    ids=lambda arguments: ascii(" ".join(arguments))[:70],
)
def test_every_command_and_error_is_clean(hostile, run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert is_clean(result.out)
    assert is_clean(result.err)
    for line in (result.out + result.err).splitlines():
        assert not line.startswith("forged")
    if "Traceback" not in result.err and result.code == 2 and "doctor" not in arguments:
        assert result.err.count("\n") == 1


def test_json_has_the_name_as_it_is(hostile, run) -> None:
    result = run("search", "evict_pages", "src", "--rank", "fast", "--json", "-k", "1")
    (hit,) = json.loads(result.out)["hits"]
    assert hit["path"] == EVIL
    assert "\x1b]0;me\x07\u2067" in hit["snippet"]


def test_defects_warnings_and_their_causes_are_clean(project, run, monkeypatch) -> None:
    def broken(**_: object) -> None:
        warnings.warn(f"soon {EVIL}", RuntimeWarning, stacklevel=1)
        try:
            raise KeyError(EVIL)
        except KeyError as error:
            raise ValueError(f"first\nforged.py:1:line {EVIL}") from error

    monkeypatch.setattr(main_module.search, "callback", broken)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = run("search", "x")
    assert result.code == 2
    assert is_clean(result.err)
    lines = result.err.splitlines()
    assert lines[0].startswith("diglot: soon evil")
    assert lines[-1].startswith("ValueError: first\ufffdforged.py:1:line")
    assert not any(line.startswith("forged") for line in lines)
    assert any("raise KeyError(EVIL)" in line for line in lines)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_styles_are_for_terminals_without_no_color(monkeypatch) -> None:
    def write(stream: io.StringIO) -> str:
        write_spans([("a\x1b[0m", "match"), (" b", "")], stream)
        return stream.getvalue()

    assert write(Terminal()) == "\x1b[31m\x1b[1ma\ufffd[0m\x1b[0m b\n"
    assert write(io.StringIO()) == "a\ufffd[0m b\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert write(Terminal()) == "a\ufffd[0m b\n"


@pytest.mark.parametrize("text", ["x" * 95, "内存" * 30, "a内" * 20, ""])
def test_rows_fit_and_keep_every_character(text: str) -> None:
    spans = [(text[:13], "match"), (text[13:], "")]
    rows = wrapped(spans, 20, 99)
    assert "".join(part for row in rows for part, _ in row) == text
    assert all(cells("".join(part for part, _ in row)) <= 20 for row in rows)
    short = wrapped(spans, 20, 2)
    assert len(short) <= 2
    assert all(cells("".join(part for part, _ in row)) <= 20 for row in short)
    assert text == "" or short[-1][-1][0] == "\u2026"


def test_a_name_of_bytes_is_clean(project, run) -> None:
    (project / os.fsdecode(b"bad\xff.py")).write_text("def bad(): pass\n")
    result = run("status")
    assert "bad\ufffd.py" in result.out
    assert re.search("UTF-8", result.out)
