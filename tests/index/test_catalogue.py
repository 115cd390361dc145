from __future__ import annotations

import json
import random
from collections.abc import Sequence
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
from diglot.index.files import FileRecord, checked

MANIFEST_VALUES = Manifest(
    root="/somewhere/\udc80",
    model="0123",
    generation=3,
    built_at="2026-01-01T00:00:00+00:00",
    pending=2,
    vectors="vectors",
    vector_rows=5,
    segments=["segment-1-0.bin"],
    records={"units-3.npy": FileRecord(10, 2**32 - 1, 7, 2**62)},
    skipped=[("b.py", "too large"), ("ü/\ufffd", "cannot be read")],
    counts={"ignored by git": {".py": 2}},
)


def catalogue_of(units_by_path: dict[str, int]) -> Catalogue:
    """A catalogue of files, each with its path and how many units it has."""
    paths = sorted(units_by_path)
    files = [
        FileEntry(path, 10, 20, 30, 40, "00ff", "python", units_by_path[path], slot=number)
        for number, path in enumerate(paths)
    ]
    return Catalogue(files, *units_of(files))


def units_of(files: Sequence[FileEntry]) -> tuple[np.ndarray, list[str]]:
    """Units that can be told apart: which file they are of, and which of its units they are."""
    units = np.zeros(sum(file.units for file in files), UNIT)
    places = [(number, n) for number, file in enumerate(files) for n in range(file.units)]
    units["file"] = [number for number, _ in places]
    units["start_line"] = [n + 1 for _, n in places]
    symbols = [f"{files[number].path}.{n}.文" for number, n in places]
    units["key"] = np.array([symbol.encode()[:16] for symbol in symbols], "S16").view("V16")
    return units, symbols


some_files = st.dictionaries(st.text("ab/é文", min_size=1, max_size=4), st.integers(0, 5))


def test_kinds_are_those_of_units() -> None:
    from typing import get_args

    from diglot.types import UnitKind

    assert get_args(UnitKind) == KINDS


@given(some_files)
def test_units_are_those_of_their_files(files: dict[str, int]) -> None:
    catalogue = catalogue_of(files)
    assert catalogue.slots.tolist() == list(range(len(files)))
    assert catalogue.owners.tolist() == catalogue.units["file"].tolist()
    for path, row in catalogue.row_of_path.items():
        start, end = catalogue.first_units[row : row + 2].tolist()
        assert catalogue.symbols[start:end] == [f"{path}.{n}.文" for n in range(files[path])]


@given(some_files, some_files, st.data())
def test_a_merged_catalogue_equals_one_built_at_once(
    before: dict[str, int], added: dict[str, int], data: st.DataObject
) -> None:
    catalogue = catalogue_of(before)
    gone = data.draw(st.sets(st.sampled_from(sorted(before)))) if before else set()
    kept = [
        None if file.path in gone or file.path in added else replace(file, mtime_ns=5)
        for file in catalogue.files
    ]
    new = [
        FileEntry(path, 10, 20, 30, 40, "11", "python", count, slot=100)
        for path, count in added.items()
    ]
    units, symbols = units_of(new)
    units["file"] = -7
    after = merged(catalogue, kept, new, units, symbols)
    expected = catalogue_of({path: n for path, n in before.items() if path not in gone} | added)
    assert [file.path for file in after.files] == [file.path for file in expected.files]
    assert {file.path: file.mtime_ns for file in after.files} == {
        file.path: 20 if file.path in added else 5 for file in after.files
    }
    assert after.symbols == expected.symbols
    assert after.units.tobytes() == expected.units.tobytes()


@given(some_files)
def test_a_saved_catalogue_is_loaded_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, int]
) -> None:
    folder = tmp_path_factory.mktemp("catalogue")
    catalogue = catalogue_of(files)
    records = save_catalogue(folder, 7, catalogue)
    assert set(records) == set(catalogue_files(7))
    loaded = load_catalogue(folder, 7)
    assert loaded.files == catalogue.files
    assert loaded.symbols == catalogue.symbols
    assert loaded.units.tobytes() == catalogue.units.tobytes()


@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_catalogue_is_told_from_a_whole_one(tmp_path: Path, which: int) -> None:
    records = save_catalogue(tmp_path, 1, catalogue_of({"a": 3, "b": 2}))
    name = catalogue_files(1)[which]
    file, record = tmp_path / name, records[name]
    whole = file.read_bytes()
    assert checked(file, record) == record
    chance = random.Random(which)
    for _ in range(40):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        assert checked(file, record) is None
    for left in (0, 1, len(whole) - 1):
        file.write_bytes(whole[:left])
        assert checked(file, record) is None
    file.unlink()
    assert checked(file, record) is None
    with pytest.raises(StoreError, match="damaged"):
        load_catalogue(tmp_path, 1)


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
