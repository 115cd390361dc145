from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.index.question import WordMatcher, analyse


@pytest.mark.parametrize(
    ("query", "symbol"),
    [
        ("Foo::bar", "foo.bar"),
        ("Foo#bar", "foo.bar"),
        ("a.b.c()", "a.b.c"),
        ("a.b.c", "a.b.c"),
        ("getUserById", "getuserbyid"),
        ("  get_user_by_id  ", "get_user_by_id"),
        ("x->y", "x.y"),
        ("App\\Models\\User", "app.models.user"),
        ("net/http", "net.http"),
        ("valid?", "valid"),
        ("save!", "save"),
        ("_private", "_private"),
        ("größe", "größe"),
        ("解析文件", "解析文件"),
        ("parse", "parse"),
        ("parse memory", ""),
        ("parse(x)", ""),
        ("2fast", ""),
        ("a..b", ""),
        ("::a", ""),
        ("a::", ""),
        ("", ""),
    ],
)
def test_a_query_that_is_one_name_is_a_symbol(query: str, symbol: str) -> None:
    question = analyse(query)
    assert question.symbol == symbol
    if symbol:
        assert question.mentions == frozenset()


@pytest.mark.parametrize(
    ("query", "mentions"),
    [
        ("where is getUserById called", {"getuserbyid"}),
        ("what does Foo::bar return", {"foo.bar", "bar"}),
        ("set $x->y to None", {"x.y", "y"}),
        ("who calls a.b.c() here", {"a.b.c", "c"}),
        ("the Foo#bar method", {"foo.bar", "bar"}),
        ("read max_age from __init__", {"max_age"}),
        ("parse the JSON file", {"json"}),
        ("How do we parse memory strings", set()),
        ("the _ placeholder", set()),
    ],
)
def test_names_inside_a_query_are_mentions(query: str, mentions: set[str]) -> None:
    assert analyse(query).mentions == mentions
    assert analyse(query).symbol == ""


@pytest.mark.parametrize(
    ("query", "words", "identifiers"),
    [
        ("How do we parse the memory strings?", ("parse", "memory", "strings"), ()),
        ("how to do this", ("how", "to", "do", "this"), ()),
        ("parse parse PARSE", ("parse",), ()),
        ("getUserById", ("get", "user", "id"), ("getuserbyid",)),
        ("get_user", ("get", "user"), ("get_user",)),
        ("解析配置", ("解析", "析配", "配置"), ()),
        ("где память", ("где", "память"), ()),
        ("!!! ()", (), ()),
        ("___", (), ()),
        ("a\0b", ("b",), ()),
        ("x" * 65, (), ()),
    ],
)
def test_words_are_split_lowered_and_without_stop_words(
    query: str, words: tuple[str, ...], identifiers: tuple[str, ...]
) -> None:
    question = analyse(query)
    assert question.words == words
    assert question.identifiers == identifiers


def test_says_whether_tests_or_examples_are_asked_for() -> None:
    assert analyse("tests of the parser").asks_for_tests
    assert not analyse("parse the latest contest").asks_for_tests
    assert analyse("show an example of parsing").asks_for_examples
    assert not analyse("parse").asks_for_examples


@pytest.mark.parametrize("code", [0xD800, 0xDC80, 0xDFFF])
def test_what_cannot_be_encoded_is_no_part_of_a_question(code: int) -> None:
    question = analyse(f"parse{chr(code)}memory {chr(code)}")
    assert question.words == ("parse", "memory")
    question.text.encode()


@pytest.mark.parametrize(
    "query",
    [
        "word " * 20_000,
        " ".join(f"w{number}x" for number in range(20_000)),
        " ".join(f"fooBar{number}" for number in range(12_000)),
        "a" * 100_000,
        "::".join("a" * 50_000),
        ":" * 100_000,
        "a:" * 50_000,
        "a->" * 33_000,
        "a.b " * 25_000,
        "(" * 100_000,
        "x!" * 50_000,
        "a_" * 50_000,
        "aB" * 50_000,
        "搜索" * 50_000,
        "é" * 100_000,
        "\n" * 100_000 + "a",
    ],
    ids=lambda query: repr(query[:8]),
)
def test_the_longest_queries_are_read_in_bounded_time(query: str) -> None:
    start = time.process_time()
    question = analyse(query)
    assert time.process_time() - start < 1.0
    assert len(question.text) <= 8000
    assert len(question.words) <= 4000


def _is_form(one: str, other: str) -> bool:
    """What the matcher promises, written the slow way."""
    shorter, longer = sorted((one, other), key=len)
    common = 0
    while common < len(shorter) and shorter[common] == longer[common]:
        common += 1
    if one == other:
        return True
    if len(shorter) < 3:
        return False
    return common == len(shorter) or (common >= 4 and len(longer) - common <= 3)


words = st.text("abc", min_size=1, max_size=9) | st.sampled_from(
    ["parse", "parser", "parsing", "parses", "memory", "memories", "解析", "解析文", "ok", "okay"]
)


@given(st.lists(words, unique=True, max_size=5), st.lists(words, max_size=6))
def test_the_matcher_agrees_with_comparing_all_pairs(mine: list[str], theirs: list[str]) -> None:
    matcher = WordMatcher(tuple(mine))
    for word in theirs + theirs:  # the second time from memory
        expected = sum(1 << bit for bit, own in enumerate(mine) if _is_form(own, word))
        assert matcher[word] == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("parse", "parser", True),
        ("parsing", "parses", True),
        ("config", "configuration", True),
        ("id", "identifier", False),
        ("go", "got", False),
        ("class", "clause", False),
        ("test", "text", False),
    ],
)
def test_forms_of_a_word_match(one: str, other: str, same: bool) -> None:
    assert bool(WordMatcher((one,))[other]) is same
    assert bool(WordMatcher((other,))[one]) is same
