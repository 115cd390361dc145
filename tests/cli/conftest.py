from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import diglot
from diglot.cli.main import main

FILES = {
    "src/memory.py": '''\
"""Sizes of memory."""

import re


# How much a letter stands for.
@functools.cache
def parse_memory(text: str) -> int:
    """Parse a memory string such as 512m into bytes."""
    return int(text[:-1]) << {"k": 10, "m": 20}[text[-1]]


class Cache:
    """Keeps values for a while."""

    def evict(self) -> None:
        """Drop the entries that were not used for the longest time."""
        self.entries.popitem(last=False)
''',
    "src/sizes.py": '''\
def format_memory(size: int) -> str:
    """Write a number of bytes as a memory string such as 512m."""
    return f"{size >> 20}m"
''',
    "web/cookie.js": """\
// Sign a session cookie with a secret.
function signCookie(value, secret) {
  return value + "." + hmac(value, secret);
}
""",
    "web/[id].js": """\
export function pageOfUser(id) {
  return fetchUser(id).then(render);
}
""",
    "README.md": "# Memory\n\nParses memory strings.\n",
}


@dataclass(frozen=True)
class Result:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home and a cache folder of their own; no colour setting from outside."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("DIGLOT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(Path(diglot.__file__).parents[1]))
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "XDG_CONFIG_HOME", "VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small source tree, and the current folder."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process."""

    def run_main(*args: str) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(args)
        assert isinstance(stop.value.code, int)
        return Result(stop.value.code, *capsys.readouterr())

    return run_main


@pytest.fixture
def process() -> Run:
    """Runs the command line in a process of its own."""

    def run_process(*args: str, **variables: str) -> Result:
        result = subprocess.run(
            [sys.executable, "-m", "diglot", *args],
            env=os.environ | variables,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Result(result.returncode, result.stdout, result.stderr)

    return run_process
