"""The command as a process: exit codes, streams, pipes, signals, terminals."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diglot.cli.terminal import cells
from diglot.index import Index

COMMAND = [sys.executable, "-m", "diglot"]
FOUND = ("search", "parse_memory", "--rank", "fast")
NONSENSE = ("search", "quantum chromodynamics lattice", "--rank", "fast")


def make_old(folder: Path) -> None:
    """Set the files' time back: the bytes of young files are compared at every refresh."""
    old = time.time() - 60
    for file in folder.rglob("*.py"):
        os.utime(file, (old, old))


def test_exit_codes_and_streams(project, process) -> None:
    found = process(*FOUND)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("src/memory.py:8:def parse_memory")
    none = process(*NONSENSE)
    assert (none.code, none.out) == (1, "")
    assert none.err.startswith("diglot: no good match")
    wrong = process("search", "x", "--top-k", "abc")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.count("\n") == 1


def test_a_pipe_gets_neither_colour_nor_progress(project, process) -> None:
    for number in range(120):
        (project / f"module_{number}.py").write_text(f"def function_{number}():\n    pass\n")
    result = process(*FOUND)
    assert "\x1b" not in result.out
    assert result.err == ""


def test_output_is_utf8_on_a_terminal_that_has_no_such_characters(project, process) -> None:
    (project / "src" / "memory.py").write_text("def parse_memory():\n    return '漢字'\n")
    options = ("-k", "1", "--snippet-lines", "2")
    assert "漢字" in process(*FOUND, *options).out
    ascii_only = process(*FOUND, *options, PYTHONIOENCODING="ascii")
    assert (ascii_only.code, ascii_only.err) == (0, "")
    assert "return '??'" in ascii_only.out


@pytest.mark.skipif(os.name == "nt", reason="no head, no such signal")
def test_a_reader_that_goes_away_is_no_error(project) -> None:
    lines = "".join(f"    # {'filler ' * 20}\n" for _ in range(300))
    for number in range(40):
        text = f"def parse_memory_{number}():\n{lines}    return {number}\n"
        (project / f"m{number}.py").write_text(text)
    search = ("search", "parse memory", "--rank", "fast", "--min-score", "0", "-k", "40", "--jsonl")
    with subprocess.Popen(
        [*COMMAND, *search], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()  # more than a pipe holds is still to come
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 0


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_interrupted_indexing_exits_130_and_keeps_what_was_indexed(
    tmp_path: Path, process, monkeypatch
) -> None:
    root = tmp_path / "many"
    for number in range(4200):  # more than two batches, of which each is committed
        folder = root / f"package_{number // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module_{number}.py").write_text(f"def function_{number}():\n    return 1\n")
    make_old(root)
    monkeypatch.chdir(root)
    # A child of a process that ignores the signal would ignore it too.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        running = subprocess.Popen([*COMMAND, "index"], stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, previous)
    with running:
        assert running.stderr is not None
        deadline = time.monotonic() + 120
        while not list((tmp_path / "cache").rglob("manifest.json")):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        errors = running.stderr.read().decode()
        assert running.wait(60) == 130
    assert errors.strip() == "diglot: interrupted; what was done is kept"

    left: list[int] = []
    index = Index.open(root, progress=lambda done, total: left.append(total))
    assert 0 < left[0] < 4200
    assert (index.state.files, index.state.units) == (4200, 4200)
    assert process("search", "function_4199", "--rank", "fast", "-k", "1").out.startswith(
        "package_41/module_4199.py:1:"
    )


def on_terminal(*arguments: str, **variables: str) -> tuple[int, str]:
    """Run a command with a terminal as its standard output and error."""
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | {"TERM": "xterm"} | variables,
    )
    os.close(slave)
    written = b""
    while select.select([master], [], [], 60)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not data:
            break
        written += data
    os.close(master)
    return running.wait(60), written.decode().replace("\r\n", "\n")


def test_a_terminal_gets_headings_numbers_and_colour(project) -> None:
    code, text = on_terminal(*FOUND, "-k", "1")
    assert code == 0
    heading, *lines = text.rstrip("\n").split("\n")
    assert heading.startswith("\x1b[36m\x1b[1msrc/memory.py:6-10\x1b[0m  function parse_memory")
    assert heading.rstrip("\x1b[0m").endswith("%")
    source = (project / "src" / "memory.py").read_text().splitlines()[5:10]
    numbered = zip(range(6, 11), source, strict=True)
    plain = [re.sub(r"\x1b\[31m\x1b\[1m(\w+)\x1b\[0m", r"\1", line) for line in lines]
    assert plain == [f"\x1b[2m{number:6d}  \x1b[0m{line}" for number, line in numbered]
    assert "def \x1b[31m\x1b[1mparse_memory\x1b[0m(" in lines[2]
    assert "\x1b[31m\x1b[1mParse\x1b[0m a \x1b[31m\x1b[1mmemory\x1b[0m string" in lines[3]


def test_no_color_is_honoured(project) -> None:
    code, text = on_terminal(*FOUND, "-k", "1", NO_COLOR="1")
    assert code == 0
    assert text.startswith("src/memory.py:6-10  function parse_memory  ")
    assert "\x1b" not in text


def test_a_terminal_shows_progress_while_there_is_much_to_index(project) -> None:
    for number in range(300):
        (project / f"module_{number}.py").write_text(f"def function_{number}():\n    pass\n")
    make_old(project)
    _, text = on_terminal("index")
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert re.search(r"indexing .*304/304 files", text)
    assert re.search(r"\r304 files, \d+ units", text)
    _, again = on_terminal("index")
    assert again.startswith("304 files")


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_is_not_overrun(project, width: int) -> None:
    (project / "src" / "memory.py").write_text(
        "class CacheOfManyDifferentThings:\n"
        "\tdef parse_memory_of_the_whole_machine(self):\n"
        f"\t\treturn '{'漢字' * 20}', '{'x' * 900}'\n"
    )
    options = ("-k", "2", "--min-score", "0", "--why")
    code, text = on_terminal(*FOUND, *options, COLUMNS=str(width))
    assert code == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n")
    assert max(map(cells, lines)) <= width
    assert sum(re.match(r"src/[a-z]+\.py:\d+-\d+( |$)", line) is not None for line in lines) == 2
    assert all("\t" not in line for line in lines)
    joined = "".join(line.strip() for line in lines)
    assert "parse_memory_of_the_whole_machine" in joined
    assert "漢字漢字" in joined
    assert "xxx\u2026" in joined


def test_source_code_does_not_steer_the_terminal(project) -> None:
    (project / "src" / "memory.py").write_text("def parse_memory():\n    '\x1b[2J\x07'\n")
    _, text = on_terminal(*FOUND, "-k", "1", NO_COLOR="1")
    assert "'\ufffd[2J\ufffd'" in text


def test_a_terminal_is_told_of_no_good_match(project) -> None:
    code, text = on_terminal(*NONSENSE, NO_COLOR="1")
    assert code == 1
    assert text.startswith("diglot: no good match; the closest:\n")
