from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.objectives.support import block, prepared, text

from diglot.errors import InputError
from diglot.objectives.base import Example
from diglot.objectives.causal import CausalSettings
from diglot.objectives.settings import Context


def make(info, **settings):
    return CausalSettings(**settings).build(Context(info))


@pytest.mark.parametrize("architecture", ["gpt2", "llama"])
@pytest.mark.parametrize("lengths", [(33, 33, 33), (40, 7, 64)])
def test_loss_equals_that_of_transformers(info, build, architecture, lengths):
    objective, model = make(info), build(architecture)
    batch = objective.collate(prepared(objective, [block(info, n, n) for n in lengths]))
    ids = batch.tensors["ids"]
    inside = torch.arange(ids.shape[1]) < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        ours = objective.sums(model, None, batch.tensors)["causal"] / batch.counts["causal"]
        theirs = model.network(
            input_ids=ids, attention_mask=inside.long(), labels=ids.masked_fill(~inside, -100)
        ).loss
    assert float(ours) == pytest.approx(float(theirs), rel=1e-6)


def test_documents_apart_have_the_loss_they_have_alone(info, build):
    objective, model = make(info), build("gpt2")
    pieces = [text(info, length, length).ids for length in (12, 5, 9)]
    documents = np.repeat([0, 1, 2], [12, 5, 9])
    together = text(info, 26, documents=documents)
    together.ids[:] = np.concatenate(pieces)
    packed = objective.collate(prepared(objective, [Example(0, (together,))]))
    alone = [
        objective.collate(prepared(objective, [Example(0, (text(info, len(ids), len(ids)),))]))
        for ids in pieces
    ]
    assert packed.counts["causal"] == sum(batch.counts["causal"] for batch in alone) == 26 - 3
    with torch.no_grad():
        whole = objective.sums(model, None, packed.tensors)["causal"]
        parts = [objective.sums(model, None, batch.tensors)["causal"] for batch in alone]
    assert float(whole) == pytest.approx(float(sum(parts)), rel=1e-6)


def test_documents_together_are_predicted_across(info):
    batch = make(info).collate(prepared(make(info), [Example(0, (text(info, 26),))]))
    assert batch.counts["causal"] == 25
    assert "documents" not in batch.tensors


@pytest.mark.parametrize(("modality", "wanted"), [("text", 0), ("code", 1)])
def test_one_modality_may_be_predicted_alone(info, modality, wanted):
    modalities = np.repeat([0, 1, 0], [10, 12, 4])
    part = text(info, 26, modality=modalities)
    (row,) = prepared(make(info, modality=modality), [Example(0, (part,))])
    assert (modalities[row["positions"] + 1] == wanted).all()
    assert len(row["positions"]) == (modalities[1:] == wanted).sum()
    assert (row["targets"] == part.ids[row["positions"] + 1]).all()


def test_an_encoder_is_refused(info, build):
    with pytest.raises(InputError, match="the model is an encoder; accepted are causal decoders"):
        make(info).heads(build("bert"))
