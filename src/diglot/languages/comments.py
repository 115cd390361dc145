"""The comments of a file and the lines that each of them describes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from diglot.languages.base import Language
from diglot.languages.docs import unmarked
from diglot.languages.lines import Lines


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, or several on lines of their own that read as one."""

    start: int
    """First character in the file."""
    end: int
    text: str
    """Without markers and indentation."""
    first_line: int
    """First line that it describes, from 1; its own where it describes none."""
    last_line: int


def read_comments(
    lines: Lines, spans: Iterable[tuple[int, int]], language: Language
) -> list[Comment]:
    """Tell for each comment what it says of which lines.

    A comment after code speaks of its own lines. One that has its lines to itself speaks of what
    follows, up to the next blank line, the next such comment at its indentation, or the end of
    the block.

    Args:
        lines: the file.
        spans: characters of its comments, in order.
        language: its language.
    """
    text = lines.text
    comments: list[Comment] = []
    runs: list[_Run] = []
    for start, end in spans:
        first, last = lines.number(start), lines.number(max(start, end - 1))
        column = start - lines.start(first)
        stands_alone = not text[start - column : start].strip()
        # What follows a block comment on its line is code.
        stands_alone = stands_alone and not text[end : lines.end(last)].strip()
        previous = runs[-1] if runs else None
        if (
            previous is not None
            and stands_alone
            and previous.stands_alone
            and previous.last + 1 == first
            and previous.column == column
        ):
            previous.spans.append((start, end))
            previous.last = last
        else:
            runs.append(_Run([(start, end)], first, last, column, stands_alone))
    heads = {run.first: run.column for run in runs if run.stands_alone}
    for run in runs:
        said = "\n".join(unmarked(text[start:end], language) for start, end in run.spans)
        first, last = run.first, run.last
        if run.stands_alone:
            described = _described(lines, heads, run)
            if described > run.last:
                first, last = run.last + 1, described
        comments.append(Comment(run.spans[0][0], run.spans[-1][1], said.strip(), first, last))
    return comments


def comments_within(comments: list[Comment], start: int, end: int) -> list[Comment]:
    """Those of a file's comments that begin in a span of characters."""
    first = bisect_left(comments, start, key=_start)
    return comments[first : bisect_left(comments, end, lo=first, key=_start)]


@dataclass(slots=True)
class _Run:
    """Comments on lines below each other, at one indentation."""

    spans: list[tuple[int, int]]
    first: int
    last: int
    column: int
    stands_alone: bool


def _start(comment: Comment) -> int:
    return comment.start


def _described(lines: Lines, heads: dict[int, int], run: _Run) -> int:
    """Last line that a comment on lines of its own describes."""
    number = run.last
    while number < lines.count:
        line = lines.line(number + 1)
        indentation = len(line) - len(line.lstrip())
        if not line.strip() or indentation < run.column:
            break
        if heads.get(number + 1) == run.column:
            break
        number += 1
    return number
