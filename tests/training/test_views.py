from __future__ import annotations

import json
import pickle
from dataclasses import fields

import numpy as np
import pytest

from diglot.errors import InputError
from diglot.objectives.base import Tokens
from diglot.tokenizer.encode import decode
from diglot.training.packed import Documents
from diglot.training.recipe import DataRecipe
from diglot.training.views import open_view, some_rows


def open_train(reading, causal=False, **data):
    view = open_view(DataRecipe(length=64, **data), reading, "train", seed=0, causal=causal)
    assert view is not None
    return view


def examples(view):
    return [view[row] for row in range(len(view.lengths))]


def assert_sound(tokens: Tokens, limit: int) -> None:
    count = len(tokens.ids)
    assert count <= limit
    kinds = {"ids": np.int32, "modality": np.uint8, "maskable": np.bool_, "words": np.int32}
    kinds |= {"bindings": np.int32, "documents": np.int32}
    for item in fields(Tokens):
        assert getattr(tokens, item.name).shape == (count,)
        assert getattr(tokens, item.name).dtype == kinds[item.name]
    assert (np.diff(tokens.words) >= 0).all()
    assert (np.diff(tokens.documents) >= 0).all()


def test_blocks_of_an_encoder_hold_everything_once(reading) -> None:
    begin, end = reading.marks
    found = [example.parts[0] for example in examples(open_train(reading))]
    counts = np.zeros(reading.tokenizer.size, int)
    for tokens in found:
        assert_sound(tokens, 64)
        assert tokens.ids[0] == begin
        assert tokens.ids[-1] == end
        assert (tokens.ids[1:] != begin).all()
        assert (tokens.documents == 0).all()  # they attend to each other
        is_mark = np.isin(tokens.ids, (begin, end))
        assert (tokens.maskable == ~is_mark).all()
        assert (tokens.bindings[tokens.modality == 0] == -1).all()
        np.add.at(counts, tokens.ids[~is_mark], 1)
    expected = np.zeros_like(counts)
    for kind in ("files", "prose"):
        np.add.at(expected, reading.store(kind, "train").ids, 1)
    assert (counts == expected).all()
    assert {0, 1} <= set(np.concatenate([tokens.modality for tokens in found]).tolist())
    assert np.mean([len(tokens.ids) for tokens in found]) > 62


def test_documents_apart_have_numbers_and_marks_of_their_own(reading) -> None:
    begin, end = reading.marks
    found = [example.parts[0] for example in examples(open_train(reading, packing="apart"))]
    several = 0
    for tokens in found:
        assert_sound(tokens, 64)
        for document in np.unique(tokens.documents):
            ids = tokens.ids[tokens.documents == document]
            assert ids[0] == begin
            assert ids[-1] == end
        several += tokens.documents[-1] > 0
    assert several > 10


def test_numbers_of_words_and_names_are_unique_in_a_block(reading) -> None:
    for example in examples(open_train(reading, tables=("files",))):
        tokens = example.parts[0]
        ends = np.flatnonzero(tokens.ids == reading.marks[1])
        for names in (tokens.words, tokens.bindings):
            parts = np.split(names, ends + 1)
            seen: set[int] = set()
            for part in parts:
                own = set(part[part >= 0].tolist())
                assert not own & seen
                seen |= own


def test_blocks_of_a_decoder_end_documents_and_nothing_else(reading) -> None:
    begin, end = reading.marks
    view = open_train(reading, causal=True)
    found = np.concatenate([example.parts[0].ids for example in examples(view)])
    assert (found != begin).all()
    documents = sum((reading.store(kind, "train").lengths > 0).sum() for kind in ("files", "prose"))
    assert (found == end).sum() == documents


def test_pairs_are_bare_and_cut_to_fit_with_three_marks(reading) -> None:
    view = open_train(reading, view="pairs", text_length=16, body=True)
    summaries = reading.store("summaries", "train")
    assert len(view.lengths) == (summaries.lengths > 0).sum()
    for example, length in zip(examples(view), view.lengths, strict=True):
        text, code, body = example.parts
        assert 0 < len(text.ids) <= 16
        assert len(text.ids) + len(code.ids) + 3 == length <= 64
        assert (text.modality == 0).all()
        assert (code.modality == 1).all()
        assert not np.isin(np.concatenate([text.ids, code.ids]), reading.marks).any()
        assert "return" not in decode(reading.tokenizer, body.ids).split()


def test_unimodal_functions_have_an_empty_text(reading) -> None:
    view = open_train(reading, view="pairs", unimodal=True)
    assert len(view.lengths) == len(reading.store("functions", "train"))
    empty = sum(not len(example.parts[0].ids) for example in examples(view))
    assert empty == (reading.store("summaries", "train").lengths == 0).sum() > 0


