"""Groups of ranked units: a search orders the few likeliest by all it has, the others by less.

At `fast` there is one group, the candidates. At `balanced` the best of them form the first group
and the others follow. Whoever asks for more hits than there are candidates gets units that share a
word with the question after these. Groups do not mix: the order of the first does not depend on
how many hits are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diglot.index.question import Question
from diglot.index.rank import FEATURES, Weights, order, probabilities

Floats = NDArray[np.float32]
RankedBy = Literal["lexical", "fast", "balanced"]


@dataclass(frozen=True, slots=True)
class Group:
    """Units that are ordered by the same weights, n of them."""

    rank: RankedBy
    rows: NDArray[np.int64]
    """Row of each in the catalogue, shape (n,)."""
    features: Floats
    """Shape (n, len(FEATURES))."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Units in order, n of them."""

    rows: NDArray[np.int64]
    """Row of each in the catalogue, shape (n,)."""
    scores: NDArray[np.float64]
    """Shape (n,), not ascending."""
    chances: NDArray[np.float64]
    """Probability that each answers the question, shape (n,), not ascending."""
    parts: NDArray[np.float64]
    """What each feature adds to each score, shape (n, len(FEATURES))."""

    def contributions(self, count: int) -> list[dict[str, float]]:
        """What each feature adds to the scores of the first units, and `order` does.

        `order` is the cost of further units of a file, or of being in a later group.
        """
        rest = self.scores[:count] - self.parts[:count].sum(axis=1)
        return [
            dict(zip(FEATURES, part, strict=True)) | {"order": left}
            for part, left in zip(self.parts[:count].tolist(), rest.tolist(), strict=True)
        ]


def in_order(
    groups: Sequence[Group], weights: Weights, question: Question, files: NDArray[np.int64]
) -> Ordered:
    """Order the units of each group, and the groups after each other.

    Args:
        groups: the groups, likeliest first.
        weights: of the ranking.
        question: the query, analysed.
        files: file of each unit of the catalogue, shape (units,).
    """
    rows, scores, chances, parts = [], [], [], []
    ceiling = np.inf
    for group in groups:
        vector = weights.vector(group.rank)
        table = group.features.astype(np.float64)
        picked, values = order(
            table @ vector,
            files[group.rows],
            weights.further_unit_cost(group.rank, question),
        )
        if len(values):
            values = values - max(0.0, values[0] - ceiling)
            ceiling = values[-1]
        rows.append(group.rows[picked])
        scores.append(values)
        chances.append(probabilities(table[picked], weights.probability[group.rank]))
        parts.append(table[picked] * vector)
    return Ordered(
        rows=np.concatenate(rows),
        scores=np.concatenate(scores),
        chances=np.minimum.accumulate(np.concatenate(chances)),
        parts=np.concatenate(parts),
    )
