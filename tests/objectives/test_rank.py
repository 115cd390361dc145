from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch.nn import functional

from diglot.errors import InputError
from diglot.objectives.base import Example
from diglot.objectives.rank import RankSettings
from diglot.objectives.settings import Context

from .support import is_share, prepared, text


@pytest.fixture
def make(info):
    return lambda **settings: RankSettings(**settings).build(Context(info))


def pair(info, key, others=3, text_length=6, code_length=12):
    parts = []
    for number in range(1 + others):
        seed = 100 * key + number
        parts += [text(info, text_length, seed), text(info, code_length, 7_000 + seed, modality=1)]
    return Example(key=key, parts=tuple(parts))


def split(row, info):
    """The sequences of a prepared example as (text, code, label)."""
    found = []
    ids = np.split(row["ids"], np.cumsum(row["lengths"])[:-1])
    for sequence, label in zip(ids, row["labels"], strict=True):
        first, second, third = np.flatnonzero(np.isin(sequence, [info.cls, info.sep]))
        assert (first, third) == (0, len(sequence) - 1)
        found.append((tuple(sequence[1:second]), tuple(sequence[second + 1 : -1]), int(label)))
    return found


def test_each_pair_comes_with_one_wrong_one_half_of_them_of_another_text(make, info):
    examples = [pair(info, key) for key in range(400)]
    kinds, places = Counter(), Counter()
    for example, row in zip(examples, prepared(make(), examples), strict=True):
        (texts, codes) = ([tuple(p.ids) for p in example.parts[n::2]] for n in (0, 1))
        right, wrong = split(row, info)
        assert right == (texts[0], codes[0], 1)
        assert wrong[2] == 0
        if wrong[1] == codes[0]:
            kinds["text"] += 1
            places[texts.index(wrong[0])] += 1
        else:
            assert wrong[0] == texts[0]
            kinds["code"] += 1
            places[codes.index(wrong[1])] += 1
    assert kinds["text"] + kinds["code"] == 400
    assert is_share(kinds["text"], 400, 0.5)
    assert set(places) == {1, 2, 3}
    assert all(is_share(count, 400, 1 / 3) for count in places.values())


def test_other_epochs_draw_others(make, info):
    example = pair(info, 0)
    rows = [make().prepare(example, np.random.default_rng(epoch)) for epoch in range(30)]
    assert len({split(row, info)[1] for row in rows}) == 6


def test_text_and_sequence_are_cut(make, info):
    example = pair(info, 0, text_length=80, code_length=400)
    row = make().prepare(example, np.random.default_rng(0))
    assert row["lengths"].tolist() == [200, 200]
    assert [len(words) for words, _, _ in split(row, info)] == [50, 50]
    assert row["segments"][:200].tolist() == [0] * 52 + [1] * 148


def test_others_with_the_same_text_or_code_are_not_drawn(make, info):
    own, other = pair(info, 1, others=0).parts, pair(info, 2, others=0).parts
    same_text, same_code = (own[0], other[1]), (other[0], own[1])
    alone = Example(1, (*own, *same_text, *same_code))
    for seed in range(10):
        row = make().prepare(alone, np.random.default_rng(seed))
        assert row["labels"].tolist() == [1]
        row = make().prepare(Example(1, (*alone.parts, *other)), np.random.default_rng(seed))
        assert row["labels"].tolist() == [1, 0]
    rows = prepared(make(), [alone, pair(info, 3)])
    assert make().collate(rows).counts == {"rank": 3}


@pytest.mark.parametrize("parts", [1, 2, 3, 5])
def test_examples_without_other_pairs_are_refused(make, info, parts):
    example = Example(9, pair(info, 0, others=3).parts[:parts])
    with pytest.raises(InputError, match=f"example 9 has {parts} parts"):
        make().prepare(example, np.random.default_rng(0))


def test_the_loss_is_a_binary_softmax_on_the_first_token(make, build, info):
    model, objective = build("roberta"), make()
    examples = [pair(info, key, text_length=3 + key) for key in range(3)]
    rows = prepared(objective, examples)
    torch.manual_seed(0)
    heads = objective.heads(model)
    batch = objective.collate(rows)
    found = objective.sums(model, heads, batch.tensors)["rank"]
    expected = 0.0
    for row in rows:
        for words, code, label in split(row, info):
            ids = torch.tensor([[info.cls, *words, info.sep, *code, info.sep]])
            first = model.hidden(ids)[:, 0]
            scores = heads.score(torch.tanh(heads.dense(first)))
            expected += functional.cross_entropy(scores, torch.tensor([label]))
    torch.testing.assert_close(found, expected)
    assert batch.counts == {"rank": 6}
    assert batch.tokens == sum(int(row["lengths"].sum()) for row in rows)


def test_a_decoder_is_refused(make, build):
    with pytest.raises(InputError, match="causal decoder"):
        make().heads(build("gpt2"))


def test_a_length_without_room_for_code_is_refused():
    with pytest.raises(InputError, match="accepted is a number from text_length \\+ 4 = 54"):
        RankSettings(length=53)
