from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.index.lexical import LexicalIndex
from diglot.index.postings import Texts, build_segment, stemmed, symbol_names
from diglot.index.question import analyse
from diglot.index.segment import FIELDS, Field, Segment, joined, open_segment, save_segment
from diglot.index.unit_tokens import TokenCounts, UnitTokens
from diglot.languages.words import lexical_terms, tokens
from diglot.types import Unit

EQUAL: dict[Field, float] = dict.fromkeys(FIELDS, 1.0)


def unit(symbol: str = "", signature: str = "", docs: str = "", body: str = "") -> Unit:
    return Unit("function", symbol, 1, 1, signature, docs, body)


def segment_of(*files: tuple[str, Sequence[Unit]]) -> Segment:
    """A segment of files, each a path and its units; the text of a unit is its body."""
    texts = []
    for path, units in files:
        bodies = [one.body.encode() for one in units]
        ends = np.cumsum([len(body) for body in bodies]).tolist()
        spans = [(end - len(body), end) for end, body in zip(ends, bodies, strict=True)]
        texts.append(Texts(path, b"".join(bodies), [one.symbol for one in units], spans))
    every = [UnitTokens.of(one) for _, units in files for one in units]
    return build_segment(texts, TokenCounts.of(every))


def index_of(*units: Unit, path: str = "a.py") -> LexicalIndex:
    return LexicalIndex([segment_of((path, units))], [np.arange(len(units))])


def scores(index: LexicalIndex, query: str, weights: dict[Field, float] = EQUAL) -> list[float]:
    return index.scores(index.query(analyse(query)), weights).tolist()


def found(index: LexicalIndex, query: str, weights: dict[Field, float] = EQUAL) -> list[int]:
    """Units that match, best first."""
    values = np.array(scores(index, query, weights))
    order = np.argsort(-values, kind="stable")
    return order[values[order] > 0].tolist()


def test_an_empty_index_finds_nothing() -> None:
    index = LexicalIndex([], [])
    assert scores(index, "parse") == []
    assert index.query(analyse("parse")).named.tolist() == []


def test_each_field_is_searched_by_its_own_weight() -> None:
    files = [
        ("parse/a.py", [unit(body="x")]),
        ("b.py", [unit(symbol="parse"), unit(signature="def f(parse)"), unit(docs="parse it")]),
        ("c.py", [unit(body="x = parse"), unit(body="x = other")]),
    ]
    index = LexicalIndex([segment_of(*files)], [np.arange(6)])
    assert sorted(found(index, "parse")) == [0, 1, 2, 3, 4]
    expected: dict[Field, list[int]] = {
        "path": [0],
        "name": [1],
        "symbol": [1],
        "signature": [2],
        "docs": [3],
        "body": [4],
    }
    for field in FIELDS:
        assert found(index, "parse", {field: 1.0}) == expected[field]
        assert found(index, "parse", {**EQUAL, field: 100.0})[0] == expected[field][0]
    assert found(index, "parse", dict.fromkeys(FIELDS, 0.0)) == []
    assert found(index, "parse", {}) == []


def test_scores_grow_with_the_weight_of_a_field() -> None:
    index = index_of(unit(body="parse"), unit(body="other"))
    one, three = (scores(index, "parse", {"body": weight})[0] for weight in (1.0, 3.0))
    assert three == pytest.approx(3 * one)


def test_forms_of_english_words_match() -> None:
    index = index_of(unit(docs="parsing files"), unit(docs="writing"))
    assert found(index, "parse file") == [0]
    assert found(index, "parses") == [0]


def test_whole_identifiers_match_better() -> None:
    index = index_of(
        unit(body="get_user_by_id(x) or other"),
        unit(body="user, id, get, by, or other"),
        unit(body="nothing"),
    )
    assert sorted(found(index, "user")) == [0, 1]
    assert found(index, "get_user_by_id")[0] == 0
    assert found(index, "getUserById") != []


@pytest.mark.parametrize(
    "query", ["Cache.getItem", "cache.getitem", "getItem", "Cache::getItem", "who calls getItem"]
)
def test_symbols_are_found_by_their_whole_names(query: str) -> None:
    index = index_of(unit(symbol="Cache.getItem"), unit(symbol="Cache.get.item"))
    assert found(index, query, {"name": 1.0}) == [0]
    assert index.query(analyse(query)).named.tolist() == [0]


def test_chinese_is_found_by_any_two_characters_of_it() -> None:
    index = index_of(unit(docs="解析内存字符串"), unit(docs="写入配置文件"), unit(docs="文字"))
    assert found(index, "内存") == [0]
    assert found(index, "配置文件在哪里写入") == [1]
    assert found(index, "件文") == []


@pytest.mark.parametrize(
    ("query", "docs"),
    [
        ("память", "строка и память"),
        ("größe", "die Größe"),
        ("メモリ", "メモリを読む"),
        ("기억", "기억을"),
    ],
)
def test_text_in_any_script_is_found(query: str, docs: str) -> None:
    assert found(index_of(unit(docs=docs), unit(docs="memory")), query) == [0]


@pytest.mark.parametrize("query", ["!!!", "()", "", "_", "\udc80", "\0"])
def test_a_query_without_words_finds_nothing(query: str) -> None:
    assert found(index_of(unit(body="! ( _")), query) == []


