from __future__ import annotations

import math
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diglot.objectives.hashing import damped_counts, sequence_hash

rows_of_words = st.lists(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), max_size=8), max_size=5
)


@given(rows_of_words)
def test_a_word_counts_the_logarithm_of_its_repetitions(texts):
    rows = [np.array([t for word in text for t in word], np.int32) for text in texts]
    words = [np.array([n for n, word in enumerate(text) for _ in word], np.int32) for text in texts]
    factors = damped_counts(rows, words)
    assert factors.shape == (len(texts), max(map(len, rows), default=0))
    for row, text in zip(factors, texts, strict=True):
        counts = Counter(tuple(word) for word in text)
        expected = [
            math.log1p(counts[tuple(word)]) / counts[tuple(word)] for word in text for _ in word
        ]
        np.testing.assert_allclose(row[: len(expected)], expected, rtol=1e-6)
        assert not row[len(expected) :].any()


@given(st.lists(st.integers(0, 2**31 - 1)), st.lists(st.integers(0, 2**31 - 1)))
def test_hashes_are_of_the_content(one, other):
    hashes = [sequence_hash(np.array(ids, np.int32)) for ids in (one, other)]
    assert (hashes[0] == hashes[1]) == (one == other)
    assert all(-(2**63) <= value < 2**63 for value in hashes)
    assert sequence_hash(np.array(one, np.int64)) == hashes[0]


def test_a_hash_is_the_same_in_every_process():
    assert sequence_hash(np.array([1, 2, 3], np.int32)) == -5405627362230748553
