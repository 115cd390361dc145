from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT = 20_000
"""Bytes a file may have: enough for notes, too few for tables."""


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on the size of files")
def test_a_build_on_a_full_disk_says_so_and_goes_on_later(
    repositories: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "corpus"
    command = [sys.executable, "-m", "diglot", "corpus", "build", *map(str, repositories)]
    command += ["-o", str(output), "--split", "train", "--cache-dir", str(tmp_path / "cache")]
    full = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
    )
    assert full.returncode == 2
    assert full.stderr.startswith("diglot: ")
    assert "large" in full.stderr or "space" in full.stderr
    assert not (output / "datasheet.json").exists()
    assert not list(output.rglob("*.partial"))
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert (output / "datasheet.json").exists()
