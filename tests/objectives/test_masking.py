from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.objectives.support import is_drawn_from, is_share, text, tokens

from diglot.errors import InputError
from diglot.objectives.masking import choose, choose_tokens, mask_tokens
from diglot.objectives.mlm import MlmSettings


@given(st.lists(st.integers(0, 9), max_size=40), st.floats(0, 1), st.integers(0, 1000))
def test_groups_come_whole_and_their_number_is_near(groups, share, seed):
    groups = np.array(groups, np.int64)
    chosen = choose(groups, share, np.random.default_rng(seed))
    sizes = {group: int((groups == group).sum()) for group in groups.tolist()}
    for group in sizes:
        assert len(set(chosen[groups == group].tolist())) == 1
    budget = share * len(groups)
    assert abs(int(chosen.sum()) - budget) <= max(sizes.values(), default=0)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_none_and_all(share):
    chosen = choose(np.arange(100) // 3, share, np.random.default_rng(0))
    assert chosen.mean() == share


@pytest.mark.parametrize("groups", [1, 3, 7, 50])
@pytest.mark.parametrize("size", [1, 3])
def test_the_expected_number_is_the_rate_at_every_length(groups, size):
    rng = np.random.default_rng(1)
    members = np.repeat(np.arange(groups), size)
    chosen = sum(int(choose(members, 0.15, rng).sum()) for _ in range(8000))
    assert is_share(chosen // size, 8000 * groups, 0.15)


def test_the_number_is_exact_but_for_rounding():
    rng = np.random.default_rng(1)
    assert {int(choose(np.arange(50), 0.15, rng).sum()) for _ in range(500)} == {7, 8}


def test_every_token_is_as_likely():
    rng = np.random.default_rng(2)
    counts = sum(choose(np.arange(20), 0.15, rng).astype(int) for _ in range(20_000))
    assert all(is_share(count, 20_000, 0.15) for count in counts)


def test_marks_are_never_chosen(info):
    ids = np.random.default_rng(0).integers(0, info.size, 5000)
    sequence = tokens(ids, marks=info.special_ids)
    positions = choose_tokens(sequence, MlmSettings(rate=0.9), np.random.default_rng(3))
    assert not info.is_special[ids[positions]].any()
    assert info.is_special[ids].any()
    assert is_share(len(positions), int(sequence.maskable.sum()), 0.9)


def test_whole_words_are_masked_whole_also_where_documents_count_anew(info):
    words = np.tile(np.repeat(np.arange(50), 3), 2)
    sequence = text(info, 300, words=words, documents=np.repeat([0, 1], 150))
    settings = MlmSettings(whole_words=True)
    chosen = np.zeros(300, np.bool_)
    chosen[choose_tokens(sequence, settings, np.random.default_rng(4))] = True
    by_word = chosen.reshape(100, 3)
    assert (by_word.all(1) == by_word.any(1)).all()
    assert 0 < by_word.all(1).sum() < 100
    assert (by_word[:50].all(1) != by_word[50:].all(1)).any()  # the two documents' words 0, 1, ...


@pytest.mark.parametrize(("mask", "random"), [(0.8, 0.1), (1.0, 0.0), (0.5, 0.5)])
def test_what_is_put_in_place(info, mask, random):
    sequence = text(info, 60_000)
    positions = np.arange(60_000)
    result = mask_tokens(
        sequence, positions, info, np.random.default_rng(5), mask=mask, random=random
    )
    masked = int((result["ids"] == info.mask).sum())
    kept = int((result["ids"] == sequence.ids).sum())
    others = 1 - 1 / len(info.ordinary)  # a random token may be the same
    assert is_share(masked, 60_000, mask)
    assert is_share(60_000 - masked - kept, 60_000, random * others)
    assert (result["targets"] == sequence.ids).all()


def test_random_tokens_are_uniform_and_never_special(info):
    draws = 100 * len(info.ordinary)
    sequence = text(info, draws)
    result = mask_tokens(
        sequence, np.arange(draws), info, np.random.default_rng(6), mask=0.0, random=1.0
    )
    counts = np.bincount(result["ids"], minlength=info.size)
    assert counts[info.is_special].sum() == 0
    assert is_drawn_from(counts[info.ordinary], np.full(len(info.ordinary), 1 / len(info.ordinary)))


def test_tokens_not_chosen_stay(info):
    sequence = text(info, 100)
    positions = np.array([3, 50, 99])
    result = mask_tokens(sequence, positions, info, np.random.default_rng(7), mask=1.0, random=0.0)
    assert np.flatnonzero(result["ids"] != sequence.ids).tolist() == positions.tolist()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 1.5}, "mlm: rate = 1.5: accepted is a number from 0 to 1"),
        ({"rate": "much"}, "mlm: rate = 'much'"),
        ({"rate": True}, "mlm: rate = True"),
        ({"copies": -1}, "mlm: copies = -1: accepted is a whole number from 0"),
        ({"copies": 1.5}, "mlm: copies = 1.5"),
        ({"whole_words": 1}, "mlm: whole_words = 1: accepted is true or false"),
        ({"mask": 0.9, "random": 0.2}, "mask = 0.9 and random = 0.2"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError) as caught:
        MlmSettings(**settings)
    assert message in str(caught.value)


def test_a_whole_number_will_do_for_a_share():
    assert MlmSettings(rate=1).rate == 1
