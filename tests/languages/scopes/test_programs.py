"""Programs of our own do the same after obfuscation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from diglot.languages import language_of
from diglot.languages.obfuscate import obfuscate

PROGRAMS = sorted((Path(__file__).parent / "programs").iterdir())
RUNTIMES = {
    ".py": [sys.executable],
    ".js": ["node"],
    ".java": ["java"],
    ".go": ["go", "run"],
    ".php": ["php"],
    ".rb": ["ruby"],
}


def run(code: str, path: Path) -> str:
    path.write_text(code, encoding="utf-8")
    result = subprocess.run(
        [*RUNTIMES[path.suffix], str(path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=[path.name for path in PROGRAMS])
def test_a_program_does_the_same(program: Path, tmp_path: Path) -> None:
    language = language_of(program.name)
    assert language is not None
    code = program.read_text("utf-8")
    result = obfuscate(code, language)
    assert result.restore() == code
    assert len(result.names) >= 2
    if shutil.which(RUNTIMES[program.suffix][0]) is None:
        pytest.skip(f"no {RUNTIMES[program.suffix][0]} here")
    printed = run(code, tmp_path / program.name)
    assert printed
    assert run(result.code, tmp_path / program.name) == printed
