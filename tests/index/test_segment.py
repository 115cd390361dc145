"""Segments: however one came about, it is what building it anew gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.errors import StoreError
from diglot.index.postings import Texts, build_segment
from diglot.index.segment import Segment, joined, open_segment, save_segment, term_keys
from diglot.index.unit_tokens import TokenCounts, UnitTokens

WORDS = ("parse", "getItem", "Cache", "内存", "память", "x", "_", "a1")


@st.composite
def files(draw: st.DrawFn) -> tuple[Texts, list[UnitTokens]]:
    """A file with the tokens of its units, which need not be those of its text."""
    path = draw(st.sampled_from(["a.py", "b/parse.py", "文.go", "c"]))
    text = draw(st.text("ab\n文", max_size=12)).encode()
    some = st.lists(st.sampled_from(WORDS), max_size=3)
    units = draw(st.lists(st.builds(UnitTokens, some, some, some, some), max_size=3))
    symbols = [".".join(unit.symbol) for unit in units]
    ends = st.integers(0, len(text))
    spans = [tuple(sorted((draw(ends), draw(ends)))) for _ in units]
    return Texts(path, text, symbols, spans), units


many_files = st.lists(files(), max_size=6)


def built(some: Sequence[tuple[Texts, list[UnitTokens]]]) -> Segment:
    units = [unit for _, of_file in some for unit in of_file]
    return build_segment([texts for texts, _ in some], TokenCounts.of(units))


def assert_equal(one: Segment, other: Segment) -> None:
    for field in fields(Segment):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        assert mine.dtype == theirs.dtype, field.name
        assert mine.shape == theirs.shape, field.name
        assert mine.tobytes() == theirs.tobytes(), field.name


@given(many_files)
def test_a_segment_is_in_order(some: list[tuple[Texts, list[UnitTokens]]]) -> None:
    segment = built(some)
    assert segment.file_count == len(some)
    assert (np.diff(segment.keys.astype(object)) > 0).all()
    assert (np.diff(segment.starts) > 0).all()
    for start, end in zip(segment.starts[:-1], segment.starts[1:], strict=True):
        assert (np.diff(segment.units[start:end].astype(np.int64)) > 0).all()
    assert segment.counts.sum() == segment.lengths.sum()
    assert segment.text.tobytes() == b"".join(texts.text for texts, _ in some)
    texts_of_units = [texts.text[a:b] for texts, _ in some for a, b in texts.spans]
    assert [segment.text[a:b].tobytes() for a, b in segment.spans.tolist()] == texts_of_units


@settings(deadline=None)
@given(many_files, st.data())
def test_a_segment_of_some_files_equals_one_built_of_them(
    some: list[tuple[Texts, list[UnitTokens]]], data: st.DataObject
) -> None:
    stays = data.draw(st.lists(st.booleans(), min_size=len(some), max_size=len(some)))
    kept = [file for file, stay in zip(some, stays, strict=True) if stay]
    assert_equal(built(some).with_files(np.array(stays, bool)), built(kept))


@settings(deadline=None)
@given(st.lists(many_files, min_size=1, max_size=4))
def test_joined_segments_equal_one_built_of_all_files(
    parts: list[list[tuple[Texts, list[UnitTokens]]]],
) -> None:
    everything = [file for part in parts for file in part]
    assert_equal(joined([built(part) for part in parts]), built(everything))


@settings(deadline=None, max_examples=50)
@given(many_files)
def test_a_saved_segment_is_opened_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, some: list[tuple[Texts, list[UnitTokens]]]
) -> None:
    path = tmp_path_factory.mktemp("segment") / "segment.bin"
    segment = built(some)
    record = save_segment(path, segment)
    assert record.size == path.stat().st_size
    assert_equal(open_segment(path), segment)


def test_an_opened_segment_can_be_cut_and_joined(tmp_path: Path) -> None:
    some = [
        (Texts(f"{n}.py", b"text", ["a"], [(0, 4)]), [UnitTokens(["a"], [], [], ["b"])])
        for n in range(3)
    ]
    path = tmp_path / "segment.bin"
    save_segment(path, built(some))
    opened = open_segment(path)
    rest = opened.with_files(np.array([True, False, True]))
    assert_equal(joined([rest, opened]), built([some[0], some[2], *some]))


def test_a_cut_or_missing_segment_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "segment.bin"
    some = [(Texts("a.py", b"text", ["a"], [(0, 4)]), [UnitTokens(["a"], [], [], [])])]
    save_segment(path, built(some))
    whole = path.read_bytes()
    for left in (0, 3, 8, 100):
        path.write_bytes(whole[:left])
        with pytest.raises(StoreError, match=r"segment\.bin is damaged"):
            open_segment(path)
    path.unlink()
    with pytest.raises(StoreError, match=r"segment\.bin is damaged"):
        open_segment(path)


def test_keys_leave_room_for_fields() -> None:
    terms = ["", "a", "A", "文", "\udc80", "x" * 10_000]
    keys = term_keys(terms)
    assert len(set(keys.tolist())) == len(terms)
    assert (keys % 8 == 0).all()
    assert term_keys([]).shape == (0,)
