from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.index.lexical import LexicalIndex
from diglot.index.postings import Texts, build_segment, stemmed, symbol_names
from diglot.index.question import Question, analyse
from diglot.index.segment import FIELDS, Field, Segment
from diglot.index.unit_tokens import TokenCounts, UnitTokens
from diglot.languages.words import lexical_terms, tokens

EQUAL: dict[Field, float] = dict.fromkeys(FIELDS, 1.0)

Document = tuple[str, str, str, str, str]
"""Path, symbol, signature, documentation and body of a unit."""


def document(
    path: str = "a.py", symbol: str = "", signature: str = "", docs: str = "", body: str = ""
) -> Document:
    return path, symbol, signature, docs, body


def segment_of(*documents: Document) -> Segment:
    """A segment with a file for each unit."""
    files = [Texts(path, b"", [symbol], [(0, 0)]) for path, symbol, *_ in documents]
    fields = [UnitTokens(*map(tokens, texts)) for _, *texts in documents]
    return build_segment(files, TokenCounts.of(fields))


def index_of(*documents: Document) -> LexicalIndex:
    return LexicalIndex([segment_of(*documents)], [np.arange(len(documents))])


def scores(index: LexicalIndex, query: str, weights: dict[Field, float] = EQUAL) -> list[float]:
    values = index.scores(index.query(analyse(query)), weights)
    assert values.shape == (index.units,)
    assert values.dtype == np.float32
    found: list[float] = values.tolist()
    return found


def found(index: LexicalIndex, query: str, weights: dict[Field, float] = EQUAL) -> list[int]:
    """Rows of the units that match, best first."""
    values = scores(index, query, weights)
    return [row for row in np.argsort(-np.array(values), kind="stable").tolist() if values[row] > 0]


def test_an_empty_index_finds_nothing() -> None:
    for index in (LexicalIndex([], []), index_of()):
        query = index.query(analyse("parse get_item"))
        assert scores(index, "parse") == []
        assert query.named.tolist() == []
        assert np.isfinite(query.word_rarity).all()
        assert index.presence(query, np.empty(0, np.int64), 2).tolist() == [[False] * 2] * 3


def test_each_field_is_searched_by_its_own_weight() -> None:
    index = index_of(
        document(body="x = other"),
        document(path="parse/a.py"),
        document(symbol="parse"),
        document(signature="def f(parse)"),
        document(docs="parse it"),
        document(body="x = parse"),
    )
    assert sorted(found(index, "parse")) == [1, 2, 3, 4, 5]
    for field in FIELDS:
        expected = {"path": [1], "name": [2], "symbol": [2], "signature": [3], "docs": [4]}
        assert found(index, "parse", {field: 1.0}) == expected.get(field, [5]), field
        assert found(index, "parse", {**EQUAL, field: 100.0})[0] == expected.get(field, [5])[0]
    assert found(index, "parse", dict.fromkeys(FIELDS, 0.0)) == []
    assert found(index, "parse", {}) == []


def test_scores_grow_with_the_weight_of_a_field() -> None:
    index = index_of(document(body="parse"), document(body="other"))
    one = scores(index, "parse", {"body": 1.0})[0]
    assert scores(index, "parse", {"body": 3.0})[0] == pytest.approx(3 * one)


def test_forms_of_english_words_match() -> None:
    index = index_of(document(docs="parsing files"), document(docs="writing"))
    assert found(index, "parse file") == [0]
    assert found(index, "parses") == [0]


def test_words_inside_identifiers_match_and_whole_identifiers_match_better() -> None:
    index = index_of(
        document(body="user, id, get, by, or other"),
        document(body="get_user_by_id(x) or other"),
        document(body="nothing"),
    )
    assert sorted(found(index, "user")) == [0, 1]
    assert found(index, "get_user_by_id")[0] == 1
    assert found(index, "getUserById") != []


@pytest.mark.parametrize(
    "query", ["Cache.getItem", "cache.getitem", "getItem", "Cache::getItem", "who calls getItem"]
)
def test_symbols_are_found_by_their_whole_names(query: str) -> None:
    index = index_of(document(symbol="Cache.get.item"), document(symbol="Cache.getItem"))
    assert found(index, query, {"name": 1.0}) == [1]


def test_units_with_a_name_of_the_question_are_named() -> None:
    index = index_of(
        document(symbol="Cache.getItem"), document(symbol="Cache"), document(body="Cache.getItem")
    )
    for query, rows in [("Cache.getItem", [0]), ("getitem", [0]), ("cache", [1]), ("item", [])]:
        assert index.query(analyse(query)).named.tolist() == rows, query


def test_chinese_is_found_by_any_two_characters_of_it() -> None:
    index = index_of(
        document(docs="解析内存字符串"), document(docs="写入配置文件"), document(docs="文字")
    )
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
    assert found(index_of(document(docs="memory"), document(docs=docs)), query) == [1]


@pytest.mark.parametrize("query", ["!!!", "()", "", "_", "\udc80", "\0"])
def test_a_query_without_words_finds_nothing(query: str) -> None:
    assert found(index_of(document(body="! ( _")), query) == []


