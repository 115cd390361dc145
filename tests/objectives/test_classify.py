from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import BertForMultipleChoice, RobertaForSequenceClassification

from diglot.errors import InputError
from diglot.objectives.base import Example
from diglot.objectives.classify import ClassifySettings, cut
from diglot.objectives.settings import Context

from .support import prepared, text

GPT = {"layout": "gpt", "pooling": "last", "head": "linear", "auxiliary": True}


@pytest.fixture
def make(info):
    return lambda **settings: ClassifySettings(**settings).build(Context(info))


@pytest.fixture
def examples(info):
    """Examples of some number of parts, of different lengths."""

    def draw(parts, count=5, classes=2):
        return [
            Example(
                key=key,
                parts=tuple(text(info, 3 + (key + 2 * n) % 5, 100 * n + key) for n in range(parts)),
                label=key % classes,
            )
            for key in range(count)
        ]

    return draw


def run(objective, model, examples):
    torch.manual_seed(3)
    heads = objective.heads(model)
    batch = objective.collate(prepared(objective, examples))
    return heads, batch, objective.sums(model, heads, batch.tensors)


def one_by_one(model, sequences):
    """Hidden states of sequences without padding."""
    return [model.hidden(torch.tensor([ids]))[0] for ids in sequences]


def ids(*parts):
    return [int(n) for part in parts for n in ([part] if isinstance(part, int) else part.ids)]


@pytest.mark.parametrize("parts", [1, 2])
def test_equals_transformers_roberta_for_sequence_classification(
    make, build, info, examples, parts
):
    model = build("roberta")
    objective = make(task="single" if parts == 1 else "pair", classes=3)
    heads, batch, sums = run(objective, model, examples(parts, classes=3))
    model.config.num_labels = 3
    theirs = RobertaForSequenceClassification(model.config).eval()
    theirs.roberta.load_state_dict(model.network.roberta.state_dict())
    theirs.classifier.dense.load_state_dict(heads.dense.state_dict())
    theirs.classifier.out_proj.load_state_dict(heads.score.state_dict())
    mask = torch.arange(batch.tensors["ids"].shape[1]) < batch.tensors["lengths"][:, None]
    output = theirs(
        input_ids=batch.tensors["ids"],
        attention_mask=mask.long(),
        labels=batch.tensors["labels"],
    )
    torch.testing.assert_close(sums["classify"], output.loss * 5)
    scores = objective.scores(model, heads, batch.tensors)
    torch.testing.assert_close(scores, output.logits)
    assert batch.counts == {"classify": 5}


def test_equals_transformers_bert_for_multiple_choice(make, build, info, examples):
    model = build("bert")
    objective = make(task="choice", head="linear")
    heads, batch, sums = run(objective, model, examples(4, classes=3))
    theirs = BertForMultipleChoice(model.config).eval()
    theirs.bert.load_state_dict(model.network.bert.state_dict(), strict=False)
    torch.nn.init.eye_(theirs.bert.pooler.dense.weight)  # its pooler always has a dense layer
    torch.nn.init.zeros_(theirs.bert.pooler.dense.bias)
    theirs.bert.pooler.activation = torch.nn.Identity()
    theirs.classifier.load_state_dict(heads.score.state_dict())
    tensors = batch.tensors
    width = tensors["ids"].shape[1]
    mask = torch.arange(width) < tensors["lengths"][:, None]
    output = theirs(
        input_ids=tensors["ids"].reshape(5, 3, width),
        attention_mask=mask.long().reshape(5, 3, width),
        token_type_ids=tensors["segments"].reshape(5, 3, width),
        labels=tensors["labels"],
    )
    torch.testing.assert_close(sums["classify"], output.loss * 5)
    assert batch.counts == {"classify": 5}
    assert tensors["segments"].max() == 1


def test_choices_may_be_of_different_numbers(make, build, info, examples):
    model = build("bert")
    objective = make(task="choice")
    few, many = examples(3, 2), examples(5, 3, classes=4)
    _, batch, sums = run(objective, model, few + many)
    _, _, apart = run(objective, model, few)
    _, _, others = run(objective, model, many)
    torch.testing.assert_close(sums["classify"], apart["classify"] + others["classify"])
    assert batch.tensors["sequences"].tolist() == [2, 2, 4, 4, 4]


@pytest.mark.parametrize("pooling", ["first", "mean", "last"])
def test_vectors_are_pooled_over_the_sequences_own_tokens(make, build, info, examples, pooling):
    model = build("roberta")
    objective = make(pooling=pooling, head="linear")
    given = examples(1)
    heads, batch, _ = run(objective, model, given)
    scores = objective.scores(model, heads, batch.tensors)
    states = one_by_one(model, [ids(info.cls, e.parts[0], info.sep) for e in given])
    pooled = [{"first": s[0], "mean": s.mean(0), "last": s[-1]}[pooling] for s in states]
    torch.testing.assert_close(scores, heads.score(torch.stack(pooled)))


