from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.metrics.calibration import (
    LogisticCalibration,
    ReliabilityBin,
    area_under_roc,
    brier_score,
    expected_calibration_error,
    fit_logistic,
    reliability_bins,
)

LABELLED = st.lists(st.tuples(st.integers(-4, 4), st.integers(0, 1)), min_size=2, max_size=30)
BOTH_LABELS = LABELLED.filter(lambda items: len({label for _, label in items}) == 2)
FORECASTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=30)


def test_brier_score_by_hand():
    assert brier_score([0.0, 1.0], [0, 1]) == 0.0
    assert brier_score([1.0, 0.0], [0, 1]) == 1.0
    assert brier_score([0.8, 0.4], [1, 0]) == pytest.approx((0.2**2 + 0.4**2) / 2)


@given(st.lists(st.integers(0, 1), min_size=1), st.floats(0, 1))
def test_no_constant_forecast_beats_the_base_rate(labels, constant):
    rate = sum(labels) / len(labels)
    best = brier_score([rate] * len(labels), labels)
    assert best == pytest.approx(rate * (1 - rate))
    assert best <= brier_score([constant] * len(labels), labels) + 1e-12


@given(BOTH_LABELS)
def test_auroc_is_pair_counting(items):
    positives = [score for score, label in items if label]
    negatives = [score for score, label in items if not label]
    wins = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    scores, labels = zip(*items, strict=True)
    assert area_under_roc(scores, labels) == pytest.approx(wins / (len(positives) * len(negatives)))


@given(BOTH_LABELS)
def test_auroc_keeps_under_increasing_maps_and_turns_under_negation(items):
    scores, labels = (np.array(column, dtype=float) for column in zip(*items, strict=True))
    value = area_under_roc(scores, labels)
    assert area_under_roc(np.exp(scores), labels) == pytest.approx(value)
    assert area_under_roc(-scores, labels) == pytest.approx(1 - value)


@pytest.mark.parametrize("label", [0, 1])
def test_auroc_needs_both_labels(label):
    with pytest.raises(ValueError, match="both labels"):
        area_under_roc([0.1, 0.2], [label, label])


def test_reliability_bins_by_hand():
    probabilities = [0.0, 0.1, 0.55, 0.5, 1.0]
    assert reliability_bins(probabilities, [0, 1, 1, 0, 1], bins=2) == [
        ReliabilityBin(count=2, mean_probability=pytest.approx(0.05), positive_fraction=0.5),
        ReliabilityBin(
            count=3,
            mean_probability=pytest.approx(2.05 / 3),
            positive_fraction=pytest.approx(2 / 3),
        ),
    ]


@given(FORECASTS, st.integers(1, 20))
def test_bins_hold_every_item_once(items, bins):
    probabilities, labels = zip(*items, strict=True)
    filled = reliability_bins(probabilities, labels, bins)
    assert sum(part.count for part in filled) == len(items)
    promised = sum(part.count * part.mean_probability for part in filled)
    found = sum(part.count * part.positive_fraction for part in filled)
    assert promised == pytest.approx(sum(probabilities), abs=1e-9)
    assert found == pytest.approx(sum(labels), abs=1e-9)


@given(FORECASTS)
def test_calibration_error_of_one_bin_is_the_bias_and_more_bins_see_more(items):
    probabilities, labels = zip(*items, strict=True)
    bias = abs(np.mean(probabilities) - np.mean(labels))
    assert expected_calibration_error(probabilities, labels, bins=1) == pytest.approx(bias)
    assert expected_calibration_error(probabilities, labels, bins=8) >= bias - 1e-9


def test_calibration_error_by_hand():
    # Bin [0, .5): promised .2, found .5; bin [.5, 1]: promised .9, found 1.
    error = expected_calibration_error([0.2, 0.2, 0.9, 0.9], [0, 1, 1, 1], bins=2)
    assert error == pytest.approx((2 * 0.3 + 2 * 0.1) / 4)


