"""Sequences of tokens for tests of objectives."""

from __future__ import annotations

import numpy as np

from diglot.objectives.base import Example, Tokens


def tokens(
    ids,
    *,
    modality=0,
    marks=(),
    words=None,
    bindings=None,
    documents=None,
) -> Tokens:
    ids = np.asarray(ids, np.int32)
    n = len(ids)
    return Tokens(
        ids=ids,
        modality=np.broadcast_to(np.asarray(modality, np.uint8), n).copy(),
        maskable=~np.isin(ids, list(marks)),
        words=np.arange(n, dtype=np.int32) if words is None else np.asarray(words, np.int32),
        bindings=np.full(n, -1, np.int32) if bindings is None else np.asarray(bindings, np.int32),
        documents=np.zeros(n, np.int32) if documents is None else np.asarray(documents, np.int32),
    )


def text(info, length, seed=0, **known) -> Tokens:
    """Random tokens, none of them a mark."""
    return tokens(np.random.default_rng(seed).choice(info.ordinary, length), **known)


def block(info, length, seed=0, **known) -> Example:
    """`<s> ... </s>` of `length` tokens in all."""
    inner = np.random.default_rng(seed).choice(info.ordinary, length - 2)
    part = tokens([info.cls, *inner, info.sep], marks=info.special_ids, **known)
    return Example(key=seed, parts=(part,))


def prepared(objective, examples, seed=0):
    return [
        objective.prepare(example, np.random.default_rng([seed, 0, example.key]))
        for example in examples
    ]


def is_share(count: int, of: int, share: float) -> bool:
    """Whether a count is within five standard deviations of a binomial's mean."""
    return abs(count - of * share) <= 5 * np.sqrt(of * share * (1 - share))


def is_drawn_from(counts, shares) -> bool:
    """Whether counts fit shares: chi-square within five standard deviations of its mean."""
    counts, shares = np.asarray(counts), np.asarray(shares)
    expected = shares * counts.sum()
    assert expected.min() > 5, "too few draws for a chi-square"
    freedom = len(shares) - 1
    statistic = ((counts - expected) ** 2 / expected).sum()
    return abs(statistic - freedom) <= 5 * np.sqrt(2 * freedom)
