"""Completion in a shell, as the README switches it on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("sea", {"search"}),
        ("search q --la", {"--lang"}),
        ("search q --lang ru", {"ruby", "rust"}),
        ("search q -t py", {"python"}),
        ("search q -t gol", {"golang"}),
        ("search q --kind me", {"method"}),
        ("search q --rank ", {"fast", "balanced"}),
        ("search q --model s", {"static"}),
        ("models s", {"show"}),
        ("models show e", {"encoder"}),
        (
            "train codebert-s",
            {"codebert-scratch", "codebert-scratch-tiny"}
            | {"codebert-search", "codebert-search-tiny"},
        ),
        ("corpus build --recipe t", {"tiny"}),
        ("corpus show x --table p", {"pairs", "prose"}),
    ],
)
def test_words_are_completed(process, words: str, expected: set[str]) -> None:
    result = process(
        _DIGLOT_COMPLETE="bash_complete",
        COMP_WORDS=f"diglot {words}",
        COMP_CWORD=str(len(f"diglot {words}".split(" ")) - 1),
    )
    assert result.err == ""
    values = {line.partition(",")[2] for line in result.out.splitlines()}
    assert expected <= values
    assert all(value.startswith(words.rpartition(" ")[2]) for value in values)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash_completes_with_the_line_of_the_readme(tmp_path: Path) -> None:
    program = tmp_path / "diglot"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m diglot "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(_DIGLOT_COMPLETE=bash_source diglot)"\n'
        "COMP_WORDS=(diglot search q --kind inter) COMP_CWORD=4\n"
        '_diglot_completion diglot inter --kind\necho "${COMPREPLY[@]}"\n'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "interface\n"
