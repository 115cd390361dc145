from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.index.bags import FIELD_WEIGHTS, embed_units
from diglot.index.unit_tokens import TokenCounts, UnitTokens
from diglot.inference.static import StaticEncoder
from diglot.languages.words import split_words
from diglot.models import resolve_model


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder(resolve_model("static"))


def embed(units: list[UnitTokens], encoder: StaticEncoder, *chosen: int) -> np.ndarray:
    """Embed all units of a batch, or those with the numbers in `chosen`."""
    numbers = np.array(chosen or range(len(units)), np.int64)
    return embed_units(TokenCounts.of(units), numbers, encoder)


def embed_slowly(unit: UnitTokens, encoder: StaticEncoder) -> np.ndarray:
    counts = Counter[str]()
    for weight, tokens in zip(FIELD_WEIGHTS, unit, strict=True):
        for token in tokens:
            counts[token] += weight
    total = np.zeros(encoder.dimension)
    for token, count in counts.items():
        for word in split_words(token):
            total += math.log1p(count) * encoder.word_vectors([word])[0]
    norm = np.linalg.norm(total)
    return total / norm if norm else total


some_tokens = st.lists(
    st.sampled_from(
        ["parse", "Parse", "getUserById", "max_age", "_", "", "x" * 70, "память", "解析", "a1", "é"]
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(units=st.lists(st.builds(UnitTokens, *[some_tokens] * 4), max_size=5))
def test_agrees_with_a_loop_over_words(encoder: StaticEncoder, units: list[UnitTokens]) -> None:
    vectors = embed(units, encoder)
    assert vectors.shape == (len(units), encoder.dimension)
    assert vectors.dtype == np.float32
    for vector, unit in zip(vectors, units, strict=True):
        np.testing.assert_allclose(vector, embed_slowly(unit, encoder), atol=2e-5)


def test_rows_have_norm_one_or_nothing(encoder: StaticEncoder) -> None:
    units = [UnitTokens(["parse"], [], [], []), UnitTokens([], [], [], [])]
    norms = np.linalg.norm(embed(units, encoder), axis=1)
    assert norms == pytest.approx([1, 0], abs=1e-6)


def test_a_unit_is_embedded_the_same_in_any_company(encoder: StaticEncoder) -> None:
    one = UnitTokens(["parse"], ["text"], ["read", "it"], ["return", "int", "text"])
    other = UnitTokens(["store"], [], ["text"], ["parse", "text"])
    alone = embed([one], encoder)[0]
    among = embed([other, one, other], encoder)
    np.testing.assert_array_equal(among[1], alone)
    np.testing.assert_array_equal(among[0], among[2])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.builds(UnitTokens, *[some_tokens] * 4), min_size=1, max_size=6), st.data())
def test_some_units_of_a_batch_are_embedded_as_each_is_alone(
    encoder: StaticEncoder, units: list[UnitTokens], data: st.DataObject
) -> None:
    chosen = sorted(data.draw(st.sets(st.integers(0, len(units) - 1), min_size=1)))
    some = embed(units, encoder, *chosen)
    alone = [embed([units[number]], encoder)[0] for number in chosen]
    np.testing.assert_array_equal(some, alone)


@given(st.lists(st.builds(UnitTokens, *[some_tokens] * 4), max_size=5))
def test_tokens_are_counted_by_unit_and_field(units: list[UnitTokens]) -> None:
    counts = TokenCounts.of(units)
    found = Counter[tuple[int, int, str]]()
    for unit, field, token, count in zip(
        counts.unit, counts.field, counts.token, counts.count, strict=True
    ):
        place = (int(unit), int(field), counts.tokens[token])
        assert place not in found
        found[place] = int(count)
    expected = Counter(
        (number, field, token)
        for number, unit in enumerate(units)
        for field, tokens in enumerate(unit)
        for token in tokens
    )
    assert found == expected
    assert (np.diff(counts.unit) >= 0).all()


def test_words_of_the_symbol_and_the_documentation_count_more(encoder: StaticEncoder) -> None:
    words = ["parse", "memory"]
    parse = encoder.word_vectors(["parse"])[0]
    nearness = [
        float(embed([unit], encoder)[0] @ parse / np.linalg.norm(parse))
        for unit in (
            UnitTokens(["parse"], [], [], ["memory"]),
            UnitTokens([], [], ["parse"], ["memory"]),
            UnitTokens([], [], [], words),
        )
    ]
    assert nearness[0] > nearness[1] > nearness[2]
