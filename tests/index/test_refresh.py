from __future__ import annotations

import os
import tempfile
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


# What is read


def test_only_changed_files_are_read(
    write: Callable[..., Path], open_index: Callable[[], Index], reads: list[str], root: Path
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        write(name, f"def in_{name[0]}(): pass\n")
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
    write: Callable[..., Path], open_index: Callable[[], Index], reads: list[str]
) -> None:
    file = write("a.py", "def parse(): pass\n")
    write("b.py", "def other(): pass\n")
    index = open_index()
    before = index.view.catalogue.files[0]
    os.utime(file, ns=(LONG_AGO + 1, LONG_AGO + 1))
    reads.clear()
    index.refresh()
    index.refresh()
    assert reads == ["a.py"]
    after = index.view.catalogue.files[0]
    assert (after.slot, after.mtime_ns) == (before.slot, LONG_AGO + 1)


def test_a_refresh_without_changes_writes_nothing(
    write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    write("a.py", "def parse(): pass\n")
    write("b.py", b"\0")
    write("c.py", "def young(): pass\n", mtime_ns=refresh_module.time.time_ns())
    index = open_index()
    generation, built_at = index.view.manifest.generation, index.state.built_at
    for _ in range(3):
        index = open_index()
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


def test_a_file_that_could_not_be_read_is_tried_again() -> None:
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
) -> None:
    monkeypatch.setattr(refresh_module, "_BATCH_FILES", 3)
    for number in range(8):
        write(f"m{number}.py", f"def value_{number}(): pass\n")

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
        lambda counts, new, encoder: embedded.append(len(new)) or embed_units(counts, new, encoder),
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
