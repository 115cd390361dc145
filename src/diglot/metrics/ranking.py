"""How well a ranking places what is relevant.

Ranks count from 1. What was not found has rank infinity, which contributes nothing to any
measure. Ranks may be half-integers where a tie rule makes them so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def tied_ranks(scores: ArrayLike, relevant: ArrayLike) -> NDArray[np.float64]:
    """Rank each query's relevant candidate, placing it in the middle of its ties.

    The rank is 1, plus the number of candidates scored strictly higher, plus half the number
    of other candidates scored equal. It is the expected rank under a random order of ties, so
    a model that scores everything alike gains nothing.

    Args:
        scores: Scores, higher is better, shaped `(queries, candidates)`.
        relevant: Column of the one relevant candidate of each query, shaped `(queries,)`.

    Returns:
        Ranks shaped `(queries,)`.

    Raises:
        ValueError: The shapes do not fit, or a score is not a number.
    """
    table = np.asarray(scores)
    columns = np.asarray(relevant)
    if table.ndim != 2 or columns.shape != table.shape[:1]:
        message = f"scores {table.shape} and relevant {columns.shape} do not fit (q, c) and (q,)"
        raise ValueError(message)
    if np.isnan(table).any():
        raise ValueError("scores hold NaN, which has no rank")
    own = np.take_along_axis(table, columns[:, None], axis=1)
    higher = (table > own).sum(axis=1)
    equal = (table == own).sum(axis=1) - 1
    return np.asarray(1.0 + higher + equal / 2.0, dtype=np.float64)


def reciprocal_ranks(ranks: ArrayLike) -> NDArray[np.float64]:
    """Turn ranks into reciprocal ranks, the per-query values that MRR averages.

    Args:
        ranks: Rank of the first relevant result of each query, infinity where there is none.

    Returns:
        Values from 0 (not found) to 1 (first), in the shape of `ranks`.

    Raises:
        ValueError: A rank is below 1 or not a number.
    """
    values = np.asarray(ranks, dtype=np.float64)
    if not (values >= 1).all():
        raise ValueError("ranks count from 1")
    return 1.0 / values


def mean_reciprocal_rank(ranks: ArrayLike) -> float:
    """Average the reciprocal ranks of a set of queries.

    Args:
        ranks: Rank of the first relevant result of each query, infinity where there is none.

    Returns:
        MRR, from 0 to 1.

    Raises:
        ValueError: There is no query, or a rank is below 1 or not a number.
    """
    values = reciprocal_ranks(ranks)
    if values.size == 0:
        raise ValueError("the mean of no queries is undefined")
    return float(values.mean())


def ndcg(relevant_ranks: Sequence[float], relevant_count: int, cutoff: int = 10) -> float:
    """Normalised discounted cumulative gain of one query, with gains of 0 or 1.

    A result at rank r gains 1 / log2(r + 1). The ideal ranking holds all relevant items first,
    found or not. One result can answer several targets; its rank then gains once.

    Args:
        relevant_ranks: Whole ranks of the relevant results, in any order; those beyond
            `cutoff`, infinity included, gain nothing.
        relevant_count: Number of relevant items that exist.
        cutoff: Last rank that counts.

    Returns:
        NDCG@cutoff, from 0 to 1.

    Raises:
        ValueError: A count is below 1, a rank is below 1 or between two ranks, or more ranks
            are relevant than items exist.
    """
    if relevant_count < 1 or cutoff < 1:
        raise ValueError(f"relevant_count {relevant_count} and cutoff {cutoff} must be at least 1")
    gaining = {rank for rank in relevant_ranks if not rank > cutoff}
    if any(not rank >= 1 or rank != int(rank) for rank in gaining):
        raise ValueError("ranks are whole numbers counted from 1")
    if len(gaining) > relevant_count:
        raise ValueError(f"{len(gaining)} relevant ranks but {relevant_count} relevant items")
    ideal = range(1, min(relevant_count, cutoff) + 1)
    return _discounted(sorted(gaining)) / _discounted(ideal)


def _discounted(ranks: Sequence[float]) -> float:
    return float((1.0 / np.log2(np.asarray(ranks, dtype=np.float64) + 1.0)).sum())
