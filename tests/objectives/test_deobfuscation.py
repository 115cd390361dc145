from __future__ import annotations

import numpy as np
import pytest
from tests.objectives.support import block, is_share, prepared, text

from diglot.objectives.base import Example, Tokens
from diglot.objectives.deobfuscation import DeobfuscationSettings
from diglot.objectives.settings import Context


def make(info, **settings):
    return DeobfuscationSettings(**settings).build(Context(info))


def code(info, seed=0, names=12, length=200) -> Tokens:
    """Random tokens, a third of them of names that occur several times; a tenth a docstring."""
    rng = np.random.default_rng(seed)
    bindings = np.where(rng.random(length) < 0.35, rng.integers(0, names, length), -1)
    part = text(info, length, seed, bindings=bindings)
    part.maskable[20:40] = False
    return part


def hidden(row, length=200):
    result = np.zeros(length, np.bool_)
    result[row["positions"]] = True
    return result


def test_every_name_is_hidden_everywhere_one_mask_for_each_token(info):
    part = code(info)
    (row,) = prepared(make(info), [Example(0, (part,))])
    wanted = part.maskable & (part.bindings >= 0)
    assert (hidden(row) == wanted).all()
    assert (row["ids"][wanted] == info.mask).all()
    assert (row["ids"][~wanted] == part.ids[~wanted]).all()
    assert (row["targets"] == part.ids[wanted]).all()


def test_docstrings_and_comments_are_never_hidden(info):
    for seed in range(50):
        part = code(info, seed)
        assert (part.bindings[20:40] >= 0).any()  # even if a view gave them bindings
        (row,) = prepared(make(info), [Example(seed, (part,))])
        assert not hidden(row)[20:40].any()


def test_a_share_of_names_is_hidden_whole(info):
    objective = make(info, share=0.5)
    chosen = of = 0
    for seed in range(300):
        part = code(info, seed)
        (row,) = prepared(objective, [Example(seed, (part,))])
        allowed = part.maskable & (part.bindings >= 0)
        for name in np.unique(part.bindings[allowed]):
            places = hidden(row)[allowed & (part.bindings == name)]
            assert places.all() or not places.any()
        chosen, of = chosen + len(row["positions"]), of + int(allowed.sum())
    assert is_share(chosen, of, 0.5)


def test_names_of_two_documents_are_two_names(info):
    bindings = np.tile(np.arange(40), 2)
    part = text(info, 80, bindings=bindings, documents=np.repeat([0, 1], 40))
    (row,) = prepared(make(info, share=0.5), [Example(0, (part,))])
    halves = hidden(row, 80).reshape(2, 40)
    assert (halves[0] != halves[1]).any()


def test_without_names_tokens_are_masked_at_random_and_that_is_counted(info):
    objective = make(info)
    prose = [block(info, 60, seed) for seed in range(200)]
    rows = prepared(objective, [*prose, Example(999, (code(info),))])
    batch = objective.collate(rows)
    assert batch.logged == {"random_instead": 200}
    assert batch.counts == {"deobfuscation": sum(len(row["positions"]) for row in rows)}
    masked = sum(len(row["positions"]) for row in rows[:200])
    assert is_share(masked, 200 * 58, 0.15)
    assert all((row["ids"][row["positions"]] == info.mask).all() for row in rows)


def test_loss_is_that_of_transformers(info, build):
    objective, model = make(info), build("bert", length=200)
    batch = objective.collate(prepared(objective, [Example(0, (code(info),))]))
    labels = np.full(200, -100)
    labels[batch.tensors["positions"]] = batch.tensors["targets"]
    labels = batch.tensors["ids"].new_tensor(labels)[None]
    ours = objective.sums(model, None, batch.tensors)["deobfuscation"]
    theirs = model.network(input_ids=batch.tensors["ids"], labels=labels).loss
    mean = float(ours.detach()) / batch.counts["deobfuscation"]
    assert mean == pytest.approx(float(theirs.detach()), rel=1e-6)