def test_rare_words_are_told_from_common_ones() -> None:
    index = index_of(*(document(body="common " + "rare" * (n == 0)) for n in range(20)))
    common, rare, missing = index.query(analyse("common rare missing")).word_rarity.tolist()
    assert 0 <= common < rare < missing
    best = max(scores(index, "rare", {"body": 1.0}))
    assert 0 < best <= index.query(analyse("rare")).attainable


def test_a_query_of_many_words_is_cut() -> None:
    words = [f"word{letter}" for letter in map(chr, range(0x4E00, 0x4E00 + 500))]
    index = index_of(document(body=words[0]), document(body=words[-1]))
    query = index.query(analyse(" ".join(words)))
    assert len(set(query.term.tolist()) - {-1}) <= 64
    assert found(index, " ".join(words)) != []


# Against the slow way

VOCABULARY = ("parse", "parsing", "getItem", "get", "item", "Cache", "память", "解析内存", "内存")
texts = st.lists(st.sampled_from(VOCABULARY), max_size=4).map(" ".join)
symbols = st.sampled_from(["", "parse", "Cache.getItem", "Cache", "getItem", "get.item"])
paths = st.sampled_from(["a.py", "parse/b.py", "cache/getItem.py"])
documents = st.lists(st.tuples(paths, symbols, texts, texts, texts), max_size=8)
queries = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(" ".join)
weights_of_fields = st.fixed_dictionaries(
    {}, optional={field: st.sampled_from([0.0, 0.5, 1.0, 3.0]) for field in FIELDS}
)


def terms_of(field: Field, unit: Document) -> list[str]:
    path, symbol, signature, docs, body = unit
    if field == "name":
        return symbol_names(symbol)
    given = {"path": path, "symbol": symbol, "signature": signature, "docs": docs, "body": body}
    text = given[field]
    # Each token by itself, so that every occurrence counts.
    return [term for token in tokens(text) for term in stemmed(lexical_terms((token,)).split())]


def asked_for(question: Question, field: Field) -> set[str]:
    if field != "name":
        return set(stemmed([*question.words, *question.identifiers]))
    names = {question.symbol, *question.mentions}
    for name in question.names:
        parts = name.lower().split(".")
        names |= {".".join(parts[start:]) for start in range(len(parts))}
    return names - {""}


def slow_scores(
    units: Sequence[Document], question: Question, weights: dict[Field, float]
) -> list[float]:
    """BM25 by a loop over fields, terms and units."""
    totals = [0.0] * len(units)
    for field, weight in weights.items():
        counts = [Counter(terms_of(field, unit)) for unit in units]
        mean = sum(count.total() for count in counts) / max(len(units), 1)
        for term in asked_for(question, field):
            holding = sum(term in count for count in counts)
            rarity = math.log(1 + (len(units) - holding + 0.5) / (holding + 0.5))
            for row, count in enumerate(counts):
                if count[term]:
                    damping = 1.2 * (1 - 0.75 + 0.75 * count.total() / mean)
                    totals[row] += weight * rarity * 2.2 * count[term] / (count[term] + damping)
    return totals


@settings(max_examples=150, deadline=None)
@given(documents, queries, weights_of_fields)
def test_scores_are_those_of_a_loop_over_units(
    units: list[Document], query: str, weights: dict[Field, float]
) -> None:
    expected = slow_scores(units, analyse(query), weights)
    assert scores(index_of(*units), query, weights) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(documents, queries)
def test_words_are_present_where_one_of_their_terms_is(units: list[Document], query: str) -> None:
    index, question = index_of(*units), analyse(query)
    present = index.presence(index.query(question), np.arange(len(units)), len(units))
    fields: list[Field] = [field for field in FIELDS if field != "name"]
    expected = [
        [any(stemmed([word])[0] in terms_of(field, unit) for field in fields) for unit in units]
        for word in question.words
    ]
    assert present.tolist() == expected


@settings(max_examples=60, deadline=None)
@given(documents, queries, st.data())
def test_scores_do_not_depend_on_segments_and_on_what_is_not_in_use(
    units: list[Document], query: str, data: st.DataObject
) -> None:
    parts = data.draw(
        st.lists(st.lists(st.sampled_from(units), max_size=4), max_size=4) if units else st.just([])
    )
    used = [data.draw(st.lists(st.booleans(), min_size=len(p), max_size=len(p))) for p in parts]
    count = sum(sum(flags) for flags in used)
    rows = iter(data.draw(st.permutations(range(count))))
    rows_of = [[next(rows) if flag else -1 for flag in flags] for flags in used]
    in_use: list[Document] = [document()] * count
    for part, places in zip(parts, rows_of, strict=True):
        for unit, row in zip(part, places, strict=True):
            if row >= 0:
                in_use[row] = unit
    index = LexicalIndex(
        [segment_of(*part) for part in parts], [np.array(places, np.int64) for places in rows_of]
    )
    expected = index_of(*in_use)
    assert scores(index, query) == pytest.approx(scores(expected, query), abs=1e-6)
    mine, theirs = index.query(analyse(query)), expected.query(analyse(query))
    assert mine.named.tolist() == theirs.named.tolist()
    assert mine.word_rarity.tolist() == theirs.word_rarity.tolist()
