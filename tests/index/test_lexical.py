from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from diglot.errors import StoreError
from diglot.index.lexical import FIELDS, Document, Field, LexicalIndex, UnitTokens
from diglot.index.question import analyse
from diglot.languages.words import tokens

EQUAL: dict[Field, float] = dict.fromkeys(FIELDS, 1.0)


def document(
    unit: int,
    file: int = 1,
    kind: int = 0,
    path: str = "a.py",
    symbol: str = "",
    signature: str = "",
    docs: str = "",
    body: str = "",
    source: str = "",
) -> Document:
    fields = UnitTokens(*map(tokens, (symbol, signature, docs, body)))
    return Document(unit, file, kind, path, fields, symbol, source)


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    return LexicalIndex(tmp_path / "lexical")


def fill(index: LexicalIndex, *documents: Document, removed: Sequence[int] = ()) -> None:
    index.update(documents, removed_files=removed, first_free_file=10**6)


def found(
    index: LexicalIndex,
    query: str,
    weights: dict[Field, float] = EQUAL,
    limit: int = 10,
    files: Sequence[int] | None = None,
) -> list[int]:
    numbers, scores = index.search(index.query(analyse(query)), weights, limit, files)
    assert len(numbers) == len(scores)
    assert (np.diff(scores) <= 0).all()
    return numbers.tolist()


def test_an_empty_index_finds_nothing(index: LexicalIndex) -> None:
    assert found(index, "parse") == []
    assert index.sources([1, 2]) == {}
    assert index.sources([]) == {}


def test_each_field_is_searched_by_its_own_weight(index: LexicalIndex) -> None:
    fill(
        index,
        document(1, path="parse/a.py"),
        document(2, symbol="parse"),
        document(3, signature="def f(parse)"),
        document(4, docs="parse it"),
        document(5, body="x = parse"),
        document(6, body="x = other"),
    )
    assert sorted(found(index, "parse")) == [1, 2, 3, 4, 5]
    for number, field in enumerate(FIELDS):
        expected = {"path": [1], "name": [2], "symbol": [2], "signature": [3], "docs": [4]}
        assert found(index, "parse", {field: 1.0}) == expected.get(field, [5]), number
        assert found(index, "parse", {**EQUAL, field: 100.0})[0] == expected.get(field, [5])[0]
    assert found(index, "parse", dict.fromkeys(FIELDS, 0.0)) == []
    assert found(index, "parse", {}) == []


def test_scores_grow_with_the_weight_of_a_field(index: LexicalIndex) -> None:
    fill(index, document(1, body="parse"), document(2, body="other"))
    query = index.query(analyse("parse"))
    one = index.search(query, {"body": 1.0}, 1)[1][0]
    three = index.search(query, {"body": 3.0}, 1)[1][0]
    assert three == pytest.approx(3 * one)


def test_forms_of_english_words_match(index: LexicalIndex) -> None:
    fill(index, document(1, docs="parsing files"), document(2, docs="writing"))
    assert found(index, "parse file") == [1]
    assert found(index, "parses") == [1]


def test_words_inside_identifiers_match_and_whole_identifiers_match_better(
    index: LexicalIndex,
) -> None:
    fill(
        index,
        document(1, body="get_user_by_id(x) or other"),
        document(2, body="user, id, get, by, or other"),
        document(3, body="nothing"),
    )
    assert found(index, "user") == [2, 1] or found(index, "user") == [1, 2]
    assert found(index, "get_user_by_id")[0] == 1
    assert found(index, "getUserById") != []


@pytest.mark.parametrize(
    "query", ["Cache.getItem", "cache.getitem", "getItem", "Cache::getItem", "who calls getItem"]
)
def test_symbols_are_found_by_their_whole_names(index: LexicalIndex, query: str) -> None:
    fill(index, document(1, symbol="Cache.getItem"), document(2, symbol="Cache.get.item"))
    assert found(index, query, {"name": 1.0}) == [1]


def test_chinese_is_found_by_any_two_characters_of_it(index: LexicalIndex) -> None:
    fill(
        index,
        document(1, docs="解析内存字符串"),
        document(2, docs="写入配置文件"),
        document(3, docs="文字"),
    )
    assert found(index, "内存") == [1]
    assert found(index, "配置文件在哪里写入") == [2]
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
def test_text_in_any_script_is_found(index: LexicalIndex, query: str, docs: str) -> None:
    fill(index, document(1, docs=docs), document(2, docs="memory"))
    assert found(index, query) == [1]


def test_a_search_can_be_narrowed_to_files(index: LexicalIndex) -> None:
    fill(index, *(document(unit, file=unit % 3, body="parse") for unit in range(9)))
    assert sorted(found(index, "parse", files=[1])) == [1, 4, 7]
    assert sorted(found(index, "parse", files=[0, 2])) == [0, 2, 3, 5, 6, 8]
    assert found(index, "parse", files=[]) == []
    assert found(index, "parse", files=[99]) == []


