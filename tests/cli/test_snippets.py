"""Which lines of a hit are shown, and what in them is marked."""

from __future__ import annotations

import pytest

from diglot.cli.matches import Matches
from diglot.cli.snippets import visible_lines
from diglot.types import Hit

STEPS = [f"    step_{n} = {n}" for n in range(60)]
STEPS[40] = '    raise LedgerError("nothing to post")'
LONG = "\n".join(["# a comment", "def settle(book):", *STEPS, "    return 1"])


def shown(query: str, count: int, snippet: str = LONG) -> list[int]:
    hit = Hit("a.py", 1, 1 + snippet.count("\n"), "settle", "function", "python", 1.0, 0.9, snippet)
    lines = visible_lines(hit, count, Matches(query))
    assert all(snippet.split("\n")[number - 1] == text for number, text in lines)
    return [number for number, _ in lines]


@pytest.mark.parametrize(
    "query",
    ["LedgerError: nothing to post", 'raise LedgerError("nothing to post")', "ledger error"],
)
def test_the_line_that_matters_is_shown_behind_the_declaration(query: str) -> None:
    numbers = shown(query, 8)
    assert numbers == [2, *range(40, 47)]
    assert 43 in numbers
    assert shown(query, 3) == [2, 42, 43]


@pytest.mark.parametrize("query", ["", "settle a book", "unrelated words"])
def test_the_first_lines_are_shown_where_no_later_one_says_more(query: str) -> None:
    assert shown(query, 8) == list(range(1, 9))


def test_few_lines_are_those_of_the_declaration() -> None:
    assert shown("nothing to post", 1) == [2]
    assert shown("nothing to post", 2) == [1, 2]


def test_the_last_line_can_be_the_one() -> None:
    assert shown("quit", 4, LONG + "\n    quit()") == [2, 62, 63, 64]


@pytest.mark.parametrize(
    ("query", "line", "marked"),
    [
        ("parse memory strings", "def parseMemory(string):", ["parseMemory", "string"]),
        ("parse memory", "memory_of_parsers", ["memory", "parsers"]),
        ("where is the cache", "the where of is", []),
        ("default", "def a(): default()", ["default"]),
        ("x = compute(y)", "    x = compute(y)  # go", ["x = compute(y)"]),
        ("内存管理", "# 读取内存", ["内存"]),
        ("größe", "GRÖSSE = größe", ["größe"]),
        ("a", "İa b", []),
        ("", "anything", []),
    ],
)
def test_words_of_the_query_are_marked(query: str, line: str, marked: list[str]) -> None:
    spans = Matches(query).spans(line)
    assert "".join(text for text, _ in spans) == line
    assert [text for text, style in spans if style] == marked
