from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.objectives.support import block, is_share, prepared, text

from diglot.errors import InputError
from diglot.models.ngrams import Generators, NgramGenerator
from diglot.objectives.base import Example
from diglot.objectives.deobfuscation import DeobfuscationSettings
from diglot.objectives.mixture import MaskedMixture, Mixture
from diglot.objectives.mlm import MlmSettings
from diglot.objectives.registry import SETTINGS, build_objectives
from diglot.objectives.rtd import RtdSettings
from diglot.objectives.settings import Context


@pytest.fixture
def context(info) -> Context:
    generator = NgramGenerator.fit([info.ordinary], info.ordinary, info.size, order=2)
    return Context(info, lambda *settings: Generators(generator, generator))


def named(info, key, length=40) -> Example:
    """A block of code in which every other token is of a name."""
    bindings = np.where(np.arange(length) % 2, np.arange(length) // 4, -1)
    return Example(key, (text(info, length, key, bindings=bindings),))


def codesage(share=0.5):
    return [
        {"name": "mlm", "probability": 1 - share, "mask": 1.0, "random": 0.0},
        {"name": "deobfuscation", "probability": share},
    ]


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_examples_are_given_out_by_probability(info, context, share):
    (built,) = build_objectives(codesage(share), context)
    rows = prepared(built.objective, [named(info, key) for key in range(4000)])
    names = sum(len(row["positions"]) == 20 for row in rows)  # MLM masks 6
    assert is_share(names, 4000, share)
    batch = built.objective.collate(rows)
    assert batch.counts == {"mlm": 6 * (4000 - names), "deobfuscation": 20 * names}
    assert built.weights == pytest.approx({"mlm": 1 - share, "deobfuscation": share})


def test_the_choice_is_the_examples_own(info, context):
    (built,) = build_objectives(codesage(), context)
    many = prepared(built.objective, [named(info, key) for key in range(50)])
    alone = prepared(built.objective, [named(info, 30)])[0]
    assert many[30]["ids"].tolist() == alone["ids"].tolist()
    assert {int(row["choice"][0]) for row in many} == {0, 1}


@pytest.mark.parametrize("kind", [MaskedMixture, Mixture])
def test_sums_are_those_of_each_objective_on_its_examples(info, build, kind):
    parts = [settings().build(Context(info)) for settings in (MlmSettings, DeobfuscationSettings)]
    mixture, model = kind(parts, [0.5, 0.5]), build("bert")
    rows = prepared(mixture, [named(info, key, 24 + key) for key in range(12)])
    batch = mixture.collate(rows)
    with torch.no_grad():
        sums = mixture.sums(model, mixture.heads(model), batch.tensors)
        for number, objective in enumerate(parts):
            own = objective.collate([row for row in rows if row["choice"][0] == number])
            expected = objective.sums(model, None, own.tensors)[objective.name]
            assert float(sums[objective.name]) == pytest.approx(float(expected), rel=1e-5)
            assert batch.counts[objective.name] == own.counts[objective.name] > 0
    assert batch.tokens == sum(len(row["ids"]) for row in rows)


def test_masked_objectives_share_one_reading(info, context, build, monkeypatch):
    (built,) = build_objectives(codesage(), context)
    model, calls = build("bert"), []
    hidden = model.hidden
    monkeypatch.setattr(model, "hidden", lambda *a, **k: calls.append(1) or hidden(*a, **k))
    batch = built.objective.collate(prepared(built.objective, [named(info, k) for k in range(8)]))
    built.objective.sums(model, None, batch.tensors)
    assert calls == [1]


@pytest.mark.parametrize("tables", [codesage(), None])
def test_an_objective_may_have_no_example_in_a_batch(info, context, build, tables):
    tables = tables or [
        {"name": "mlm", "probability": 0.5},
        {"name": "rtd", "probability": 0.5},
    ]
    (built,) = build_objectives(tables, context)
    objective, model = built.objective, build("bert")
    heads = objective.heads(model)
    seen = set()
    for key in range(8):
        batch = objective.collate(prepared(objective, [named(info, key)]))
        sums = objective.sums(model, heads, batch.tensors)
        assert set(sums) == set(batch.counts) == set(objective.terms)
        for term, count in batch.counts.items():
            assert (float(sums[term].detach()) > 0) == (count > 0)
        torch.stack(list(sums.values())).sum().backward()
        seen |= {term for term, count in batch.counts.items() if count}
    assert seen == set(objective.terms)


def test_heads_are_those_of_the_objectives(context, build):
    tables = [{"name": "mlm", "probability": 0.5}, {"name": "rtd", "probability": 0.5}]
    (built,) = build_objectives(tables, context)
    heads = built.objective.heads(build("bert"))
    assert list(heads) == ["rtd"]
    (built,) = build_objectives(codesage(), context)
    assert built.objective.heads(build("bert")) is None


def test_sequences_without_names_are_counted(info, context):
    (built,) = build_objectives(codesage(), context)
    rows = prepared(built.objective, [block(info, 30, key) for key in range(40)])
    chosen = sum(int(row["choice"][0]) for row in rows)
    assert built.objective.collate(rows).logged == {"random_instead": chosen}


def test_objectives_without_probability_all_have_every_example(context):
    built = build_objectives([{"name": "mlm"}, {"name": "rtd", "weight": 2}], context)
    assert [each.objective.name for each in built] == ["mlm", "rtd"]
    assert [each.weights for each in built] == [{"mlm": 1.0}, {"rtd": 2.0}]


def test_a_mixture_may_stand_beside_another_objective(context):
    built = build_objectives([*codesage(), {"name": "rtd"}], context)
    assert [each.objective.terms for each in built] == [("mlm", "deobfuscation"), ("rtd",)]


def test_terms_may_have_weights_of_their_own(context):
    tables = [{"name": "nsp", "weight": 2.0, "weights": {"nsp": 0.25}}]
    assert build_objectives(tables, context)[0].weights == {"mlm": 2.0, "nsp": 0.5}


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([{"name": "mml"}], "number 1: name = 'mml': accepted are mlm, nsp, rtd"),
        ([{}], "number 1: name = None: accepted are mlm"),
        (
            [{"name": "mlm", "whole_word": True}],
            r"mlm has no setting 'whole_word' (did you mean whole_words?): accepted are rate",
        ),
        ([{"name": "mlm", "rate": "x"}], "mlm: rate = 'x': accepted is a number from 0 to 1"),
        ([{"name": "mlm", "weight": -1}], "mlm: weight = -1: accepted is a number from 0"),
        ([{"name": "nsp", "weights": {"rtd": 1}}], "nsp: weights.rtd: accepted are terms mlm, nsp"),
        (codesage()[:1], "probability = 0.5: accepted are shares that add up to 1"),
        (
            [*codesage()[:1], {"name": "nsp", "probability": 0.5}],
            "mlm, nsp: they have a term in common",
        ),
        (
            [*codesage()[:1], {"name": "deobfuscation", "probability": 0.5, "copies": 1}],
            "accepted is the same `copies` in all",
        ),
        (
            [*codesage()[:1], {"name": "contrastive", "probability": 0.5}],
            "contrastive: probability = 0.5: accepted is none",
        ),
    ],
)
def test_what_is_refused(context, tables, message):
    with pytest.raises(InputError) as caught:
        build_objectives(tables, context)
    assert message in str(caught.value)


def test_every_objective_builds_with_its_defaults(context):
    for name in SETTINGS:
        (built,) = build_objectives([{"name": name}], context)
        assert built.objective.name == name
        assert built.objective.copies >= 0
        assert set(built.weights) == set(built.objective.terms)


def test_settings_are_those_of_the_defaults():
    assert (MlmSettings().rate, MlmSettings().mask, MlmSettings().random) == (0.15, 0.8, 0.1)
    assert (DeobfuscationSettings().mask, DeobfuscationSettings().share) == (1.0, 1.0)
    assert RtdSettings().rate == 0.15
