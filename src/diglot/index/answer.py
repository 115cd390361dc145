"""The answer to a question: hits, and whether the best of them is a good match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from diglot.types import Hit

Verdict = Literal["good match", "no good match", "nothing to search"]
"""Whether a question is answered. It depends on the question, the filters and the tree, not on how
many hits are asked for. There is nothing to search where filters leave no unit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question finds in one index."""

    hits: list[Hit]
    """The best hits, best first, whatever the verdict."""
    contributions: list[dict[str, float]]
    """For each hit, what each feature adds to its score."""
    verdict: Verdict
    notes: list[str]
    """What the user should know about the answer."""
    not_searched: str
    """Where there is no good match: what was left out of the search and why, in one line; empty if
    nothing was."""


def verdict_of(probability: float, threshold: float, searched: int) -> Verdict:
    """Judge a question.

    Args:
        probability: that its first hit answers it; 0 without a hit.
        threshold: least probability of a good match.
        searched: how many units were searched.
    """
    if not searched:
        return "nothing to search"
    return "good match" if probability >= threshold else "no good match"


def verdict_of_all(answers: Sequence[Answer]) -> Verdict:
    """Judge a question that was put to several indexes."""
    verdicts = {answer.verdict for answer in answers}
    ranked: tuple[Verdict, ...] = ("good match", "no good match", "nothing to search")
    return next(verdict for verdict in ranked if verdict in verdicts)
