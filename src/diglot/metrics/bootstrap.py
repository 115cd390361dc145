"""Percentile bootstrap intervals for means and for paired differences of means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DRAWS_PER_BLOCK = 1 << 20  # bounds memory to a few tens of megabytes, whatever the sample size


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its confidence interval, in the unit of the values."""

    mean: float
    low: float
    high: float


def bootstrap_mean(
    values: ArrayLike,
    *,
    seed: int,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
    resamples: int = 10_000,
) -> Interval:
    """Interval of a mean, by resampling values, or whole clusters of values, with replacement.

    Values that share a cause vary together: queries on one repository share its index and its
    vocabulary. Resampling their clusters keeps them together and so does not understate the
    interval. A resample's mean weighs values, not clusters, as the mean itself does.

    Args:
        values: One value per item, shaped `(items,)`.
        seed: Seed of the resampling; equal arguments give equal intervals.
        clusters: Label of each item's cluster, shaped `(items,)`; without it each item is its
            own cluster.
        confidence: Coverage aimed at, between 0 and 1.
        resamples: Number of resamples.

    Returns:
        The mean of `values` with the percentile interval.

    Raises:
        ValueError: There are no values, one is not finite, the shapes differ, or `confidence`
            or `resamples` is out of range.
    """
    items = np.asarray(values, dtype=np.float64)
    if items.ndim != 1 or items.size == 0:
        raise ValueError(f"values must be a non-empty list, not of shape {items.shape}")
    if not np.isfinite(items).all():
        raise ValueError("values must be finite")
    if not 0 < confidence < 1 or resamples < 1:
        raise ValueError(f"confidence {confidence} or resamples {resamples} is out of range")
    sums, sizes = _cluster(items, clusters)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(_resampled_means(sums, sizes, seed, resamples), [tail, 1.0 - tail])
    return Interval(mean=float(items.mean()), low=float(low), high=float(high))


def bootstrap_difference(
    first: ArrayLike,
    second: ArrayLike,
    *,
    seed: int,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
    resamples: int = 10_000,
) -> Interval:
    """Interval of the mean of `first - second`, where both hold the same items in one order.

    Args:
        first: One value per item, shaped `(items,)`.
        second: The other system's value for the same item, shaped `(items,)`.
        seed: See `bootstrap_mean`.
        clusters: See `bootstrap_mean`.
        confidence: See `bootstrap_mean`.
        resamples: See `bootstrap_mean`.

    Returns:
        The mean difference with its percentile interval; above 0 means `first` is better.

    Raises:
        ValueError: The shapes differ, or as `bootstrap_mean`.
    """
    left = np.asarray(first, dtype=np.float64)
    right = np.asarray(second, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(f"paired values have shapes {left.shape} and {right.shape}")
    return bootstrap_mean(
        left - right, seed=seed, clusters=clusters, confidence=confidence, resamples=resamples
    )


def _cluster(
    items: NDArray[np.float64], clusters: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum and number of the items of each cluster, both shaped `(clusters,)`."""
    if clusters is None:
        return items, np.ones_like(items)
    labels = np.asarray(clusters)
    if labels.shape != items.shape:
        raise ValueError(f"clusters {labels.shape} do not label values {items.shape}")
    _, membership = np.unique(labels, return_inverse=True)
    sums = np.bincount(membership, weights=items).astype(np.float64)
    return sums, np.bincount(membership).astype(np.float64)


def _resampled_means(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], seed: int, resamples: int
) -> NDArray[np.float64]:
    generator = np.random.default_rng(seed)
    block = max(1, _DRAWS_PER_BLOCK // len(sums))
    means = []
    for start in range(0, resamples, block):
        drawn = generator.integers(len(sums), size=(min(block, resamples - start), len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)
