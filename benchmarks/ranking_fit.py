"""Fitting: weights of the ranking, listwise, and the calibration of its probability.

Ranking weights minimise, over queries, minus the logarithm of the share of the softmax over all
candidates that falls on those meeting a target (ListNet's top-one loss with several right answers),
plus an L2 penalty on weights of features scaled to unit deviation. A feature's sign is fixed where
its meaning fixes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.ranking_data import Example

Floats = NDArray[np.float64]
_ITERATIONS = 200


def fit_listwise(
    examples: Sequence[Example],
    counts: Sequence[float],
    columns: Sequence[int],
    signs: Sequence[int],
    penalty: float,
) -> Floats:
    """Fit weights to examples.

    Args:
        examples: queries with their candidates.
        counts: how much each query counts.
        columns: features that take part.
        signs: for each of them 1 (weight not negative), -1 (not positive) or 0 (either).
        penalty: of half the squared norm of the weights, at unit deviation of the features.

    Returns:
        A weight for each column.
    """
    chosen = [n for n, e in enumerate(examples) if 0 < (e.targets > 0).sum() < len(e.targets)]
    useful = [examples[number] for number in chosen]
    count = np.array([counts[number] for number in chosen])
    table = np.concatenate([e.features for e in useful])[:, columns]
    scale = table.std(axis=0)
    scale[scale == 0] = 1.0
    table /= scale
    right = np.concatenate([e.targets > 0 for e in useful])
    lengths = np.array([len(e.targets) for e in useful])
    starts = np.cumsum(lengths) - lengths

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = table @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), lengths)
        mass = np.exp(scores)
        right_mass = np.where(right, mass, 1e-300)
        total, total_right = np.add.reduceat(mass, starts), np.add.reduceat(right_mass, starts)
        slope = mass / np.repeat(total, lengths) - right_mass / np.repeat(total_right, lengths)
        slope *= np.repeat(count, lengths)
        value = -(count * np.log(total_right / total)).sum() + penalty * (weights @ weights) / 2
        return float(value), table.T @ slope + penalty * weights

    bounds = [(0 if sign > 0 else None, 0 if sign < 0 else None) for sign in signs]
    fitted = minimize(
        loss,
        np.zeros(len(columns)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _ITERATIONS},
    )
    return np.asarray(fitted.x / scale)


def fit_logistic_weights(
    table: Floats, labels: NDArray[np.bool_], counts: Floats, penalty: float
) -> tuple[float, Floats]:
    """Fit a logistic model with non-negative weights.

    Args:
        table: features, shape (n, features).
        labels: whether each item is positive, shape (n,).
        counts: how much each item counts, shape (n,).
        penalty: of half the squared norm of the weights, at unit deviation.

    Returns:
        Intercept and weights.
    """
    scale = table.std(axis=0)
    scale[scale == 0] = 1.0
    scaled = np.concatenate([np.ones((len(table), 1)), table / scale], axis=1)
    signs = np.where(labels, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = signs * (scaled @ weights)
        value = (counts * np.logaddexp(0.0, -margin)).sum()
        slope = scaled.T @ (-counts * signs / (1.0 + np.exp(margin)))
        shrunk = np.concatenate([[0.0], weights[1:]])
        return float(value + penalty * (shrunk @ shrunk) / 2), slope + penalty * shrunk

    bounds = [(None, None)] + [(0, None)] * table.shape[1]
    fitted = minimize(
        loss,
        np.zeros(scaled.shape[1]),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": _ITERATIONS},
    )
    return float(fitted.x[0]), np.asarray(fitted.x[1:] / scale)