def test_fit_recovers_the_law_that_made_the_labels():
    generator = np.random.default_rng(0)
    scores = generator.normal(loc=4.0, scale=2.0, size=20_000)
    truth = LogisticCalibration(slope=1.5, intercept=-6.0)
    labels = generator.random(scores.size) < truth.probability(scores)
    fitted = fit_logistic(scores, labels)
    assert fitted.slope == pytest.approx(truth.slope, rel=0.05)
    assert fitted.intercept == pytest.approx(truth.intercept, rel=0.05)
    assert expected_calibration_error(fitted.probability(scores), labels) < 0.02


@given(BOTH_LABELS, st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_fit_is_the_minimum_of_the_smoothed_cross_entropy(items, turn, shift):
    scores, labels = (np.array(column, dtype=float) for column in zip(*items, strict=True))
    positives, negatives = labels.sum(), (1 - labels).sum()
    targets = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(slope, intercept):
        chance = LogisticCalibration(slope, intercept).probability(scores).clip(1e-15, 1 - 1e-15)
        return -np.mean(targets * np.log(chance) + (1 - targets) * np.log(1 - chance))

    fitted = fit_logistic(scores, labels)
    moved = loss(fitted.slope + turn, fitted.intercept + shift)
    assert loss(fitted.slope, fitted.intercept) <= moved + 1e-9


@given(BOTH_LABELS, st.floats(0.01, 100), st.floats(-50, 50))
def test_fitted_probabilities_do_not_depend_on_the_unit_of_the_scores(items, scale, offset):
    scores, labels = (np.array(column, dtype=float) for column in zip(*items, strict=True))
    plain = fit_logistic(scores, labels).probability(scores)
    moved = fit_logistic(scale * scores + offset, labels).probability(scale * scores + offset)
    assert moved == pytest.approx(plain, abs=1e-6)


def test_separated_scores_get_a_finite_and_confident_fit():
    fitted = fit_logistic([-2.0, -1.0, 1.0, 2.0] * 25, [0, 0, 1, 1] * 25)
    assert math.isfinite(fitted.slope)
    low, high = fitted.probability([-1.0, 1.0])
    assert 0 < low < 0.1
    assert 0.9 < high < 1


@pytest.mark.parametrize("score", [3.0, 25.666897722542874])
def test_scores_without_difference_get_the_base_rate(score):
    fitted = fit_logistic([score] * 40, [1] * 10 + [0] * 30)
    assert fitted.slope == 0.0
    assert fitted.probability([score]) == pytest.approx(0.25, abs=0.02)


def test_scores_that_differ_by_rounding_get_a_finite_fit():
    score = 25.666897722542874
    fitted = fit_logistic([score, math.nextafter(score, 30)] * 20, [0, 0, 1, 0] * 10)
    assert 0 < fitted.probability([score])[0] < 1


def test_probability_does_not_overflow():
    far = LogisticCalibration(slope=1.0, intercept=0.0).probability([-1e6, 0.0, 1e6])
    assert far.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("measure", "values", "labels"),
    [
        (brier_score, [], []),
        (brier_score, [0.5], [0, 1]),
        (brier_score, [1.5], [1]),
        (brier_score, [math.nan], [1]),
        (brier_score, [0.5], [2]),
        (area_under_roc, [math.nan, 0.0], [0, 1]),
        (reliability_bins, [-0.1], [0]),
        (fit_logistic, [math.inf, 0.0], [0, 1]),
        (fit_logistic, [0.0, 1.0], [1, 1]),
    ],
)
def test_refuses_impossible_input(measure, values, labels):
    with pytest.raises(ValueError, match=r"list|NaN|labels|probabilities|finite"):
        measure(values, labels)


def test_reliability_needs_a_bin():
    with pytest.raises(ValueError, match="bins 0"):
        reliability_bins([0.5], [1], bins=0)
