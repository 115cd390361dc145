"""Disks that are full or cannot be written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.index.support import LONG_AGO, assert_same, not_as_root

import diglot
from diglot.errors import StoreError
from diglot.index import Index

ENVIRONMENT = {"PYTHONPATH": str(Path(diglot.__file__).parents[1])}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a disk in memory with some options, or give it others."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str) -> Path:
        again = "remount," if folder.is_mount() else ""
        command = ["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", str(folder)]
        if shutil.which("mount") is None:
            pytest.skip("no mount")
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount")
        return folder

    yield mount
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def project(write: Callable[..., Path]) -> Callable[[int], None]:
    def write_version(version: int) -> None:
        for n in range(20):
            units = "\n".join(
                f"def value_{n}_{k}(text):\n    '''Parse {version}.'''\n    return {k}\n"
                for k in range(5)
            )
            write(f"m{n}.py", units, LONG_AGO + version)

    write_version(0)
    return write_version


def test_a_full_disk_is_an_error_that_names_the_folder_and_can_be_mended(
    disk: Callable[[str], Path],
    root: Path,
    project: Callable[[int], None],
    fresh_index: Callable[[], Index],
) -> None:
    expected = fresh_index()
    needed = expected.state.size_bytes
    for share in (0.02, 0.3, 0.6, 0.75, 0.8, 0.85, 0.9):
        cache = disk(f"size={max(4096, int(needed * share))}") / "cache"
        with pytest.raises(StoreError, match=str(cache)):
            Index.open(root, cache_folder=cache)
        disk("size=20m")
        assert_same(Index.open(root, cache_folder=cache), expected)
        shutil.rmtree(cache)


@pytest.mark.parametrize("left", [0, 20_000, 60_000, 120_000])
def test_an_index_survives_an_update_for_which_there_is_no_space(
    disk: Callable[[str], Path],
    root: Path,
    project: Callable[[int], None],
    fresh_index: Callable[[], Index],
    left: int,
) -> None:
    cache = disk("size=20m") / "cache"
    index = Index.open(root, cache_folder=cache)
    before = index.search("value_3_2", rank="fast")
    filler = cache.parent / "filler"
    usage = shutil.disk_usage(cache)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, usage.free - left)
    project(1)
    with pytest.raises(StoreError, match=str(cache)):
        index.refresh()
    assert [hit.symbol for hit in index.search("value_3_2", rank="fast")] == [
        hit.symbol for hit in before
    ]
    filler.unlink()
    index.refresh()
    assert_same(index, fresh_index())


def test_encoder_vectors_that_cannot_be_kept_are_no_error(
    disk: Callable[[str], Path], root: Path, project: Callable[[int], None]
) -> None:
    cache = disk("size=20m") / "cache"
    index = Index.open(root, cache_folder=cache)
    usage = shutil.disk_usage(cache)
    with (cache.parent / "filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, usage.free)
    hits = index.search("parse value 3", rank="balanced")
    assert hits == Index.open(root, cache_folder=cache).search("parse value 3", rank="balanced")


def test_a_disk_that_cannot_be_written_is_an_error_that_names_the_folder(
    disk: Callable[[str], Path], root: Path, project: Callable[[int], None]
) -> None:
    folder = disk("size=20m")
    disk("ro")
    with pytest.raises(StoreError, match=f"{folder}.*cannot be written: Read-only"):
        Index.open(root, cache_folder=folder / "cache")
    disk("rw")
    first = Index.open(root, cache_folder=folder / "cache")
    time.sleep(0.05)  # so that no file is young any more
    first.refresh()
    disk("ro")
    index = Index.open(root, cache_folder=folder / "cache")
    assert index.fresh
    assert "Read-only" in index.note
    assert_same(index, first)


def test_a_folder_of_another_user_is_an_error_that_names_it() -> None:
    with tempfile.TemporaryDirectory() as name:
        root, cache = Path(name) / "root", Path(name) / "cache"
        for folder in (root, cache):
            folder.mkdir()
        (root / "a.py").write_text("def parse(): pass\n")
        Path(name).chmod(0o755)
        cache.chmod(0o555)
        with not_as_root(), pytest.raises(StoreError, match=f"{cache}.*: Permission denied"):
            Index.open(root, cache_folder=cache)
        cache.chmod(0o777)
        with not_as_root():
            assert Index.open(root, cache_folder=cache).state.units == 1
        cache.chmod(0o755)


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limits on files")
@pytest.mark.parametrize("limit", [0, 2_000, 40_000])
def test_the_command_exits_with_2_when_it_cannot_write(
    root: Path,
    cache: Path,
    project: Callable[[int], None],
    fresh_index: Callable[[], Index],
    limit: int,
) -> None:
    import resource

    command = [sys.executable, "-B", "-m", "diglot", "index", str(root), "--cache-dir", str(cache)]
    answer = subprocess.run(
        command,
        env=os.environ | ENVIRONMENT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (2, ""), answer.stderr
    assert answer.stderr.startswith("diglot: ")
    assert str(cache) in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert_same(Index.open(root, cache_folder=cache), fresh_index())
