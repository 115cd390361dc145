from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diglot.corpus.sources.cache import cached_folder, file_digest
from diglot.errors import InputError

SLOW_FILL = """
import sys, time
from pathlib import Path
from diglot.corpus.sources.cache import cached_folder
def fill(folder):
    (folder / "half").write_text("1")
    print("half", flush=True)
    time.sleep(60)
cached_folder(Path(sys.argv[1]), fill)
"""


def test_fills_once(tmp_path: Path) -> None:
    calls = []

    def fill(folder: Path) -> None:
        calls.append(folder)
        (folder / "a").write_text("1")

    folder = tmp_path / "x" / "@scope" / "a-1.0"
    for _ in range(2):
        assert cached_folder(folder, fill) == folder
        assert [path.name for path in folder.iterdir()] == ["a"]
    assert len(calls) == 1


def test_a_failure_leaves_nothing_and_the_next_run_completes(tmp_path: Path) -> None:
    folder = tmp_path / "a-1.0"

    def full_disk(partial: Path) -> None:
        (partial / "half").write_text("1")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError, match=r"cannot write to the cache .*a-1\.0: No space left"):
        cached_folder(folder, full_disk)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    cached_folder(folder, lambda partial: (partial / "a").touch())
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_kill_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    folder = tmp_path / "a-1.0"
    command = [sys.executable, "-c", SLOW_FILL, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
    assert not folder.exists()
    started = time.monotonic()
    cached_folder(folder, lambda partial: (partial / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]
    assert time.monotonic() - started < 10
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["a-1.0"]


def test_a_cache_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(InputError, match="cannot write to the cache"):
        cached_folder(tmp_path / "cache" / "a", lambda partial: None)


def test_digest_of_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"ab")
    (tmp_path / "b").write_bytes(b"c")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of "abc"
    assert file_digest(tmp_path / "a", tmp_path / "b") == f"sha256:{expected}"
    with pytest.raises(InputError, match="cannot read"):
        file_digest(tmp_path / "none")