def test_other_pairs_are_pairs_of_the_view(reading) -> None:
    view = open_train(reading, view="pairs", others=3)
    known = {tuple(example.parts[0].ids) for example in examples(view)}
    for example in examples(view):
        assert len(example.parts) == 8
        assert {tuple(part.ids) for part in example.parts[::2]} <= known


def test_functions_are_whole_sequences(reading) -> None:
    begin, end = reading.marks
    for example in examples(open_train(reading, view="functions")):
        (tokens,) = example.parts
        assert_sound(tokens, 64)
        assert (tokens.ids[0], tokens.ids[-1]) == (begin, end)


def test_next_sentences_follow_and_others_are_of_another_repository(reading) -> None:
    view = open_train(reading, view="sentences", tables=("files",))
    store = reading.store("files", "train")
    texts = {
        repository: [
            store.ids[store.starts[n] : store.starts[n + 1]].tolist()
            for n in np.flatnonzero(store.repositories == repository)
        ]
        for repository in np.unique(store.repositories)
    }

    def repositories(ids) -> set[int]:
        wanted = " ".join(map(str, ids))
        return {
            number
            for number, files in texts.items()
            if any(f" {wanted} " in f" {' '.join(map(str, one))} " for one in files)
        }

    for row in range(0, len(view.lengths), 37):
        first, follows, other = view[row].parts
        assert len(first.ids) + max(len(follows.ids), len(other.ids)) + 3 <= 64
        own = repositories([*first.ids, *follows.ids])
        assert own
        assert repositories(other.ids)
        if len(other.ids) > 5:  # long enough to be in one place only
            assert repositories(other.ids) - own


def test_mined_negatives_come_after_the_body(reading, tmp_path) -> None:
    keys = reading.store("functions", "train").keys.tolist()
    summaries = reading.store("summaries", "train")
    first = int(np.flatnonzero(summaries.lengths)[0])
    path = tmp_path / "negatives.jsonl"
    path.write_text(json.dumps({"id": keys[first], "negatives": [keys[3], "unknown", keys[5]]}))
    view = open_train(reading, view="pairs", negatives=str(path))
    assert len(view.lengths) == 1
    assert len(view[0].parts) == 5
    functions = reading.store("functions", "train")
    head = functions.ids[functions.starts[5] :][:10]
    assert view[0].parts[4].ids[:10].tolist() == head.tolist()
    path.write_text(json.dumps({"id": "unknown", "negatives": []}))
    with pytest.raises(InputError, match="negatives"):
        open_train(reading, view="pairs", negatives=str(path))


def test_labelled_lines_are_texts_with_a_class(reading, tmp_path) -> None:
    path = tmp_path / "labelled.jsonl"
    lines = [
        {"text": "one", "label": 1},
        {"text": "a", "pair": "b", "label": 0},
        {"text": "q", "choices": ["x", "y", "z"], "label": 2},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    view = open_train(reading, view="labelled", file=str(path))
    assert [len(example.parts) for example in examples(view)] == [1, 2, 4]
    assert [example.label for example in examples(view)] == [1, 0, 2]
    for broken in ('{"text": 1, "label": 0}', '{"text": "a", "label": "b"}', "[]", "{"):
        path.write_text(broken)
        with pytest.raises(InputError, match="labelled"):
            open_train(reading, view="labelled", file=str(path))


@pytest.mark.parametrize("view", ["blocks", "sentences", "functions", "pairs"])
def test_an_example_does_not_depend_on_who_asks_and_when(reading, view) -> None:
    one = open_train(reading, view=view)
    other = pickle.loads(pickle.dumps(one))  # as processes that prepare batches get it
    assert len(pickle.dumps(one)) < 200_000
    for row in (5, 0, 5):
        for left, right in zip(one[row].parts, other[row].parts, strict=True):
            assert left.ids.tolist() == right.ids.tolist()


def test_some_rows_are_a_choice_by_the_seed(reading) -> None:
    view = open_train(reading, view="functions")
    few = some_rows(view, 10, seed=1)
    assert len(few.lengths) == 10
    assert some_rows(view, 10**6, seed=1) is view
    assert few[3].parts[0].ids.tolist() == some_rows(view, 10, seed=1)[3].parts[0].ids.tolist()
    assert len(open_train(reading, view="functions", rows=7).lengths) == 7


def test_an_empty_split_is_no_view(reading) -> None:
    assert open_view(DataRecipe(length=64), reading, "test", seed=0, causal=False) is None


def test_sentences_need_two_repositories(reading, monkeypatch) -> None:
    data = DataRecipe(view="sentences")
    assert open_view(data, reading, "validation", seed=0, causal=False) is None
    alone = np.zeros(len(Documents.read(data, reading, "train").lengths), np.str_)
    monkeypatch.setattr(Documents, "repositories", alone)
    with pytest.raises(InputError, match="one repository"):
        open_view(data, reading, "train", seed=0, causal=False)