def test_rare_words_are_told_from_common_ones() -> None:
    index = index_of(*(unit(body="common " + "rare" * (n == 0)) for n in range(20)))
    common, rare, missing = index.query(analyse("common rare missing")).word_rarity.tolist()
    assert 0 <= common < rare < missing
    query = index.query(analyse("rare"))
    assert 0 < max(index.scores(query, {"body": 1.0})) <= query.attainable


def test_a_query_of_many_words_is_cut() -> None:
    words = [f"word{letter}" for letter in map(chr, range(0x4E00, 0x4E00 + 500))]
    index = index_of(unit(body=words[0]), unit(body=words[-1]))
    query = index.query(analyse(" ".join(words)))
    assert query.term.max() == 63
    assert len(query.word_rarity) == len(query.word_term)
    assert found(index, " ".join(words))


# Against a slow reference, and for any division into segments

words = st.sampled_from(["parse", "parsing", "file", "getUser", "user_id", "解析配置", "x", "the"])
some_text = st.lists(words, max_size=6).map(" ".join)
some_units = st.lists(
    st.builds(
        unit,
        symbol=st.sampled_from(["", "parse", "A.getUser", "B.x"]),
        docs=some_text,
        signature=some_text,
        body=some_text,
    ),
    max_size=4,
)
some_files = st.lists(
    st.tuples(st.sampled_from(["a.py", "src/file.py", "user/x.py"]), some_units), max_size=4
)


def whole_index(files: list[tuple[str, list[Unit]]]) -> LexicalIndex:
    count = sum(len(units) for _, units in files)
    return LexicalIndex([segment_of(*files)], [np.arange(count)])


def terms_of(path: str, one: Unit) -> dict[Field, Counter[str]]:
    texts = {
        "path": path,
        "symbol": one.symbol,
        "signature": one.signature,
        "docs": one.docs,
        "body": one.body,
    }
    counted: dict[Field, Counter[str]] = {"name": Counter(symbol_names(one.symbol))}
    for field, text in texts.items():
        counted[field] = Counter(stemmed(lexical_terms(tokens(text)).split()))  # type: ignore[index]
    return counted


@settings(max_examples=60, deadline=None)
@given(some_files, st.lists(words, min_size=1, max_size=4).map(" ".join))
def test_scores_are_those_of_bm25(files: list[tuple[str, list[Unit]]], text: str) -> None:
    units = [terms_of(path, one) for path, units in files for one in units]
    index = LexicalIndex(
        [segment_of(*files)] if files else [], [np.arange(len(units))][: len(files)]
    )
    question = analyse(text)
    asked = dict.fromkeys(stemmed([*question.words, *question.identifiers]))
    expected = [0.0] * len(units)
    for field in FIELDS:
        if field == "name":
            continue
        mean = sum(one[field].total() for one in units) / max(1, len(units))
        for term in asked:
            holders = sum(one[field][term] > 0 for one in units)
            rarity = math.log(1 + (len(units) - holders + 0.5) / (holders + 0.5))
            for row, one in enumerate(units):
                if count := one[field][term]:
                    length = one[field].total() / mean
                    expected[row] += rarity * 2.2 * count / (count + 1.2 * (0.25 + 0.75 * length))
    no_names = {field: 1.0 for field in FIELDS if field != "name"}
    assert scores(index, text, no_names) == pytest.approx(expected, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(some_files, st.data())
def test_scores_do_not_depend_on_the_segments(
    files: list[tuple[str, list[Unit]]], data: st.DataObject
) -> None:
    """However files are divided among segments, and whatever else these hold, to the last digit."""
    removed = [("gone.py", [unit("gone", docs="parse file getUser", body="x x x")])]
    at = data.draw(st.integers(0, len(files)))
    parts = [[*files[:at], *removed], [*removed, *files[at:]]]
    segments = [segment_of(*part) for part in parts]
    counts = [sum(len(units) for _, units in part) for part in (files[:at], files[at:])]
    rows = [
        np.append(np.arange(counts[0]), -1),
        np.append(-1, counts[0] + np.arange(counts[1])),
    ]
    divided = LexicalIndex(segments, rows)
    whole = LexicalIndex(
        [segment_of(*files)] if files else [], [np.arange(sum(counts))][: len(files)]
    )
    for query in ("parse file", "getUser", "A.getUser", "解析配置 x"):
        assert scores(divided, query) == scores(whole, query)


def same(one: Segment, other: Segment) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(Segment)
    )


@settings(max_examples=60, deadline=None)
@given(some_files, st.data())
def test_segments_joined_and_thinned_are_as_if_built_anew(
    files: list[tuple[str, list[Unit]]], data: st.DataObject
) -> None:
    if not files:
        return
    stays = np.array(data.draw(st.lists(st.booleans(), min_size=len(files), max_size=len(files))))
    left = [file for file, stay in zip(files, stays.tolist(), strict=True) if stay]
    whole = segment_of(*files)
    if left:
        assert same(whole.with_files(stays), segment_of(*left))
    at = data.draw(st.integers(1, len(files)))
    if at < len(files):
        assert same(joined([segment_of(*files[:at]), segment_of(*files[at:])]), whole)


@settings(max_examples=20, deadline=None)
@given(some_files)
def test_a_saved_segment_is_opened_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, list[Unit]]]
) -> None:
    path: Path = tmp_path_factory.mktemp("segment") / "segment.bin"
    segment = segment_of(*files)
    record = save_segment(path, segment)
    assert record.size == path.stat().st_size
    assert same(open_segment(path), segment)
