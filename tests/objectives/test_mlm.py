from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.objectives.support import block, is_share, prepared, text

from diglot.objectives.base import Example
from diglot.objectives.mlm import MlmSettings
from diglot.objectives.settings import Context


@pytest.fixture
def objective(info):
    return MlmSettings().build(Context(info))


@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_loss_equals_that_of_transformers(objective, info, build, architecture):
    model = build(architecture)
    batch = objective.collate(
        prepared(objective, [block(info, length, length) for length in (40, 21, 64, 8)])
    )
    ids, lengths = batch.tensors["ids"], batch.tensors["lengths"]
    labels = torch.full_like(ids, -100)
    labels.view(-1)[batch.tensors["positions"]] = batch.tensors["targets"]
    attention = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    with torch.no_grad():
        ours = objective.sums(model, None, batch.tensors)["mlm"] / batch.counts["mlm"]
        theirs = model.network(input_ids=ids, attention_mask=attention, labels=labels).loss
    assert ours.dtype == torch.float32
    assert float(ours) == pytest.approx(float(theirs), rel=1e-6)


def test_gradient_is_that_of_transformers(objective, info, build):
    model = build("bert")
    batch = objective.collate(prepared(objective, [block(info, 30, seed) for seed in range(3)]))
    labels = torch.full_like(batch.tensors["ids"], -100)
    labels.view(-1)[batch.tensors["positions"]] = batch.tensors["targets"]
    gradients = []
    for loss in (
        lambda: objective.sums(model, None, batch.tensors)["mlm"] / batch.counts["mlm"],
        lambda: model.network(input_ids=batch.tensors["ids"], labels=labels).loss,
    ):
        model.zero_grad()
        loss().backward()
        parameters = [p.grad.clone() for p in model.parameters() if p.grad is not None]
        gradients.append(parameters)
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_only_masked_positions_are_projected(objective, info, build, monkeypatch):
    model = build("bert")
    seen = []
    logits = model.logits
    monkeypatch.setattr(model, "logits", lambda rows: seen.append(len(rows)) or logits(rows))
    batch = objective.collate(prepared(objective, [block(info, 42, seed) for seed in range(5)]))
    objective.sums(model, None, batch.tensors)
    assert seen == [batch.counts["mlm"]] == [5 * 6]


def test_a_pair_is_one_sequence(objective, info):
    pair = Example(0, (text(info, 5, 1), text(info, 7, 2, modality=1)))
    (row,) = prepared(objective, [pair])
    marks = [position for position, number in enumerate(row["ids"]) if number in info.special_ids]
    marks = [position for position in marks if position not in row["positions"]]
    assert [row["ids"][position] for position in marks] == [info.cls, info.sep, info.sep]
    assert marks == [0, 6, 14]


def test_code_without_text_has_no_empty_segment(objective, info):
    (row,) = prepared(objective, [Example(0, (text(info, 0), text(info, 7, 2)))])
    assert len(row["ids"]) == 9
    assert (row["ids"][0], row["ids"][-1]) == (info.cls, info.sep)


def test_a_batch_may_have_nothing_masked(info, build):
    objective = MlmSettings(rate=0.0).build(Context(info))
    batch = objective.collate(prepared(objective, [block(info, 8)]))
    assert batch.counts == {"mlm": 0}
    model = build("bert")
    loss = objective.sums(model, None, batch.tensors)["mlm"]
    loss.backward()
    assert float(loss.detach()) == 0


def test_tokens_are_counted_without_padding(objective, info):
    batch = objective.collate(prepared(objective, [block(info, 9), block(info, 20)]))
    assert batch.tokens == 29
    assert batch.tensors["lengths"].tolist() == [9, 20]
    assert (batch.tensors["ids"][0, 9:] == info.pad).all()


def test_masks_are_the_same_from_the_same_generator_only(objective, info):
    example = block(info, 64)
    first, again = prepared(objective, [example]), prepared(objective, [example])
    other = prepared(objective, [example], seed=1)
    assert first[0]["ids"].tolist() == again[0]["ids"].tolist()
    assert first[0]["positions"].tolist() != other[0]["positions"].tolist()


def test_masked_share_of_a_corpus(objective, info):
    rows = prepared(objective, [block(info, 2 + n % 60, n) for n in range(1, 2000)])
    masked = sum(len(row["positions"]) for row in rows)
    allowed = sum(len(row["ids"]) - 2 for row in rows)
    # Exact but for rounding at random, so well inside what a coin for each token would give.
    assert is_share(masked, allowed, 0.15)


def test_documents_apart_have_the_loss_they_have_alone(objective, info, build):
    """A packed block against its documents one by one, with the same tokens masked."""
    model = build("roberta")
    rows = prepared(objective, [block(info, length, length) for length in (30, 12, 20)])
    starts = [0, 30, 42]
    packed = {
        "ids": np.concatenate([row["ids"] for row in rows]),
        "documents": np.repeat([0, 1, 2], [30, 12, 20]),
        "positions": np.concatenate(
            [row["positions"] + start for row, start in zip(rows, starts, strict=True)]
        ),
        "targets": np.concatenate([row["targets"] for row in rows]),
    }
    together, apart = objective.collate([packed]), objective.collate(rows)
    assert together.counts == apart.counts
    with torch.no_grad():
        sums = [objective.sums(model, None, batch.tensors)["mlm"] for batch in (together, apart)]
    assert float(sums[0]) == pytest.approx(float(sums[1]), rel=1e-6)


def test_code_alone_may_be_left_out(info):
    pairs = [Example(key, (text(info, 8 * key), text(info, 40, 9))) for key in range(2)]
    objective = MlmSettings(unimodal=False).build(Context(info))
    alone, pair = ([arrays] for arrays in prepared(objective, pairs))
    assert objective.collate(alone).counts == {"mlm": 0}
    assert objective.collate(pair).counts["mlm"] > 0
    both = MlmSettings().build(Context(info))
    assert both.collate(prepared(both, pairs[:1])).counts["mlm"] > 0
