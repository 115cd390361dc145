from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.metrics.bootstrap import bootstrap_difference, bootstrap_mean

VALUES = st.lists(st.floats(-10, 10), min_size=1, max_size=30)


@given(VALUES, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_interval_lies_in_the_range_and_mean_is_the_mean(values, seed):
    interval = bootstrap_mean(values, seed=seed, resamples=200)
    assert interval.mean == pytest.approx(np.mean(values))
    assert min(values) - 1e-9 <= interval.low <= interval.high <= max(values) + 1e-9


def test_same_seed_same_interval_and_other_seed_another():
    values = np.random.default_rng(1).normal(size=50)
    first, again, other = (bootstrap_mean(values, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)


def test_quantiles_match_the_enumerated_resamples():
    # Three values have 27 equally likely resamples; the interval estimates their quantiles.
    values = [0.0, 1.0, 5.0]
    means = sorted(np.mean(draw) for draw in itertools.product(values, repeat=3))
    interval = bootstrap_mean(values, seed=0, confidence=0.7, resamples=200_000)
    assert interval.low == pytest.approx(np.quantile(means, 0.15, method="inverted_cdf"))
    assert interval.high == pytest.approx(np.quantile(means, 0.85, method="inverted_cdf"))


def test_interval_agrees_with_the_normal_approximation():
    values = np.random.default_rng(0).normal(loc=3.0, size=400)
    interval = bootstrap_mean(values, seed=0)
    half = 1.959964 * values.std() / math.sqrt(values.size)
    assert interval.low == pytest.approx(interval.mean - half, abs=0.1 * half)
    assert interval.high == pytest.approx(interval.mean + half, abs=0.1 * half)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(7)
    intervals = [
        bootstrap_mean(generator.normal(size=60), seed=trial, confidence=0.9, resamples=400)
        for trial in range(300)
    ]
    covered = np.mean([interval.low <= 0 <= interval.high for interval in intervals])
    assert 0.82 <= covered <= 0.96


def test_more_confidence_is_a_wider_interval():
    values = np.random.default_rng(2).random(40)
    wide = bootstrap_mean(values, seed=0, confidence=0.99)
    narrow = bootstrap_mean(values, seed=0, confidence=0.8)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_every_item_its_own_cluster_is_no_clustering():
    values = np.random.default_rng(5).random(25)
    labels = [f"item-{number:02}" for number in range(25)]
    assert bootstrap_mean(values, seed=1, clusters=labels) == bootstrap_mean(values, seed=1)


def test_copies_of_items_are_no_evidence_when_clustered():
    values = np.random.default_rng(5).random(20)
    alone = bootstrap_mean(values, seed=1)
    copied = bootstrap_mean(np.repeat(values, 9), seed=1, clusters=np.repeat(np.arange(20), 9))
    believed = bootstrap_mean(np.repeat(values, 9), seed=1)
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    assert believed.high - believed.low < 0.5 * (alone.high - alone.low)


def test_clusters_weigh_by_their_items():
    values, labels = [0.0, 0.0, 0.0, 1.0], ["a", "a", "a", "b"]
    interval = bootstrap_mean(values, seed=0, clusters=labels, confidence=0.2)
    # Draws are aa, ab, ba, bb: means 0, 1/4, 1/4, 1.
    assert interval.mean == interval.low == interval.high == pytest.approx(0.25)


def test_a_constant_difference_is_certain():
    second = np.random.default_rng(3).random(30)
    interval = bootstrap_difference(second + 0.25, second, seed=0)
    assert (interval.mean, interval.low, interval.high) == pytest.approx((0.25, 0.25, 0.25))


def test_difference_is_antisymmetric_and_paired():
    generator = np.random.default_rng(4)
    difficulty = generator.normal(scale=10, size=80)
    first = difficulty + generator.normal(loc=0.5, scale=0.3, size=80)
    second = difficulty + generator.normal(scale=0.3, size=80)
    forward = bootstrap_difference(first, second, seed=0)
    backward = bootstrap_difference(second, first, seed=0)
    assert (forward.low, forward.high) == pytest.approx((-backward.high, -backward.low))
    # Pairing removes the difficulty, which alone would drown the difference.
    assert forward.low > 0
    assert bootstrap_mean(first, seed=0).low < bootstrap_mean(second, seed=0).high


@pytest.mark.parametrize(
    "arguments",
    [
        {"values": []},
        {"values": [[1.0]]},
        {"values": [math.nan]},
        {"values": [1.0], "clusters": ["a", "b"]},
        {"values": [1.0], "confidence": 1.0},
        {"values": [1.0], "resamples": 0},
    ],
)
def test_refuses_what_has_no_interval(arguments):
    with pytest.raises(ValueError, match=r"values|clusters|confidence"):
        bootstrap_mean(**arguments, seed=0)


def test_refuses_unpaired_values():
    with pytest.raises(ValueError, match=r"shapes \(2,\) and \(1,\)"):
        bootstrap_difference([1.0, 2.0], [1.0], seed=0)
