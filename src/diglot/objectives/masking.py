"""Which tokens to mask, and what to put in their place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError
from diglot.objectives.base import Arrays, Tokens
from diglot.objectives.sequences import sequence_arrays, within_documents
from diglot.objectives.settings import Settings, number
from diglot.objectives.vocabulary import TokenizerInfo


@dataclass(frozen=True)
class Choosing(Settings):
    """Settings of choosing tokens at random."""

    rate: float = number(0.15, 0.0, 1.0)
    """Share of the tokens that may be masked (BERT, CodeBERT and CodeSage: 15 %)."""
    whole_words: bool = False
    """Whether all tokens of a word are masked or none is."""
    copies: int = number(0, 0)
    """How many maskings an example has, epoch after epoch in turn; 0 for a new one in every epoch.
    1 is static masking, 10 is BERT's, 0 is dynamic (RoBERTa, 1907.11692, section 4.1)."""


@dataclass(frozen=True)
class Masking(Choosing):
    """Settings of masking at random."""

    mask: float = number(0.8, 0.0, 1.0)
    """Share of the chosen tokens that become `<mask>`, drawn for each token, also within a word.
    With 1.0, and `random` 0.0, CodeSage's full mask."""
    random: float = number(0.1, 0.0, 1.0)
    """Share of the chosen tokens that become another token; those left stay as they are."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mask + self.random > 1 + 1e-9:
            raise InputError(
                f"{self.name}: mask = {self.mask} and random = {self.random}: "
                "accepted are shares that add up to 1 at most"
            )


def choose(
    groups: NDArray[np.integer], share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Choose a share of items at random, where items of one group come together or not at all.

    The number is exact but for the last group: groups are taken in random order while they fit, and
    the one that would be too much is taken with the probability that makes `share * n` the expected
    number, for every n. (A coin per item is as common; an exact number gives batches of one shape.)

    Args:
        groups: shape (n,): number of the group of each item.
        share: from 0 to 1.
        rng: source of all randomness.

    Returns:
        Shape (n,): which items are chosen.
    """
    _, member, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = rng.permutation(len(sizes))
    sizes = sizes[order]
    starts = np.cumsum(sizes) - sizes
    taken = np.empty(len(sizes), np.bool_)
    taken[order] = starts + rng.random() * sizes < share * len(groups)
    return taken[member]


def choose_tokens(
    tokens: Tokens, settings: Choosing, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Choose tokens that may be masked, by rate; never marks.

    Returns:
        Positions, ascending.
    """
    allowed = np.flatnonzero(tokens.maskable)
    groups = allowed
    if settings.whole_words:
        groups = within_documents(tokens.words, tokens.documents)[allowed]
    return allowed[choose(groups, settings.rate, rng)]


def mask_tokens(
    tokens: Tokens,
    positions: NDArray[np.int64],
    tokenizer: TokenizerInfo,
    rng: np.random.Generator,
    *,
    mask: float,
    random: float,
) -> Arrays:
    """Put something else in the place of tokens.

    Args:
        tokens: the sequence.
        positions: of the tokens to be predicted.
        tokenizer: whose mask to use.
        rng: source of all randomness.
        mask: probability of `<mask>`.
        random: probability of a token drawn uniformly from all that are not special, the same one
            included. Else the token stays.

    Returns:
        What a model reads (`ids`, `documents`), `positions`, and the `targets` there.

    Raises:
        InputError: The vocabulary has no mask.
    """
    ids = tokens.ids.copy()
    draws = rng.random(len(positions))
    others = rng.choice(tokenizer.ordinary, len(positions))
    put = np.where(draws < mask, tokenizer.mask, others)
    ids[positions] = np.where(draws < mask + random, put, ids[positions])
    return sequence_arrays(tokens) | {
        "ids": ids,
        "positions": positions,
        "targets": tokens.ids[positions],
    }
