from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.metrics.ranking import mean_reciprocal_rank, ndcg, reciprocal_ranks, tied_ranks

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


def ndcg_by_definition(relevant_ranks, relevant_count, cutoff):
    gains = [1 if rank in relevant_ranks else 0 for rank in range(1, cutoff + 1)]
    ideal = [1 if rank <= relevant_count else 0 for rank in range(1, cutoff + 1)]
    found, best = (
        sum(gain / math.log2(rank + 1) for rank, gain in enumerate(row, start=1))
        for row in (gains, ideal)
    )
    return found / best


@given(SCORES, st.data())
def test_tied_rank_counts_higher_and_half_of_the_other_equals(scores, data):
    relevant = data.draw(st.integers(0, len(scores) - 1))
    own = scores[relevant]
    others = scores[:relevant] + scores[relevant + 1 :]
    expected = 1 + sum(s > own for s in others) + sum(s == own for s in others) / 2
    assert tied_ranks([scores], [relevant]) == [expected]


@given(SCORES, st.data())
def test_tied_rank_is_the_mean_rank_over_orders_of_the_ties(scores, data):
    relevant = data.draw(st.integers(0, len(scores) - 1))
    row = np.array(scores, dtype=float)
    best, worst = row.copy(), row.copy()
    best[relevant] += 0.5
    worst[relevant] -= 0.5
    middle = (tied_ranks([best], [relevant]) + tied_ranks([worst], [relevant])) / 2
    assert tied_ranks([row], [relevant]) == middle


def test_tied_ranks_of_several_queries():
    scores = [[0.1, 0.9, 0.5], [2.0, 2.0, 2.0], [1.0, 1.0, 3.0]]
    assert tied_ranks(scores, [2, 0, 1]).tolist() == [2.0, 2.0, 2.5]


def test_scoring_everything_alike_gains_no_rank():
    assert tied_ranks(np.zeros((1, 101)), [7]) == [51.0]


@pytest.mark.parametrize(
    ("scores", "relevant"),
    [([1.0, 2.0], [0]), ([[1.0, 2.0]], [0, 1]), ([[1.0, math.nan]], [0])],
)
def test_tied_ranks_refuses_what_has_no_rank(scores, relevant):
    with pytest.raises(ValueError, match=r"scores"):
        tied_ranks(scores, relevant)


def test_reciprocal_ranks_and_their_mean():
    ranks = [1, 2, math.inf, 2.5]
    assert reciprocal_ranks(ranks).tolist() == [1.0, 0.5, 0.0, 0.4]
    assert mean_reciprocal_rank(ranks) == pytest.approx(1.9 / 4)


@pytest.mark.parametrize("ranks", [[], [0.5], [math.nan]])
def test_mean_reciprocal_rank_refuses_non_ranks(ranks):
    with pytest.raises(ValueError, match=r"count from 1|no queries"):
        mean_reciprocal_rank(ranks)


@given(st.sets(st.integers(1, 25)), st.integers(0, 5), st.integers(1, 15))
def test_ndcg_is_its_definition(relevant_ranks, missing, cutoff):
    relevant_count = max(1, len(relevant_ranks) + missing)
    expected = ndcg_by_definition(relevant_ranks, relevant_count, cutoff)
    found = [*relevant_ranks, *[math.inf] * missing]
    assert ndcg(found, relevant_count, cutoff) == pytest.approx(expected)


def test_ndcg_by_hand():
    assert ndcg([2], 1) == pytest.approx(1 / math.log2(3))
    assert ndcg([1, 3], 2) == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert ndcg([10], 1) == pytest.approx(1 / math.log2(11))
    assert ndcg([11], 1) == 0.0
    assert ndcg([], 3) == 0.0


def test_ndcg_ideal_is_limited_by_the_cutoff():
    assert ndcg(range(1, 11), 40, cutoff=10) == pytest.approx(1.0)


def test_one_result_answering_two_targets_gains_once():
    assert ndcg([1, 1], 2) == ndcg([1], 2) < 1.0


@pytest.mark.parametrize(
    ("ranks", "count", "cutoff"),
    [([1], 0, 10), ([1], 1, 0), ([0], 1, 10), ([1.5], 1, 10), ([math.nan], 1, 10), ([1, 2], 1, 10)],
)
def test_ndcg_refuses_impossible_input(ranks, count, cutoff):
    with pytest.raises(ValueError, match=r"rank|relevant_count"):
        ndcg(ranks, count, cutoff)