def test_gpt1_classifies_a_pair_from_its_last_token_with_an_auxiliary_term(
    make, build, info, examples
):
    model, given = build("gpt2"), examples(2, classes=3)
    objective = make(task="pair", classes=3, **GPT)
    heads, batch, sums = run(objective, model, given)
    begin, between, end = (info.mark(mark) for mark in ("<s>", "<$>", "<e>"))
    sequences = [ids(begin, e.parts[0], between, e.parts[1], end) for e in given]
    classify = auxiliary = 0.0
    for sequence, example in zip(sequences, given, strict=True):
        states = model.hidden(torch.tensor([sequence]))[0]
        scores = heads.score(states[-1:])
        classify += functional.cross_entropy(scores, torch.tensor([example.label]))
        logits = model.logits(states[:-1])
        auxiliary += functional.cross_entropy(logits, torch.tensor(sequence[1:]), reduction="sum")
    torch.testing.assert_close(sums["classify"], classify)
    torch.testing.assert_close(sums["auxiliary"], auxiliary)
    assert objective.terms == ("classify", "auxiliary")
    assert batch.counts == {"classify": 5, "auxiliary": sum(len(s) - 1 for s in sequences)}
    assert batch.tokens == sum(map(len, sequences))
    assert heads.dense is None


def test_similarity_adds_the_vectors_of_both_orders(make, build, info, examples):
    model, given = build("gpt2"), examples(2)
    objective = make(task="similarity", **GPT)
    heads, batch, sums = run(objective, model, given)
    begin, between, end = (info.mark(mark) for mark in ("<s>", "<$>", "<e>"))
    vectors = []
    for example in given:
        one, other = example.parts
        orders = [ids(begin, a, between, b, end) for a, b in ((one, other), (other, one))]
        vectors.append(sum(states[-1] for states in one_by_one(model, orders)))
    scores = heads.score(torch.stack(vectors))
    torch.testing.assert_close(objective.scores(model, heads, batch.tensors), scores)
    labels = torch.tensor([example.label for example in given])
    expected = functional.cross_entropy(scores, labels, reduction="sum")
    torch.testing.assert_close(sums["classify"], expected)
    swapped = [Example(e.key, e.parts[::-1], label=e.label) for e in given]
    _, _, same = run(objective, model, swapped)
    torch.testing.assert_close(same["classify"], sums["classify"])


def test_a_head_learns_to_tell_classes(make, build, info):
    model, objective = build("roberta"), make(pooling="mean")
    marker = int(info.ordinary[0])
    given = []
    for key in range(32):
        part = text(info, 6, key)
        part.ids[2] = marker if key % 2 else info.ordinary[1]
        given.append(Example(key, (part,), label=key % 2))
    heads = objective.heads(model)
    tensors = objective.collate(prepared(objective, given)).tensors
    optimizer = torch.optim.Adam([*model.parameters(), *heads.parameters()], lr=5e-3)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = objective.sums(model, heads, tensors)["classify"] / 32
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0.6  # chance: log 2
    assert losses[-1] < 0.1


@pytest.mark.parametrize(
    ("lengths", "room", "kept"),
    [
        ((20, 3), 10, (7, 3)),
        ((3, 20), 10, (3, 7)),
        ((20, 20), 10, (5, 5)),
        ((20, 20), 11, (6, 5)),
        ((4, 5), 10, (4, 5)),
        ((20,), 10, (10,)),
    ],
)
def test_the_longer_text_is_cut_first(lengths, room, kept):
    texts = [np.arange(length, dtype=np.int32) for length in lengths]
    found = cut(texts, room)
    assert tuple(map(len, found)) == kept
    for one, whole in zip(found, texts, strict=True):
        np.testing.assert_array_equal(one, whole[: len(one)])


def test_sequences_fit_the_length(make, info):
    objective = make(task="pair", length=12)
    example = Example(0, (text(info, 30, 0), text(info, 30, 1)), label=0)
    row = objective.prepare(example, np.random.default_rng(0))
    assert row["lengths"].tolist() == [12]
    assert row["ids"][-1] == info.sep


@pytest.mark.parametrize(
    ("task", "parts", "needed"),
    [("single", 2, "1 part"), ("pair", 1, "2 parts"), ("similarity", 3, "2 parts"),
     ("choice", 2, "3 parts or more")],
)  # fmt: skip
def test_examples_of_other_parts_are_refused(make, examples, task, parts, needed):
    with pytest.raises(InputError, match=f"has {parts} parts, .* needs {needed}"):
        make(task=task).prepare(examples(parts)[0], np.random.default_rng(0))


@pytest.mark.parametrize(("task", "label"), [("single", 2), ("single", -1), ("choice", 2)])
def test_labels_beyond_the_classes_are_refused(make, info, task, label):
    parts = (text(info, 3),) if task == "single" else tuple(text(info, 3, n) for n in range(3))
    with pytest.raises(InputError, match=rf"example 4 has label {label}: accepted is 0 to 1"):
        make(task=task).prepare(Example(4, parts, label=label), np.random.default_rng(0))


def test_models_that_cannot_are_refused(make, build):
    with pytest.raises(InputError, match="first token sees no other"):
        make().heads(build("gpt2"))
    with pytest.raises(InputError, match="the model is an encoder"):
        make(auxiliary=True).heads(build("roberta"))
