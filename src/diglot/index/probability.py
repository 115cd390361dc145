"""From features to a calibrated probability that a hit answers the query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def probabilities(table: Floats, names: tuple[str, ...], calibration: Mapping[str, Any]) -> Floats:
    """Return the probability that each hit answers the query.

    A logistic model over those features that mean the same in every query and repository (shares
    and cosines, not ranks), fitted and checked by `benchmarks/fit_ranking.py`.

    Args:
        table: features of the hits, shape (n, features).
        names: names of the features.
        calibration: `intercept` and `weights` (by feature).
    """
    weights = np.array([calibration["weights"].get(name, 0.0) for name in names], np.float32)
    logit = table @ weights + np.float32(calibration["intercept"])
    return (1.0 / (1.0 + np.exp(-logit))).astype(np.float32)
