from __future__ import annotations

import os
import stat

import pytest

pytest.importorskip("semble", reason="the bench extra is not installed")

from benchmarks.process_time import Command, markdown, measure, seconds
from benchmarks.repositories import BenchmarkError


@pytest.fixture
def program(tmp_path):
    """Writes a shell program and returns its command."""

    def write(text):
        file = tmp_path / "program"
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return Command(str(file), ("--json",))

    return write


def test_an_answer_takes_the_command_s_time(program, tmp_path):
    command = program("sleep 0.3; echo '[]'; exit 1")
    assert 0.3 <= seconds(command, "words", tmp_path, os.environ) < 5


def test_a_failure_has_no_time(program, tmp_path):
    command = program("echo broken >&2; exit 1")
    with pytest.raises(BenchmarkError, match="broken"):
        seconds(command, "words", tmp_path, os.environ)


def test_the_first_command_builds_what_the_later_ones_find(program, tmp_path):
    command = program(
        '[ "$1" = search ] && [ "$2" = words ] || exit 2\n'
        'marker="$HOME/$(basename "$3")"\n'
        'if [ ! -e "$marker" ]; then sleep 0.5; touch "$marker"; fi\n'
        "echo '{}'"
    )
    questions = {name: ("words", tmp_path / name) for name in ("a", "b")}
    times = measure(command, questions, repeats=3, model=tmp_path)
    assert all(first >= 0.5 for first in times["first_seconds"].values())
    assert [len(times["existing_index_seconds"][name]) for name in questions] == [3, 3]
    assert times["existing_index_p50"] < times["first_p50"]
    result = {"hardware": "cpu", "revision": "0" * 40, "systems": {"program": times}}
    assert f"| program | {times['existing_index_p50']:.3f} |" in markdown(result)
