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
    save_catalogue,
    save_manifest,
    unit_number,
    write_atomically,
)

MANIFEST_VALUES = Manifest(
    root="/somewhere/\udc80",
    model="0123",
    generation=3,
    next_file_number=9,
    built_at="2026-01-01T00:00:00+00:00",
    pending=2,
    vectors="vectors",
    vector_rows=5,
    checksum=12345,
    sizes={"meta.json": 10},
    skipped=[("b.py", "too large"), ("ü/\ufffd", "cannot be read")],
    counts={"ignored by git": {".py": 2}},
)


def catalogue_of(*units_by_file: tuple[int, int]) -> Catalogue:
    """A catalogue of files, each with its number and how many units it has."""
    files = [
        FileEntry(number, f"f{number}.py", 10, 20, "00ff", "python", units)
        for number, units in units_by_file
    ]
    units = np.zeros(sum(count for _, count in units_by_file), UNIT)
    units["file"] = np.repeat(np.arange(len(files)), [count for _, count in units_by_file])
    units["ordinal"] = [o for _, count in units_by_file for o in range(count)]
    units["key"] = np.arange(len(units)).astype("S16").view("V16")
    symbols = [f"s{row}.文" for row in range(len(units))]
    return Catalogue(files, units, symbols)


numbered_files = st.lists(
    st.tuples(st.integers(1, 2**40), st.integers(0, 5)), unique_by=lambda item: item[0], max_size=8
)


@given(numbered_files)
def test_rows_and_numbers_are_each_others_inverse(files: list[tuple[int, int]]) -> None:
    catalogue = catalogue_of(*files)
    rows = np.arange(len(catalogue.units))
    numbers = catalogue.numbers(rows)
    expected = [unit_number(number, o) for number, count in files for o in range(count)]
    assert numbers.tolist() == expected
    assert catalogue.rows(numbers).tolist() == rows.tolist()


@given(numbered_files, st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**20 - 1))))
def test_numbers_it_does_not_know_have_no_row(
    files: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    catalogue = catalogue_of(*files)
    known = {unit_number(number, o) for number, count in files for o in range(count)}
    edges = [(number, count) for number, count in files] + [(number + 1, 0) for number, _ in files]
    unknown = [unit_number(*pair) for pair in others + edges if unit_number(*pair) not in known]
    assert (catalogue.rows(np.array(unknown, np.int64)) == -1).all()


def test_kinds_are_those_of_units() -> None:
    from typing import get_args

    from diglot.types import UnitKind

    assert get_args(UnitKind) == KINDS


@given(numbered_files)
def test_a_saved_catalogue_is_loaded_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("catalogue")
    catalogue = catalogue_of(*files)
    loaded = load_catalogue(folder, 7, save_catalogue(folder, 7, catalogue))
    assert loaded.files == catalogue.files
    assert loaded.symbols == catalogue.symbols
    assert loaded.units.tobytes() == catalogue.units.tobytes()


@pytest.mark.parametrize("which", [0, 1])
def test_a_damaged_catalogue_is_told_from_a_whole_one(tmp_path: Path, which: int) -> None:
    checksum = save_catalogue(tmp_path, 1, catalogue_of((1, 3), (2, 2)))
    file = tmp_path / catalogue_files(1)[which]
    whole = file.read_bytes()
    chance = random.Random(which)
    for _ in range(40):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        with pytest.raises(StoreError, match="damaged"):
            load_catalogue(tmp_path, 1, checksum)
    for left in (0, 1, len(whole) - 1):
        file.write_bytes(whole[:left])
        with pytest.raises(StoreError, match="damaged"):
            load_catalogue(tmp_path, 1, checksum)
    file.unlink()
    with pytest.raises(StoreError, match="damaged"):
        load_catalogue(tmp_path, 1, checksum)


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
