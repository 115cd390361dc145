from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.index.support import LONG_AGO, assert_same, files_of, hits_of, not_as_root

import diglot.index.refresh as refresh_module
from diglot.index import Index
from diglot.index.reading import read_source

YOUNG_NS = refresh_module._YOUNG_NS


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read from now on."""
    names: list[str] = []

    def reading(path: Path, *rest: int) -> object:
        names.append(path.name)
        return read_source(path, *rest)

    monkeypatch.setattr(refresh_module, "read_source", reading)
    return names


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make it later than any file was changed, so that no file is young."""
    clock = refresh_module.time.time_ns

    def pass_time() -> None:
        now = clock() + 2 * YOUNG_NS
        monkeypatch.setattr(refresh_module.time, "time_ns", lambda: now)

    return pass_time


@pytest.fixture
def settle() -> Callable[[], None]:
    """Let the time that the system keeps move on, so that a further change would show in it."""
    return lambda: time.sleep(2 * refresh_module._CLOCK_TICK_NS / 1e9)


# What is read


def test_only_changed_files_are_read(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    reads: list[str],
    root: Path,
    settle: Callable[[], None],
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        write(name, f"def in_{name[0]}(): pass\n")
    settle()
    index = open_index()
    assert reads == ["a.py", "b.py", "c.py"]
    reads.clear()
    open_index()
    index.refresh()
    assert reads == []
    write("b.py", "def other(): pass\n")
    write("d.py", "def new(): pass\n")
    (root / "a.py").unlink()
    index.refresh()
    assert reads == ["b.py", "d.py"]
    assert [entry.path for entry in index.view.catalogue.files] == ["b.py", "c.py", "d.py"]


def test_a_touched_file_is_read_but_not_indexed_again(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    reads: list[str],
    settle: Callable[[], None],
) -> None:
    file = write("a.py", "def parse(): pass\n")
    write("b.py", "def other(): pass\n")
    settle()
    index = open_index()
    before, segments = index.view.catalogue.files[0], index.view.manifest.segments
    os.utime(file, ns=(LONG_AGO + 1, LONG_AGO + 1))
    settle()
    reads.clear()
    index.refresh()
    index.refresh()
    assert reads == ["a.py"]
    after = index.view.catalogue.files[0]
    assert (after.slot, after.hash) == (before.slot, before.hash)
    assert after.mtime_ns == LONG_AGO + 1
    assert index.view.manifest.segments == segments


def test_a_refresh_without_changes_writes_nothing(
    write: Callable[..., Path], open_index: Callable[[], Index], settle: Callable[[], None]
) -> None:
    write("a.py", "def parse(): pass\n")
    write("b.py", b"\0")
    write("c.py", "def young(): pass\n", mtime_ns=refresh_module.time.time_ns())
    settle()
    index = open_index()
    generation, built_at = index.view.manifest.generation, index.state.built_at
    folder = index.state.folder
    before = {file.name: file.stat() for file in folder.iterdir()}
    for _ in range(3):
        index = open_index()
    for name, status in before.items():
        now = (folder / name).stat()
        assert (now.st_ino, now.st_ctime_ns) == (status.st_ino, status.st_ctime_ns), name
    assert (index.view.manifest.generation, index.state.built_at) == (generation, built_at)


def test_a_change_within_one_tick_of_the_clock_is_seen(
    write: Callable[..., Path], open_index: Callable[[], Index], reads: list[str]
) -> None:
    now = refresh_module.time.time_ns()
    write("a.py", "def one(): pass\n", now)
    index = open_index()
    write("a.py", "def two(): pass\n", now)
    index.refresh()
    assert [hit.symbol for hit in index.search("two", rank="fast")] == ["two"]
    assert reads == ["a.py", "a.py"]


def test_another_file_of_the_same_size_and_time_is_seen(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    root: Path,
    settle: Callable[[], None],
) -> None:
    write("a.py", "def one(): pass\n")
    settle()
    index = open_index()
    for name in ("two", "six"):
        write("other.txt", f"def {name}(): pass\n").rename(root / "a.py")
        assert (root / "a.py").stat().st_mtime_ns == LONG_AGO
        settle()
        index.refresh()
        assert [hit.symbol for hit in index.search(name, rank="fast")] == [name]


def test_a_file_overwritten_in_place_with_its_times_restored_is_seen(
    write: Callable[..., Path], open_index: Callable[[], Index], settle: Callable[[], None]
) -> None:
    file = write("a.py", "def one(): pass\n")
    settle()
    index = open_index()
    with file.open("r+") as opened:
        opened.write("def two(): pass\n")
    os.utime(file, ns=(LONG_AGO, LONG_AGO))
    index.refresh()
    assert [hit.symbol for hit in index.search("two", rank="fast")] == ["two"]


def test_a_file_that_was_young_is_trusted_once_it_is_not(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    reads: list[str],
    later: Callable[[], None],
) -> None:
    write("a.py", "def one(): pass\n", refresh_module.time.time_ns())
    open_index()
    later()
    open_index()
    assert reads == ["a.py", "a.py"]
    open_index()
    assert reads == ["a.py", "a.py"]


@pytest.mark.parametrize("mtime_ns", [0, 1, -(10**18), 2**62])
def test_files_of_any_time_are_indexed_and_their_changes_seen(
    write: Callable[..., Path], open_index: Callable[[], Index], mtime_ns: int
) -> None:
    write("a.py", "def one(): pass\n", mtime_ns)
    index = open_index()
    write("a.py", "def twice(): pass\n", mtime_ns)
    index.refresh()
    assert [hit.symbol for hit in index.search("twice", rank="fast")] == ["twice"]
    write("b.py", "def now(): pass\n", refresh_module.time.time_ns())
    index.refresh()
    write("b.py", "def old(): pass\n", mtime_ns)
    index.refresh()
    assert index.search("old", 1, rank="fast")[0].symbol == "old"


def test_a_file_that_could_not_be_read_is_tried_again(settle: Callable[[], None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root, cache = Path(name) / "root", Path(name) / "cache"
        for folder in (root, cache):
            folder.mkdir()
        for path in ("a.py", "b.py"):
            (root / path).write_text(f"def parse_{path[0]}(): pass\n")
            os.utime(root / path, ns=(LONG_AGO, LONG_AGO))
        Path(name).chmod(0o755)
        cache.chmod(0o777)
        (root / "a.py").chmod(0)
        settle()
        with not_as_root():
            index = Index.open(root, cache_folder=cache)
            assert index.state.skipped == [("a.py", "cannot be read")]
            assert [hit.path for hit in index.search("parse_a", rank="fast")] == ["b.py"]
            generation = index.view.manifest.generation
            index.refresh()
            assert index.view.manifest.generation == generation
        (root / "a.py").chmod(0o644)
        with not_as_root():
            index.refresh()
        assert index.state.skipped == []
        assert index.search("parse_a", 1, rank="fast")[0].path == "a.py"


# Trees that change while they are indexed


def test_files_that_vanish_appear_and_change_meanwhile(
    write: Callable[..., Path],
    root: Path,
    cache: Path,
    fresh_index: Callable[[], Index],
) -> None:
    for number in range(6):
        write(f"m{number}.py", f"def value_{number}(): pass\n")

    def meddle(done: int, total: int) -> None:
        assert total == 6
        if done == 2:  # m0 and m1 are read
            (root / "m0.py").unlink()
            (root / "m3.py").unlink()
            write("m1.py", "def changed_after(): pass\n", LONG_AGO + 1)
            write("m4.py", "def changed_before(): pass\n", LONG_AGO + 1)
            write("new.py", "def appeared(): pass\n")
            (root / "m5.py").unlink()
            (root / "m5.py").mkdir()

    index = Index.open(root, cache_folder=cache, progress=meddle)
    paths = {entry.path for entry in index.view.catalogue.files if not entry.skipped}
    assert paths == {"m0.py", "m1.py", "m2.py", "m4.py"}
    assert ("m3.py", "vanished") not in index.state.skipped
    index.refresh()
    assert {entry.path for entry in index.view.catalogue.files} == {
        *("m1.py", "m2.py", "m4.py", "new.py")
    }
    assert_same(index, fresh_index())


def test_a_file_that_vanishes_and_comes_back_as_it_was_is_indexed(
    write: Callable[..., Path], root: Path, cache: Path, tmp_path: Path
) -> None:
    write("a.py", "def first(): pass\n")
    write("b.py", "def second(): pass\n")
    away = tmp_path / "away.py"
    index = Index.open(
        root,
        cache_folder=cache,
        progress=lambda done, _: (root / "b.py").rename(away) and None if done == 1 else None,
    )
    assert [entry.path for entry in index.view.catalogue.files] == ["a.py"]
    away.rename(root / "b.py")
    index.refresh()
    assert index.search("second", 1, rank="fast")[0].path == "b.py"


def test_an_interrupted_refresh_goes_on_where_it_stopped(
    write: Callable[..., Path],
    root: Path,
    cache: Path,
    fresh_index: Callable[[], Index],
    reads: list[str],
    monkeypatch: pytest.MonkeyPatch,
    settle: Callable[[], None],
) -> None:
    monkeypatch.setattr(refresh_module, "_BATCH_FILES", 3)
    for number in range(8):
        write(f"m{number}.py", f"def value_{number}(): pass\n")
    settle()

    def stop(done: int, total: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Index.open(root, cache_folder=cache, progress=stop)
    reads.clear()
    progress: list[tuple[int, int]] = []
    index = Index.open(root, cache_folder=cache, progress=lambda *step: progress.append(step))
    assert reads == ["m6.py", "m7.py"]
    assert progress == [(1, 2), (2, 2)]
    assert_same(index, fresh_index())


def test_what_is_pending_when_it_vanishes_is_pending_no_more(
    write: Callable[..., Path], root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_module, "_BATCH_FILES", 1)
    write("a.py", "def first(): pass\n")
    write("b.py", "def second(): pass\n")

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Index.open(root, cache_folder=cache, progress=stop)
    (root / "b.py").unlink()
    state = Index.open(root, cache_folder=cache).state
    assert (state.fresh, state.pending, state.files) == (True, 0, 1)


# Vectors


def test_content_that_was_there_before_is_not_embedded_again(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embedded: list[int] = []
    embed_units = refresh_module.embed_units
    monkeypatch.setattr(
        refresh_module,
        "embed_units",
        lambda counts, units, encoder: (
            embedded.append(len(units)) or embed_units(counts, units, encoder)
        ),
    )
    master = {f"m{n}.py": f"def value_{n}():\n    return {n}\n" for n in range(4)}
    branch = {f"m{n}.py": f"def value_{n}():\n    return 'branch'\n" for n in range(4)}
    for name, text in master.items():
        write(name, text)
    index = open_index()
    assert sum(embedded) == 4
    for name, text in branch.items():
        write(name, text, LONG_AGO + 1)
    index.refresh()
    assert sum(embedded) == 8
    rows = len(index.view.vectors)
    for name, text in master.items():  # back again
        write(name, text, LONG_AGO + 2)
    (root / "m0.py").rename(root / "renamed.py")
    write("copy.py", master["m1.py"])
    index.refresh()
    assert sum(embedded) == 8
    assert len(index.view.vectors) == rows == 8
    assert len(index.search("value_0", rank="fast")) == 5


def test_dead_vectors_are_left_behind_once_they_are_the_greater_part(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("diglot.index.store._COMPACTED_ROWS", 8)

    def write_all(version: int) -> None:
        for n in range(6):
            text = f"def value_{n}(text):\n    '''Parse {version}.'''\n    return {version * n}\n"
            write(f"m{n}.py", text, LONG_AGO + version)

    write_all(0)
    index = open_index()
    before = open_index()
    first_hits = hits_of(before, "parse text")
    for version in range(1, 4):
        write_all(version)
        index.refresh()
        assert len(index.view.vectors) <= 12
    assert index.view.vectors.name != "vectors"
    assert_same(index, fresh_index())
    assert_same(open_index(), fresh_index())
    files = sorted(file.suffix for file in index.state.folder.iterdir() if file.is_file())
    assert files == [".bin", ".f32", ".json", ".json", ".keys", ".npy"]
    assert before.view.vectors.matrix.shape[0] == 6  # a reader of old keeps what it has open
    assert np.isfinite(before.view.vectors.matrix).all()
    assert set(first_hits) == {(f"m{n}.py", 1, f"value_{n}") for n in range(6)}


def test_few_dead_vectors_are_kept(
    write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    write("a.py", "def parse(): pass\n")
    index = open_index()
    for number in range(5):
        write("a.py", f"def parse_{number}(): pass\n", LONG_AGO + number)
        index.refresh()
    assert len(index.view.vectors) == 6
    assert index.view.vectors.name == "vectors"


def test_files_know_what_they_are(
    write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    write("a.py", "# Code generated by a tool. DO NOT EDIT.\nx = 1\n")
    write("b.go", "package main\n")
    files = {entry.path: entry for entry in open_index().view.catalogue.files}
    assert files["a.py"].generated
    assert not files["b.go"].generated
    assert {path: entry.language for path, entry in files.items()} == {
        **{"a.py": "python", "b.go": "go"}
    }
    assert len(files_of(open_index())) == 2


# Caches that cannot be written


def test_a_cache_that_cannot_be_written_is_used_as_it_is_and_said_so(
    settle: Callable[[], None],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root, cache = Path(name) / "root", Path(name) / "cache"
        root.mkdir()
        cache.mkdir()
        (root / "a.py").write_text("def parse(): pass\n")
        os.utime(root / "a.py", ns=(LONG_AGO, LONG_AGO))
        settle()
        Path(name).chmod(0o755)
        cache.chmod(0o777)
        with not_as_root():
            Index.open(root, cache_folder=cache)
        folders = [cache, *(folder for folder in cache.rglob("*") if folder.is_dir())]
        files = [file for file in cache.rglob("*") if file.is_file()]
        try:
            for file in files:
                file.chmod(0o444)
            for folder in folders:
                folder.chmod(0o555)
            with not_as_root():
                index = Index.open(root, cache_folder=cache)
                assert (index.fresh, index.state.units) == (True, 1)
                assert "cannot be written" in index.note
                assert "up to date" in index.note
                assert index.note in index.answer("parse", rank="fast").notes
            (root / "b.py").write_text("def other(): pass\n")
            with not_as_root():
                index = Index.open(root, cache_folder=cache)
                answer = index.answer("parse", rank="fast")
                assert not index.state.fresh
                assert [hit.symbol for hit in answer.hits] == ["parse"]
                assert "1 files" in index.note
                assert index.note in answer.notes
        finally:
            for folder in folders:
                folder.chmod(0o755)


# Permissions


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_what_an_index_writes_is_private_whatever_the_mask(
    write: Callable[..., Path], open_index: Callable[[], Index], cache: Path
) -> None:
    before = os.umask(0)
    try:
        for number in range(3):
            write(f"m{number}.py", f"def value_{number}(): pass\n", LONG_AGO + number)
            open_index().search("value", rank="balanced")
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (cache, *cache.rglob("*"))}
    assert len(modes) > 10
    for path, mode in modes.items():
        assert mode == (0o700 if path.is_dir() else 0o600), path
