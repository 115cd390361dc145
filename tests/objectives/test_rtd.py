from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.objectives.support import block, prepared, text
from torch.nn import functional

from diglot.errors import InputError
from diglot.models.ngrams import Generators, NgramGenerator
from diglot.objectives.base import Example
from diglot.objectives.rtd import Rtd, RtdSettings
from diglot.objectives.settings import Context

FEW = 12
"""Distinct tokens of each modality, so that a generator often draws the true one."""


@pytest.fixture(scope="module")
def generators(info) -> Generators:
    def fit(first, order=2):
        rng = np.random.default_rng(first)
        rows = [first + np.cumsum(rng.integers(1, 3, 80)) % FEW for _ in range(50)]
        return NgramGenerator.fit(
            [info.ordinary[row] for row in rows], info.ordinary, info.size, order=order
        )

    return Generators(text=fit(0), code=fit(100))


@pytest.fixture
def objective(info, generators):
    return RtdSettings().build(Context(info, lambda order, discount, tokens: generators))


def pair(info, key, length=60) -> Example:
    """Text and code of the tokens that the generators know, in the steps that they know."""
    rng = np.random.default_rng([7, key])
    parts = []
    for modality, first in enumerate((0, 100)):
        part = text(info, length, modality=modality)
        part.ids[:] = info.ordinary[first + np.cumsum(rng.integers(1, 3, length)) % FEW]
        parts.append(part)
    return Example(key, tuple(parts))


def original(info, example):
    first, second = example.parts
    return np.array([info.cls, *first.ids, info.sep, *second.ids, info.sep])


def test_replaced_is_what_differs_and_a_true_token_drawn_is_original(info, objective):
    differing = drawn = 0
    for key in range(200):
        example = pair(info, key)
        (row,) = prepared(objective, [example])
        true = original(info, example)
        assert (row["positions"] == np.flatnonzero(~info.is_special[true])).all()
        assert (row["replaced"] == (row["ids"] != true)[row["positions"]]).all()
        differing += int(row["replaced"].sum())
        drawn += 18  # 15 % of 120
    # If tokens drawn true counted as replaced, or were drawn again, these would be equal.
    assert 0.3 * drawn < differing < 0.8 * drawn


def test_replaced_share_is_what_the_generators_probabilities_say(info, objective, generators):
    """Masking by the same generator of numbers tells which tokens were drawn, and from what."""
    from diglot.objectives.masking import choose_tokens
    from diglot.objectives.sequences import join

    replaced = 0
    mean = variance = 0.0
    for key in range(300):
        example = pair(info, key)
        (row,) = prepared(objective, [example])
        tokens = join(example.parts, info)
        chosen = choose_tokens(tokens, RtdSettings(), np.random.default_rng([0, 0, key]))
        known = tokens.ids.copy()
        known[chosen] = -1
        for modality, generator in enumerate((generators.text, generators.code)):
            places = chosen[tokens.modality[chosen] == modality]
            shares = generator.probabilities(known, places)
            true = shares[np.arange(len(places)), tokens.ids[places]]
            mean += float((1 - true).sum())
            variance += float((true * (1 - true)).sum())
        replaced += int(row["replaced"].sum())
    assert abs(replaced - mean) < 5 * np.sqrt(variance)
    assert 0 < replaced / (300 * 120) < 0.15


def test_each_modality_is_drawn_from_its_own_generator(info, objective):
    seen = [set(), set()]
    for key in range(100):
        (row,) = prepared(objective, [pair(info, key)])
        changed = row["positions"][row["replaced"]]
        for modality, places in enumerate((changed[changed <= 60], changed[changed > 60])):
            seen[modality] |= set(row["ids"][places].tolist())
    common = [set(info.ordinary[first : first + FEW].tolist()) for first in (0, 100)]
    for modality in (0, 1):
        assert common[modality] <= seen[modality]
        assert len(seen[modality] & common[1 - modality]) <= 4  # of smoothing alone


def test_marks_are_neither_replaced_nor_scored(info, objective):
    for key in range(50):
        (row,) = prepared(objective, [pair(info, key)])
        marks = [0, 61, 122]
        assert row["ids"][marks].tolist() == [info.cls, info.sep, info.sep]
        assert not np.isin(marks, row["positions"]).any()
        assert len(row["positions"]) == 120


def test_unimodal_examples_are_scored_too(info, objective):
    whole, alone = block(info, 40), pair(info, 0)
    alone = Example(1, (text(info, 0), alone.parts[1]))
    batch = objective.collate(prepared(objective, [whole, alone]))
    assert batch.counts == {"rtd": 38 + 60}
    assert batch.logged == {"replaced": int(batch.tensors["replaced"].sum())}
    assert batch.tokens == 40 + 62


def test_loss_is_the_papers(info, objective, build):
    """Equation 12 with its sign mended, written out in a loop."""
    model = build("roberta", length=128)
    examples = [pair(info, 1, 20), pair(info, 2, 31)]
    rows = prepared(objective, examples)
    batch = objective.collate(rows)
    head = objective.heads(model)
    with torch.no_grad():
        ours = float(objective.sums(model, head, batch.tensors)["rtd"])
        total = 0.0
        for row, example in zip(rows, examples, strict=True):
            states = model.hidden(torch.from_numpy(row["ids"]).long()[None])[0]
            is_replaced = torch.sigmoid(head(states))
            for position, true in enumerate(original(info, example)):
                if info.is_special[true]:
                    continue
                delta = int(row["ids"][position] == true)
                p = 1 - is_replaced[position]  # that the token is original
                total -= float(delta * torch.log(p) + (1 - delta) * torch.log(1 - p))
    assert ours == pytest.approx(total, rel=1e-5)


def test_the_head_learns_what_a_poor_generator_gives_away(info, build):
    strange = NgramGenerator.fit([np.full(999, info.ordinary[-1])], info.ordinary, info.size)
    objective = Rtd(RtdSettings(), info, Generators(strange, strange))
    model = build("roberta", length=128)
    batch = objective.collate(prepared(objective, [pair(info, key, 15) for key in range(6)]))
    head = objective.heads(model)
    optimizer = torch.optim.AdamW([*model.parameters(), *head.parameters()], lr=3e-3)
    for _ in range(25):
        loss = objective.sums(model, head, batch.tensors)["rtd"] / batch.counts["rtd"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    share = torch.tensor([batch.logged["replaced"] / batch.counts["rtd"]])
    chance = float(functional.binary_cross_entropy(share, share))
    assert float(loss.detach()) < 0.5 * chance


def test_settings_reach_the_generators(info, generators):
    asked = []
    context = Context(info, lambda *settings: asked.append(settings) or generators)
    built = RtdSettings(order=2, discount=0.5, tokens=1000).build(context)
    assert asked == [(2, 0.5, 1000)]
    assert isinstance(built, Rtd)
    with pytest.raises(InputError, match="needs a corpus"):
        RtdSettings().build(Context(info))
    with pytest.raises(InputError, match="rtd: order = 0"):
        RtdSettings(order=0)
