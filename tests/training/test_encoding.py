from __future__ import annotations

from dataclasses import replace

import numpy as np

from diglot.tokenizer.encode import decode, encode_pairs
from diglot.tokenizer.words import encode_words
from diglot.training.encoding import merge_bindings, without_returns, word_starts
from diglot.training.tokens import open_store


def test_places_in_common_join_bindings_of_nested_functions() -> None:
    outer = [(0, 3, 0), (10, 13, 0), (20, 25, 1)]
    inner = [(10, 13, 2), (15, 18, 2), (30, 31, 3)]
    assert merge_bindings([*outer, *inner]) == [
        (0, 3, 0),
        (10, 13, 0),
        (15, 18, 0),
        (20, 25, 1),
        (30, 31, 2),
    ]
    assert merge_bindings([(0, 5, 0), (3, 8, 1)]) == [(0, 5, 0)]  # an overlap is left out


def test_words_are_identifiers_whole(tiny_tokenizer) -> None:
    texts = ["def read_allRows(path2, été):\n", "", "x"]
    encoded = encode_pairs(tiny_tokenizer, [""] * 3, texts, layout=("{code}",))
    begins = word_starts(texts, encoded.spans, encoded.starts)
    words = np.cumsum(begins)[: encoded.starts[1]]
    found = [
        decode(tiny_tokenizer, encoded.ids[: encoded.starts[1]][words == n]) for n in set(words)
    ]
    assert {"def", "path2", "été", "read_allRows"} <= {word.strip() for word in found}
    assert begins[encoded.starts[2]]  # a text begins a word, whatever stood before


def test_return_statements_are_taken_out_of_bodies() -> None:
    code = "def f(a):\n    b = a\n    if b:\n        return (\n            a,\n        )\n"
    code += "    return b\n"
    start = code.index("    b =")
    kept = "".join(code[a:b] for a, b in without_returns(code, start, len(code)))
    assert kept == "    b = a\n    if b:\n"


def rows_of(corpus, table, columns):
    return [row for batch in corpus.batches(table, columns, "train") for row in batch.to_pylist()]


def test_a_store_holds_files_as_the_tokenizer_reads_them(reading) -> None:
    store = reading.store("files", "train")
    rows = rows_of(reading.corpus, "files", ["file_id", "text", "repository", "language"])
    assert store.keys.tolist() == [row["file_id"] for row in rows]
    for number, row in enumerate(rows):
        ids = store.ids[store.starts[number] : store.starts[number + 1]]
        assert (
            ids.tolist()
            == reading.tokenizer.backend.encode(row["text"], add_special_tokens=False).ids
        )
        assert store.about["repositories"][store.repositories[number]] == row["repository"]
        assert store.about["languages"][store.languages[number]] == row["language"]
    assert store.ids.dtype == np.uint16


def test_names_are_bound_in_files_and_never_in_docstrings_or_comments(reading) -> None:
    store = reading.store("files", "train")
    rows = rows_of(reading.corpus, "files", ["file_id", "text"])
    columns = ["file_id", "docstring_spans", "comments", "identifiers"]
    functions = rows_of(reading.corpus, "functions", columns)
    bound = checked = 0
    for number, row in enumerate(rows):
        encoded = reading.tokenizer.backend.encode(row["text"], add_special_tokens=False)
        bindings = store.bindings[store.starts[number] : store.starts[number + 1]]
        own = [function for function in functions if function["file_id"] == row["file_id"]]
        silent = [
            (span["start"], span["end"])
            for function in own
            for span in [*function["docstring_spans"], *function["comments"]]
        ]
        names = {
            (span["start"], span["end"]): identifier["name"]
            for function in own
            for identifier in function["identifiers"]
            for span in identifier["spans"]
        }
        for (begin, end), binding in zip(encoded.offsets, bindings.tolist(), strict=True):
            if any(begin < last and first < end for first, last in silent):
                checked += 1
                assert binding == -1
            inside = [key for key in names if begin < key[1] and key[0] < end]
            assert (binding >= 0) == bool(inside)
            bound += bool(inside)
        by_binding: dict[int, set[str]] = {}
        for (begin, end), binding in zip(encoded.offsets, bindings.tolist(), strict=True):
            for key in names:
                if binding >= 0 and begin < key[1] and key[0] < end:
                    by_binding.setdefault(binding, set()).add(names[key])
        assert all(len(found) == 1 for found in by_binding.values())
    assert bound > 500
    assert checked > 500


def test_summaries_and_functions_have_the_same_rows(reading) -> None:
    functions = reading.store("functions", "train")
    summaries = reading.store("summaries", "train")
    assert functions.keys.tolist() == summaries.keys.tolist()
    rows = rows_of(reading.corpus, "functions", ["summary", "code"])
    number = next(n for n, row in enumerate(rows) if row["summary"] and "return" in row["code"])
    whole = slice(functions.starts[number], functions.starts[number + 1])
    body = decode(reading.tokenizer, functions.ids[whole][functions.in_body[whole]])
    assert "return" not in body
    assert "def " not in body
    text = summaries.ids[summaries.starts[number] : summaries.starts[number + 1]]
    assert decode(reading.tokenizer, text) == rows[number]["summary"]


def test_a_store_is_made_once_and_is_the_same_whoever_makes_it(
    reading, tiny_corpus, tiny_tokenizer, tmp_path
) -> None:
    made = [
        open_store(
            reading.corpus, tiny_tokenizer, "files", "train", tmp_path / name, workers=workers
        )
        for name, workers in (("one", 1), ("two", 2))
    ]
    files = sorted(path.name for path in made[0].path.iterdir())
    assert files == sorted(path.name for path in made[1].path.iterdir())
    for name in files:
        assert (made[0].path / name).read_bytes() == (made[1].path / name).read_bytes()
    before = made[0].path.stat().st_mtime_ns
    again = open_store(reading.corpus, tiny_tokenizer, "files", "train", tmp_path / "one")
    assert again.path == made[0].path
    assert again.path.stat().st_mtime_ns == before


def test_a_split_without_rows_is_an_empty_store(reading) -> None:
    store = reading.store("files", "test")
    assert len(store) == 0
    assert len(store.ids) == 0
    assert store.lengths.tolist() == []


def test_a_store_of_words_holds_what_a_static_table_reads(reading) -> None:
    words = replace(reading, words=True)
    store = words.store("functions", "train")
    assert store.path != reading.store("functions", "train").path
    rows = rows_of(reading.corpus, "functions", ["code"])
    encoded = encode_words(reading.tokenizer, [row["code"] for row in rows])
    assert store.starts.tolist() == encoded.starts.tolist()
    assert store.ids.tolist() == encoded.ids.tolist()
    assert store.word_starts.tolist() == encoded.word_starts.tolist()
    assert store.in_body.any()
    assert not store.in_body.all()
