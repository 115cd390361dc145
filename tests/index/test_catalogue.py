from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.errors import StoreError
from diglot.index.catalogue import (
    KINDS,
    MANIFEST,
    UNIT,
    Catalogue,
    FileEntry,
    Manifest,
    catalogue_files,
    load_catalogue,
    load_manifest,
    merged,
    save_catalogue,
    save_manifest,
)
from diglot.index.files import FileRecord, checked, write_atomically

MANIFEST_VALUES = Manifest(
    root="/somewhere/\udc80",
    model="0123",
    generation=3,
    built_at="2026-01-01T00:00:00+00:00",
    pending=2,
    vectors="vectors",
    vector_rows=5,
    segments=["segment-1-0.bin"],
    records={"segment-1-0.bin": FileRecord(10, 12345, 7, 8)},
    skipped=[("b.py", "too large"), ("ü/\ufffd", "cannot be read")],
    counts={"ignored by git": {".py": 2}},
)


def entry(path: str, units: int, slot: int = 0) -> FileEntry:
    return FileEntry(path, 10, 20, 30, 40, "00ff", "python", units, slot=slot)


def catalogue_of(*units_by_file: tuple[str, int]) -> Catalogue:
    """A catalogue of files, each with its path and how many units it has."""
    names = sorted(units_by_file)
    files = [entry(path, units, slot) for slot, (path, units) in enumerate(names)]
    units = np.zeros(sum(count for _, count in names), UNIT)
    units["file"] = np.repeat(np.arange(len(files)), [count for _, count in names])
    units["key"] = np.arange(len(units)).astype("S16").view("V16")
    symbols = [f"s{row}.文" for row in range(len(units))]
    return Catalogue(files, units, symbols)


some_files = st.lists(
    st.tuples(st.text("abc/", min_size=1, max_size=4), st.integers(0, 5)),
    unique_by=lambda item: item[0],
    max_size=8,
)


@given(some_files, st.data())
def test_what_follows_a_catalogue_does_not_depend_on_its_history(
    files: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Files taken away and added, in any order, give the catalogue of the files there are."""
    whole = catalogue_of(*files)
    added_paths = data.draw(st.sets(st.sampled_from([path for path, _ in files] or ["x"])))
    kept = [None if file.path in added_paths else file for file in whole.files]
    added = data.draw(st.permutations([f for f in whole.files if f.path in added_paths]))
    rows = [
        row
        for file in added
        for row, owner in enumerate(whole.units["file"])
        if whole.files[owner] == file
    ]
    again = merged(whole, kept, added, whole.units[rows], [whole.symbols[row] for row in rows])
    assert again.files == whole.files
    assert again.symbols == whole.symbols
    assert again.units.tobytes() == whole.units.tobytes()


def test_kinds_are_those_of_units() -> None:
    from typing import get_args

    from diglot.types import UnitKind

    assert get_args(UnitKind) == KINDS


@given(some_files)
def test_a_saved_catalogue_is_loaded_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("catalogue")
    catalogue = catalogue_of(*files)
    records = save_catalogue(folder, 7, catalogue)
    assert set(records) == set(catalogue_files(7))
    loaded = load_catalogue(folder, 7)
    assert loaded.files == catalogue.files
    assert loaded.symbols == catalogue.symbols
    assert loaded.units.tobytes() == catalogue.units.tobytes()


@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_file_is_told_from_a_whole_one(tmp_path: Path, which: int) -> None:
    records = save_catalogue(tmp_path, 1, catalogue_of(("a", 3), ("b", 2)))
    name = catalogue_files(1)[which]
    file, record = tmp_path / name, records[name]
    assert checked(file, record) == record
    whole = file.read_bytes()
    chance = random.Random(which)
    for _ in range(40):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        write_atomically(file, damaged)
        assert checked(file, record) is None
    for left in (0, 1, len(whole) - 1):
        write_atomically(file, whole[:left])
        assert checked(file, record) is None
    file.unlink()
    assert checked(file, record) is None
    write_atomically(file, whole)  # as a copy of the folder has it
    now = checked(file, record)
    assert now is not None
    assert (now.size, now.checksum) == (record.size, record.checksum)
    assert now.inode == file.stat().st_ino


def test_a_saved_manifest_is_loaded_as_it_was(tmp_path: Path) -> None:
    save_manifest(tmp_path, MANIFEST_VALUES)
    assert load_manifest(tmp_path) == MANIFEST_VALUES


def test_a_manifest_of_another_format_is_not_used(tmp_path: Path) -> None:
    save_manifest(tmp_path, replace(MANIFEST_VALUES, format=MANIFEST_VALUES.format + 1))
    assert load_manifest(tmp_path) is None


def test_a_damaged_manifest_is_not_used(tmp_path: Path) -> None:
    assert load_manifest(tmp_path) is None
    save_manifest(tmp_path, MANIFEST_VALUES)
    file = tmp_path / MANIFEST
    whole = file.read_bytes()
    chance = random.Random(5)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        loaded = load_manifest(tmp_path)
        assert loaded is None or json.loads(bytes(damaged)) == json.loads(whole)
    without = json.loads(whole)["manifest"]
    for text in ("", "[]", "{}", "null", "7", '{"manifest": []}', json.dumps(without), "\udc80"):
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert load_manifest(tmp_path) is None


def test_a_write_replaces_the_whole_file_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"one")
    write_atomically(file, b"")
    assert file.read_bytes() == b""
    assert [left.name for left in tmp_path.iterdir()] == ["file"]
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*folder: "):
        write_atomically(tmp_path / "folder", b"two")
    with pytest.raises(StoreError, match=r"cannot write .*missing"):
        write_atomically(tmp_path / "missing" / "file", b"two")
    assert sorted(left.name for left in tmp_path.iterdir()) == ["file", "folder"]