def test_a_search_can_be_narrowed_to_kinds(index: LexicalIndex) -> None:
    fill(index, *(document(n, file=n % 2, kind=n % 3, body="parse") for n in range(9)))
    query = index.query(analyse("parse"))
    assert sorted(index.search(query, EQUAL, 9, None, [1])[0].tolist()) == [1, 4, 7]
    assert sorted(index.search(query, EQUAL, 9, [1], [1, 2])[0].tolist()) == [1, 5, 7]
    assert index.search(query, EQUAL, 9, None, [])[0].tolist() == []


def test_files_do_not_change_the_scores(index: LexicalIndex) -> None:
    fill(index, *(document(unit, file=unit, body="parse " * (unit + 1)) for unit in range(4)))
    query = index.query(analyse("parse"))
    everywhere = dict(zip(*(x.tolist() for x in index.search(query, EQUAL, 9)), strict=True))
    inside = dict(zip(*(x.tolist() for x in index.search(query, EQUAL, 9, [1, 3])), strict=True))
    assert inside == {unit: everywhere[unit] for unit in (1, 3)}


def test_no_more_than_the_limit_is_returned(index: LexicalIndex) -> None:
    fill(index, *(document(unit, body="parse") for unit in range(5)))
    assert len(found(index, "parse", limit=3)) == 3


@pytest.mark.parametrize("query", ["!!!", "()", "", "_", "\udc80", "\0"])
def test_a_query_without_words_finds_nothing(index: LexicalIndex, query: str) -> None:
    fill(index, document(1, body="! ( _"))
    assert found(index, query) == []


def test_rare_words_are_told_from_common_ones(index: LexicalIndex) -> None:
    fill(index, *(document(unit, body="common " + "rare" * (unit == 0)) for unit in range(20)))
    common, rare, missing = index.query(analyse("common rare missing")).word_rarity.tolist()
    assert 0 <= common < rare < missing
    query = index.query(analyse("rare"))
    best = index.search(query, {"body": 1.0}, 1)[1][0]
    assert 0 < best <= query.attainable


def test_a_query_of_many_words_is_cut(index: LexicalIndex) -> None:
    words = [f"word{letter}" for letter in map(chr, range(0x4E00, 0x4E00 + 500))]
    fill(index, document(1, body=words[0]), document(2, body=words[-1]))
    query = index.query(analyse(" ".join(words)))
    assert len(query.terms) <= 64
    assert found(index, " ".join(words))


# Sources


def test_sources_are_kept_as_they_are(index: LexicalIndex) -> None:
    texts = ["", "a\n\tb\r\n", "文\0é", "x" * 100_000]
    fill(index, *(document(unit, source=text) for unit, text in enumerate(texts)))
    assert index.sources([3, 0, 1, 2, 99]) == dict(enumerate(texts))
    fill(index, document(9, source="a\udc80b"))
    assert index.sources([9]) == {9: "a?b"}


# Changes


def test_removed_files_and_leftovers_go_with_one_update(index: LexicalIndex) -> None:
    fill(index, *(document(unit, file=unit, body="parse") for unit in range(6)))
    index.update([document(7, file=4, body="parse")], removed_files=[1, 3], first_free_file=4)
    assert sorted(found(index, "parse")) == [0, 2, 7]


def test_an_update_is_seen_after_opening_again(index: LexicalIndex, tmp_path: Path) -> None:
    fill(index, document(1, body="parse", source="text"))
    again = LexicalIndex(tmp_path / "lexical")
    assert found(again, "parse") == [1]
    assert again.sources([1]) == {1: "text"}


def test_a_failed_update_changes_nothing_and_can_be_repeated(index: LexicalIndex) -> None:
    fill(index, document(1, body="parse"))

    def broken() -> object:
        yield document(2, body="parse")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        index.update(broken(), removed_files=[1], first_free_file=10)  # type: ignore[arg-type]
    assert found(index, "parse") == [1]
    fill(index, document(2, file=2, body="parse"))
    assert sorted(found(index, "parse")) == [1, 2]


def test_a_second_writer_is_an_error_that_names_the_folder(
    index: LexicalIndex, tmp_path: Path
) -> None:
    other = LexicalIndex(tmp_path / "lexical")

    def documents() -> object:
        with pytest.raises(StoreError, match="lexical cannot be written"):
            fill(other, document(1))
        yield document(2, body="parse")

    index.update(documents(), removed_files=[], first_free_file=10)  # type: ignore[arg-type]
    assert found(index, "parse") == [2]


def test_a_damaged_index_cannot_be_opened(index: LexicalIndex, tmp_path: Path) -> None:
    fill(index, document(1, body="parse"))
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(StoreError, match="lexical cannot be opened"):
        LexicalIndex(tmp_path / "lexical")
