from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from diglot.index.vectors import KEY_BYTES, VectorStore, content_key

DIMENSION = 3


def keys_of(*names: str) -> list[bytes]:
    return [content_key(name) for name in names]


def rows_of(*values: float) -> NDArray[np.float32]:
    return np.array([[value] * DIMENSION for value in values], np.float32)


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path, DIMENSION)


def test_content_keys_tell_texts_apart_whatever_their_characters() -> None:
    texts = ["", "a", "a\0b", "文", "\udc80", "\udc81x"]
    assert len({content_key(text) for text in texts}) == len(texts)
    assert {len(content_key(text)) for text in texts} == {KEY_BYTES}


def test_a_store_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "missing", DIMENSION)
    assert len(store) == 0
    assert store.keys() == []
    assert store.rows(keys_of("a")).tolist() == [-1]
    assert not (tmp_path / "missing").exists()


def test_finds_appended_rows_here_and_after_opening_again(
    store: VectorStore, tmp_path: Path
) -> None:
    store.append(keys_of("a", "b"), rows_of(1, 2))
    store.append([], rows_of())
    store.append(keys_of("c"), rows_of(3))
    for opened in (store, VectorStore(tmp_path, DIMENSION)):
        assert opened.rows(keys_of("c", "x", "a", "b")).tolist() == [2, -1, 0, 1]
        assert opened.matrix.tolist() == rows_of(1, 2, 3).tolist()
        assert opened.keys() == keys_of("a", "b", "c")


def test_stores_of_one_folder_do_not_mix(store: VectorStore, tmp_path: Path) -> None:
    store.append(keys_of("a"), rows_of(1))
    other = VectorStore(tmp_path, DIMENSION, "other")
    assert len(other) == 0
    other.append(keys_of("b"), rows_of(2))
    assert VectorStore(tmp_path, DIMENSION).keys() == keys_of("a")


def test_what_another_process_appends_is_seen_after_reload(
    store: VectorStore, tmp_path: Path
) -> None:
    assert store.rows(keys_of("a")).tolist() == [-1]
    VectorStore(tmp_path, DIMENSION).append(keys_of("a"), rows_of(1))
    assert store.rows(keys_of("a")).tolist() == [-1]
    store.reload()
    assert store.rows(keys_of("a")).tolist() == [0]


def test_appending_after_another_process_keeps_its_rows(store: VectorStore, tmp_path: Path) -> None:
    store.rows([])
    VectorStore(tmp_path, DIMENSION).append(keys_of("a"), rows_of(1))
    store.append(keys_of("b"), rows_of(2))
    reopened = VectorStore(tmp_path, DIMENSION)
    assert reopened.rows(keys_of("a", "b")).tolist() == [0, 1]
    assert reopened.matrix.tolist() == rows_of(1, 2).tolist()


def test_a_key_appended_twice_has_one_of_its_rows(store: VectorStore, tmp_path: Path) -> None:
    store.append(keys_of("a", "a"), rows_of(1, 2))
    store.append(keys_of("a", "b"), rows_of(3, 4))
    for opened in (store, VectorStore(tmp_path, DIMENSION)):
        assert opened.rows(keys_of("b")).tolist() == [3]
        assert opened.rows(keys_of("a")).tolist() in ([0], [1], [2])


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    torn=st.sampled_from(["keys", "vectors"]),
    lost=st.integers(0, 60),
)
def test_a_torn_tail_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int], torn: str, lost: int
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store, count = VectorStore(folder, DIMENSION), 0
    for size in batches:
        numbers = range(count, count + size)
        store.append(keys_of(*map(str, numbers)), rows_of(*numbers))
        count += size
    file = folder / store.files[torn == "vectors"]
    row_bytes = store.sizes(1)[file.name]
    left = max(0, count * row_bytes - lost)
    if file.exists():
        with file.open("r+b") as opened:
            opened.truncate(left)
    whole = left // row_bytes

    torn_store = VectorStore(folder, DIMENSION)
    assert torn_store.keys() == keys_of(*map(str, range(whole)))
    assert torn_store.matrix.tolist() == rows_of(*range(whole)).tolist()
    torn_store.append(keys_of("new"), rows_of(-1))
    for opened_again in (torn_store, VectorStore(folder, DIMENSION)):
        assert opened_again.keys() == keys_of(*map(str, range(whole)), "new")
        assert opened_again.matrix.tolist() == rows_of(*range(whole), -1).tolist()


def test_sizes_are_those_of_the_files(store: VectorStore, tmp_path: Path) -> None:
    store.append(keys_of("a", "b", "c"), rows_of(1, 2, 3))
    sizes = {name: (tmp_path / name).stat().st_size for name in store.files}
    assert store.sizes(3) == sizes
    assert set(store.sizes(0).values()) == {0}


def test_what_is_returned_by_append_is_what_the_files_hold(
    store: VectorStore, tmp_path: Path
) -> None:
    parts = [store.append(keys_of("a", "b"), rows_of(1, 2)), store.append(keys_of("c"), rows_of(3))]
    for number, name in enumerate(store.files):
        assert (tmp_path / name).read_bytes() == b"".join(part[number] for part in parts)
    assert store.append([], rows_of()) == (b"", b"")


def test_rows_can_be_taken_back(store: VectorStore, tmp_path: Path) -> None:
    store.append(keys_of("a", "b", "c"), rows_of(1, 2, 3))
    store.cut(5)
    assert len(store) == 3
    store.cut(1)
    for opened in (store, VectorStore(tmp_path, DIMENSION)):
        assert opened.rows(keys_of("a", "b", "c")).tolist() == [0, -1, -1]
        assert opened.matrix.tolist() == rows_of(1).tolist()
    store.append(keys_of("c"), rows_of(4))
    assert VectorStore(tmp_path, DIMENSION).rows(keys_of("a", "b", "c")).tolist() == [0, -1, 1]


def test_whole_rows_are_intact(store: VectorStore) -> None:
    store.append(keys_of("a", "b"), rows_of(1, 2))
    assert store.intact_rows(keys_of("b", "x", "a")).tolist() == [1, -1, 0]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1), st.integers(0, 3 * 24 * 8 - 1))
def test_a_row_of_which_a_bit_changed_counts_as_not_there(
    tmp_path_factory: pytest.TempPathFactory, which: int, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = VectorStore(folder, DIMENSION)
    names = keys_of("a", "b", "c")
    store.append(names, rows_of(1, 2, 3))
    file = folder / store.files[which]
    data = bytearray(file.read_bytes())
    place = bit // 8 % len(data)
    data[place] ^= 1 << bit % 8
    file.write_bytes(data)
    row = place // store.sizes(1)[file.name]
    expected = [0, 1, 2]
    expected[row] = -1
    assert VectorStore(folder, DIMENSION).intact_rows(names).tolist() == expected
