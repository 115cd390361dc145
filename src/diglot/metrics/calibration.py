"""Whether probabilities mean what they say, and how to make scores mean something.

Labels are 1 (relevant) or 0, everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_NEWTON_STEPS = 100
_GRADIENT_TOLERANCE = 1e-10


def brier_score(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean squared distance of probabilities from labels; lower is better.

    Args:
        probabilities: Probabilities of label 1, from 0 to 1, shaped `(items,)`.
        labels: 0 or 1, shaped `(items,)`.

    Returns:
        A value from 0 (certain and right) to 1 (certain and wrong).

    Raises:
        ValueError: The shapes differ, there are no items, or a value is out of range.
    """
    forecast, truth = _checked_probabilities(probabilities, labels)
    return float(np.mean((forecast - truth) ** 2))


def area_under_roc(scores: ArrayLike, labels: ArrayLike) -> float:
    """Chance that a random positive is scored above a random negative, ties counting half.

    Args:
        scores: Scores, higher is more positive, in any unit, shaped `(items,)`.
        labels: 0 or 1, shaped `(items,)`.

    Returns:
        AUROC, from 0 to 1; 0.5 says the scores carry nothing.

    Raises:
        ValueError: The shapes differ, a score is not a number, or one label is absent.
    """
    values, truth = _checked(scores, labels)
    positives = int(truth.sum())
    negatives = truth.size - positives
    if positives == 0 or negatives == 0:
        raise ValueError("AUROC needs items of both labels")
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    # Tied scores share the mean of the ranks they occupy.
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2.0)[group]
    above = ranks[truth == 1].sum() - positives * (positives + 1) / 2.0
    return float(above / (positives * negatives))


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Items whose probability falls in one range."""

    count: int
    mean_probability: float
    """What was promised."""
    positive_fraction: float
    """What was found."""


def reliability_bins(
    probabilities: ArrayLike, labels: ArrayLike, bins: int = 10
) -> list[ReliabilityBin]:
    """Group items into ranges of probability of equal width, for a reliability diagram.

    Args:
        probabilities: Probabilities of label 1, from 0 to 1, shaped `(items,)`.
        labels: 0 or 1, shaped `(items,)`.
        bins: Number of ranges; each holds its lower end, the last also 1.

    Returns:
        The ranges that hold items, in ascending order.

    Raises:
        ValueError: The shapes differ, there are no items, `bins` is below 1, or a value is out
            of range.
    """
    forecast, truth = _checked_probabilities(probabilities, labels)
    if bins < 1:
        raise ValueError(f"bins {bins} must be at least 1")
    place = np.minimum((forecast * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    promised = np.bincount(place, weights=forecast, minlength=bins)
    found = np.bincount(place, weights=truth, minlength=bins)
    return [
        ReliabilityBin(int(count), float(promise / count), float(hits / count))
        for count, promise, hits in zip(counts, promised, found, strict=True)
        if count
    ]


def expected_calibration_error(
    probabilities: ArrayLike, labels: ArrayLike, bins: int = 10
) -> float:
    """Mean distance between promised and found fraction, over items in bins of equal width.

    Args:
        probabilities: Probabilities of label 1, from 0 to 1, shaped `(items,)`.
        labels: 0 or 1, shaped `(items,)`.
        bins: Number of ranges of probability.

    Returns:
        A value from 0 (calibrated) to 1.

    Raises:
        ValueError: As `reliability_bins`.
    """
    filled = reliability_bins(probabilities, labels, bins)
    total = sum(part.count for part in filled)
    gaps = (part.count * abs(part.mean_probability - part.positive_fraction) for part in filled)
    return sum(gaps) / total


@dataclass(frozen=True, slots=True)
class LogisticCalibration:
    """A map from scores to probabilities: `1 / (1 + exp(-(slope * score + intercept)))`."""

    slope: float
    intercept: float

    def probability(self, scores: ArrayLike) -> NDArray[np.float64]:
        """Probability of label 1 of each score, in the shape of `scores`."""
        return _sigmoid(self.slope * np.asarray(scores, dtype=np.float64) + self.intercept)


def fit_logistic(scores: ArrayLike, labels: ArrayLike) -> LogisticCalibration:
    """Fit a logistic calibration to labelled scores by Newton's method (Platt scaling).

    The labels are moved inwards as Platt proposes, to `(positives + 1) / (positives + 2)` and
    `1 / (negatives + 2)`, which keeps the fit finite where the scores separate the labels.

    Args:
        scores: Scores in any unit, shaped `(items,)`.
        labels: 0 or 1, shaped `(items,)`.

    Returns:
        The fitted map. Scores that are all equal get slope 0.

    Raises:
        ValueError: The shapes differ, a score is not finite, or one label is absent.
    """
    values, truth = _checked(scores, labels)
    if not np.isfinite(values).all():
        raise ValueError("scores must be finite")
    positives = truth.sum()
    negatives = truth.size - positives
    if positives == 0 or negatives == 0:
        raise ValueError("a calibration needs items of both labels")
    targets = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    # Standard scores make the two unknowns comparable, so Newton's steps are well conditioned.
    centre, spread = values.mean(), values.std()
    if np.ptp(values) == 0:
        mean = targets.mean()
        return LogisticCalibration(slope=0.0, intercept=float(np.log(mean / (1 - mean))))
    slope, intercept = _newton((values - centre) / spread, targets)
    return LogisticCalibration(
        slope=float(slope / spread), intercept=float(intercept - slope * centre / spread)
    )


def _newton(
    scores: NDArray[np.float64], targets: NDArray[np.float64]
) -> tuple[np.float64, np.float64]:
    """Slope and intercept of least cross-entropy, for standard scores and inner targets."""
    inputs = np.stack([scores, np.ones_like(scores)])
    weights = np.zeros(2)
    loss = _cross_entropy(weights @ inputs, targets)
    for _ in range(_NEWTON_STEPS):
        fitted = _sigmoid(weights @ inputs)
        gradient = inputs @ (fitted - targets) / scores.size
        if np.abs(gradient).max() < _GRADIENT_TOLERANCE:
            break
        curvature = (inputs * (fitted * (1 - fitted))) @ inputs.T / scores.size
        # Least squares, as scores that hardly differ leave the curvature singular.
        step = np.linalg.lstsq(curvature, gradient)[0]
        # The loss is convex: a shorter step along Newton's direction always descends.
        scale = 1.0
        while (trial := _cross_entropy((weights - scale * step) @ inputs, targets)) > loss:
            scale /= 2
            if scale < 1e-10:
                return weights[0], weights[1]
        weights, loss = weights - scale * step, trial
    return weights[0], weights[1]


def _cross_entropy(logits: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    return float(np.mean(np.logaddexp(0.0, logits) - targets * logits))


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    # tanh saturates where exp would overflow.
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)), dtype=np.float64)


def _checked(
    values: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    numbers = np.asarray(values, dtype=np.float64)
    truth = np.asarray(labels, dtype=np.float64)
    if numbers.ndim != 1 or numbers.shape != truth.shape or numbers.size == 0:
        raise ValueError(f"need two lists of one length, not {numbers.shape} and {truth.shape}")
    if np.isnan(numbers).any():
        raise ValueError("values hold NaN")
    if not np.isin(truth, (0.0, 1.0)).all():
        raise ValueError("labels are 0 or 1")
    return numbers, truth


def _checked_probabilities(
    probabilities: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    forecast, truth = _checked(probabilities, labels)
    if not ((forecast >= 0) & (forecast <= 1)).all():
        raise ValueError("probabilities lie between 0 and 1")
    return forecast, truth
