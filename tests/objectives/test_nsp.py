from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.objectives.support import is_share, prepared, text
from transformers import BertForNextSentencePrediction, BertForPreTraining

from diglot.errors import InputError
from diglot.objectives.base import Example
from diglot.objectives.nsp import NEXT, RANDOM, NspSettings
from diglot.objectives.settings import Context


def spans(info, number=0, lengths=(10, 8, 12)) -> Example:
    seeds = range(3 * number, 3 * number + 3)
    parts = (text(info, length, seed) for length, seed in zip(lengths, seeds, strict=True))
    return Example(number, tuple(parts))


def make(info, **settings):
    return NspSettings(**settings).build(Context(info))


def theirs(kind, model, head):
    """A model of `transformers` with the weights of ours."""
    other = kind(model.config).eval()
    weights = other.state_dict() | model.network.state_dict()
    weights |= {
        "bert.pooler.dense.weight": head.dense.weight,
        "bert.pooler.dense.bias": head.dense.bias,
        "cls.seq_relationship.weight": head.score.weight,
        "cls.seq_relationship.bias": head.score.bias,
    }
    other.load_state_dict({name: weights[name] for name in other.state_dict()})
    other.set_attn_implementation("eager")
    return other


def test_losses_equal_those_of_transformers(info, build):
    objective, model = make(info), build("bert")
    head = objective.heads(model)
    torch.nn.init.normal_(head.score.bias)  # so that both labels have losses of their own
    lengths = [(10, 8, 12), (5, 30, 9), (20, 20, 20), (3, 4, 5), (9, 9, 1)]
    examples = [spans(info, number, each) for number, each in enumerate(lengths)]
    batch = objective.collate(prepared(objective, examples))
    tensors = batch.tensors
    assert set(tensors["labels"].tolist()) == {NEXT, RANDOM}
    ids = tensors["ids"]
    labels = torch.full_like(ids, -100)
    labels.view(-1)[tensors["positions"]] = tensors["targets"]
    attention = (torch.arange(ids.shape[1]) < tensors["lengths"][:, None]).long()
    inputs = {
        "input_ids": ids,
        "attention_mask": attention,
        "token_type_ids": tensors["segments"],
    }
    with torch.no_grad():
        sums = objective.sums(model, head, tensors)
        means = {term: float(sums[term]) / batch.counts[term] for term in objective.terms}
        both = theirs(BertForPreTraining, model, head)(
            **inputs, labels=labels, next_sentence_label=tensors["labels"]
        )
        nsp = theirs(BertForNextSentencePrediction, model, head)(**inputs, labels=tensors["labels"])
    assert means["mlm"] + means["nsp"] == pytest.approx(float(both.loss), rel=1e-6)
    assert means["nsp"] == pytest.approx(float(nsp.loss), rel=1e-6)
    assert batch.counts["nsp"] == len(examples)


def test_the_sequence_is_a_and_b_with_segments(info):
    objective = make(info, rate=0.0)
    assert objective.terms == ("nsp",)
    for number in range(20):
        example = spans(info, number)
        (row,) = prepared(objective, [example])
        first, second = example.parts[0], example.parts[1 + int(row["label"][0])]
        expected = [info.cls, *first.ids, info.sep, *second.ids, info.sep]
        assert row["ids"].tolist() == expected
        zeros, ones = len(first.ids) + 2, len(second.ids) + 1
        assert row["segments"].tolist() == [0] * zeros + [1] * ones


def test_half_of_all_b_are_random(info):
    objective = make(info)
    rows = prepared(objective, [spans(info, number) for number in range(4000)])
    assert is_share(sum(int(row["label"][0]) for row in rows), 4000, 0.5)


def test_tokens_of_both_spans_are_masked(info):
    objective = make(info, rate=0.3)
    rows = prepared(objective, [spans(info, number) for number in range(500)])
    places = np.concatenate([row["positions"] for row in rows])
    segments = np.concatenate([row["segments"][row["positions"]] for row in rows])
    assert set(segments.tolist()) == {0, 1}
    assert not (places == 0).any()


def test_other_views_and_models_are_refused(info, build):
    objective = make(info)
    with pytest.raises(InputError, match=r"three parts .*got 1: accepted is the view `sentences`"):
        prepared(objective, [Example(0, (text(info, 9),))])
    with pytest.raises(InputError, match="causal decoder; accepted are encoders"):
        objective.heads(build("gpt2"))
