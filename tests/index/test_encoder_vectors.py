from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from diglot.index import Index
from diglot.index.encoder_vectors import EncoderVectors
from diglot.index.vectors import content_key
from diglot.inference import Encoder, load_encoder

TEXTS = ["def parse(text): return int(text)", "class Cache: pass", "print('hello')"]
KEYS = [content_key(text) for text in TEXTS]


class Recording:
    """The real encoder, which remembers what it was asked."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.key, self.dimension = encoder.name, encoder.key, encoder.dimension
        self.asked: list[str] = []

    def encode_code(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._encoder.encode_code(texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encoder.encode_queries(texts)

    def represented(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encoder.represented(texts)


@pytest.fixture(scope="module")
def real_encoder() -> Encoder:
    return load_encoder("encoder")


@pytest.fixture
def encoder(real_encoder: Encoder) -> Recording:
    return Recording(real_encoder)


def vectors_of(kept: EncoderVectors, *numbers: int) -> NDArray[np.float32]:
    return kept.of([KEYS[n] for n in numbers], lambda some: [TEXTS[numbers[i]] for i in some])


def test_vectors_are_computed_once_and_for_all(encoder: Recording, cache: Path) -> None:
    first = vectors_of(EncoderVectors(cache, encoder, "model"), 0, 1)
    assert encoder.asked == TEXTS[:2]
    expected = encoder.encode_code(TEXTS)
    np.testing.assert_allclose(first, expected[:2], atol=1e-6)
    encoder.asked.clear()
    later = vectors_of(EncoderVectors(cache, encoder, "model"), 2, 0, 1)
    assert encoder.asked == [TEXTS[2]]
    np.testing.assert_allclose(later, expected[[2, 0, 1]], atol=1e-6)


def test_one_content_asked_for_twice_is_kept_once(encoder: Recording, cache: Path) -> None:
    kept = EncoderVectors(cache, encoder, "model")
    twice = vectors_of(kept, 0, 0)
    np.testing.assert_array_equal(twice[0], twice[1])
    stored = {file.suffix: file.stat().st_size for file in (cache / "vectors").iterdir()}
    assert stored[".f32"] == 4 * encoder.dimension
    assert stored[".keys"] == 24


def test_a_busy_lock_costs_time_but_no_answer(encoder: Recording, cache: Path) -> None:
    vectors_of(EncoderVectors(cache, encoder, "model"), 0)
    (lock,) = (cache / "locks").glob("*.lock")
    with FileLock(lock):
        kept = EncoderVectors(cache, encoder, "model")
        np.testing.assert_allclose(
            vectors_of(kept, 0, 1), encoder.encode_code(TEXTS[:2]), atol=1e-6
        )
    encoder.asked.clear()
    vectors_of(EncoderVectors(cache, encoder, "model"), 1)
    assert encoder.asked == [TEXTS[1]]


def test_a_folder_that_cannot_be_written_is_no_obstacle(encoder: Recording, cache: Path) -> None:
    cache.mkdir()
    (cache / "vectors").write_text("in the way")
    kept = EncoderVectors(cache, encoder, "model")
    np.testing.assert_allclose(vectors_of(kept, 1), encoder.encode_code(TEXTS[1:2]), atol=1e-6)


@pytest.mark.parametrize("suffix", [".keys", ".f32"])
@pytest.mark.parametrize("left", [0, 10, -1])
def test_a_truncated_store_is_filled_again(
    encoder: Recording, cache: Path, suffix: str, left: int
) -> None:
    vectors_of(EncoderVectors(cache, encoder, "model"), 0, 1, 2)
    (file,) = (cache / "vectors").glob(f"*{suffix}")
    with file.open("r+b") as opened:
        opened.truncate(left if left >= 0 else file.stat().st_size + left)
    expected = encoder.encode_code(TEXTS)
    for _ in range(2):
        kept = EncoderVectors(cache, encoder, "model")
        np.testing.assert_allclose(vectors_of(kept, 0, 1, 2), expected, atol=1e-6)
    encoder.asked.clear()
    vectors_of(EncoderVectors(cache, encoder, "model"), 0, 1, 2)
    assert encoder.asked == []


@pytest.mark.parametrize("suffix", [".keys", ".f32"])
def test_vectors_of_which_a_bit_changed_are_computed_again(
    encoder: Recording, cache: Path, suffix: str
) -> None:
    expected = vectors_of(EncoderVectors(cache, encoder, "model"), 0, 1, 2)
    (file,) = (cache / "vectors").glob(f"*{suffix}")
    whole, before = file.read_bytes(), file.stat()
    chance = random.Random(0)
    for _ in range(12):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        kept = EncoderVectors(cache, encoder, "model")
        np.testing.assert_allclose(vectors_of(kept, 0, 1, 2), expected, atol=1e-6)
        encoder.asked.clear()
        vectors_of(EncoderVectors(cache, encoder, "model"), 0, 1, 2)
        assert encoder.asked == []


def test_a_second_balanced_search_computes_nothing(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    encoder: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(5):
        write(f"m{number}.py", f"def parse_{number}(text):\n    return int(text, {number})\n")
    monkeypatch.setattr("diglot.index.index._shipped_encoder", lambda: encoder)
    first = open_index().answer("parse text", rank="balanced")
    assert len(encoder.asked) == len(first.hits) == 5
    encoder.asked.clear()
    again = open_index().answer("parse text", rank="balanced")
    assert encoder.asked == []
    assert again == first
    open_index().search("int of text", rank="balanced")
    assert encoder.asked == []
    write("m5.py", "def parse_5(text):\n    return None\n")
    open_index().search("parse text", rank="balanced")
    assert len(encoder.asked) == 1
    assert "parse_5" in encoder.asked[0]


def test_encoder_vectors_serve_every_tree_with_the_same_code(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    encoder: Recording,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    cache: Path,
) -> None:
    text = write("a.py", "def parse(text):\n    return int(text)\n").read_text()
    monkeypatch.setattr("diglot.index.index._shipped_encoder", lambda: encoder)
    open_index().search("parse text", rank="balanced")
    assert len(encoder.asked) == 1
    other = tmp_path / "worktree"
    other.mkdir()
    (other / "b.py").write_text(text)
    assert Index.open(other, cache_folder=cache).search("parse text", rank="balanced")
    assert len(encoder.asked) == 1
