"""A small tree, questions on it, and whether two indexes of it say the same."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.asking import ask
from benchmarks.repositories import BenchmarkError
from diglot import Index
from diglot.types import Rank

PARTS = {"guzzle": "src", "requests": "src"}
"""Folders of the checkouts of `exact_search` that make the tree."""
QUESTIONS = (
    "follow redirects of a response",
    "parse the Set-Cookie header",
    "SessionRedirectMixin.rebuild_auth",
    "get_netrc_auth",
    "$jar->setCookie($sc);",
    '"proxy" environment variables that are ignored',
    "TooManyRedirects: Exceeded 30 redirects.",
    "retry with exponential backoff",
)
ASKED: dict[Rank, Sequence[str]] = {"fast": QUESTIONS, "balanced": QUESTIONS[:2]}
"""What is asked at each rank; vectors of the encoder take long to make."""
DEPTH = 10
TOLERANCE = 1e-6

Answers = Mapping[str, Sequence[tuple[tuple[Any, ...], tuple[float, float]]]]
"""For each rank and question, what each hit is, and its score and probability."""


def copy_tree(checkouts: Path, root: Path) -> None:
    """Write the tree under a folder.

    Raises:
        BenchmarkError: a checkout is missing.
    """
    for name, folder in PARTS.items():
        source = checkouts / name / folder
        if not source.is_dir():
            raise BenchmarkError(f"{source} is missing; see benchmarks.exact_search")
        shutil.copytree(source, root / name)


def answers(root: Path, cache: Path) -> Answers:
    """Open an index and ask it everything."""
    index = Index.open(root, cache_folder=cache)
    return {
        f"{rank}: {question}": [
            (
                (hit.path, hit.start_line, hit.end_line, hit.symbol, hit.kind, hit.snippet),
                (hit.score, hit.probability or 0.0),
            )
            for hit in ask(index, question, DEPTH, rank).hits
        ]
        for rank, questions in ASKED.items()
        for question in questions
    }


def difference(found: Answers, expected: Answers) -> tuple[str, str]:
    """How answers differ, and to which question.

    The first is `hits` where other hits or another order came, `scores` where only scores or
    probabilities are off by more than TOLERANCE, and empty where all is the same.
    """
    verdict = ("", "")
    for question, hits in expected.items():
        if [hit for hit, _ in found[question]] != [hit for hit, _ in hits]:
            return "hits", question
        pairs = zip(found[question], hits, strict=True)
        if not all(
            abs(a - b) <= TOLERANCE
            for (_, ours), (_, theirs) in pairs
            for a, b in zip(ours, theirs, strict=True)
        ):
            verdict = ("scores", question)
    return verdict
