from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from torch.nn import functional

from diglot.errors import InputError
from diglot.models.baselines import Baseline, BaselineSettings
from diglot.objectives.base import Example
from diglot.objectives.contrastive import ContrastiveSettings
from diglot.objectives.settings import Context, read_settings

from .support import prepared, text

CODESAGE = {"negatives": "all", "gamma": "trained", "gamma_scale": "one"}


@pytest.fixture
def make(info):
    return lambda **settings: ContrastiveSettings(**settings).build(Context(info))


def draw(n=6, views=2, dimension=8, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(n, views, dimension, generator=generator, dtype=dtype)
    return vectors.requires_grad_(), torch.arange(n * views).reshape(n, views)


def plain_infonce(text, code, temperature):
    """Sum over pairs of the mean of both directions, as one would write it from the formula."""
    total = 0.0
    for anchors, others in ((text, code), (code, text)):
        for i, anchor in enumerate(anchors):
            scores = [
                torch.dot(anchor, other) / anchor.norm() / other.norm() / temperature
                for other in others
            ]
            total += -torch.log(scores[i].exp() / sum(score.exp() for score in scores)) / 2
    return total


def codesage(h, temperature, *, detached=False, scaled=False):
    """Sum over pairs of the printed loss (2402.01935, equations 2 and 3); h is (N, 2, D)."""
    n = len(h)
    batch = functional.normalize(h, dim=-1).transpose(0, 1).flatten(0, 1)  # h_1 .. h_N, h_1+ ..
    total = 0.0
    for i in range(n):
        for anchor, positive in ((i, i + n), (i + n, i)):
            e = [(batch[anchor] @ other / temperature).exp() for other in batch]
            others = [k for k in range(2 * n) if k not in (anchor, positive)]
            below = e[positive]
            for k in others:
                gamma = e[k] / (e[k] + sum(e[j] for j in others if j != k))
                gamma = gamma.detach() if detached else gamma
                below = below + gamma * (2 * n - 2 if scaled else 1) * e[k]
            total += -torch.log(e[positive] / below)
    return total


def gradient(loss, vectors):
    return torch.autograd.grad(loss, vectors)[0]


@pytest.mark.parametrize("temperature", [0.05, 1.0])
def test_equals_a_plain_infonce_in_loss_and_gradient(make, temperature):
    vectors, identities = draw()
    loss = make(temperature=temperature).losses(vectors, identities)["contrastive"]
    expected = plain_infonce(vectors[:, 0], vectors[:, 1], temperature)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient(loss, vectors), gradient(expected, vectors))


def test_equals_torch_on_one_direction_with_dot_products(make):
    vectors, identities = draw(dtype=torch.float32)
    objective = make(similarity="dot", temperature=1.0, directions="text")
    loss = objective.losses(vectors, identities)["contrastive"]
    logits = vectors[:, 0] @ vectors[:, 1].T
    expected = functional.cross_entropy(logits, torch.arange(6), reduction="sum")
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("gamma", ["trained", "detached"])
@pytest.mark.parametrize("scale", ["one", "negatives"])
def test_equals_codesages_formula_in_loss_and_gradient(make, gamma, scale):
    vectors, identities = draw(n=4)
    objective = make(temperature=0.3, **CODESAGE | {"gamma": gamma, "gamma_scale": scale})
    loss = 2 * objective.losses(vectors, identities)["contrastive"]  # the paper adds directions up
    options = {"detached": gamma == "detached", "scaled": scale == "negatives"}
    expected = codesage(vectors, 0.3, **options)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient(loss, vectors), gradient(expected, vectors))


def test_the_choices_that_the_paper_leaves_open_are_different_losses():
    vectors, _ = draw(n=4)
    flags = [(detached, scaled) for detached in (False, True) for scaled in (False, True)]
    gradients = [gradient(codesage(vectors, 0.3, detached=d, scaled=s), vectors) for d, s in flags]
    for one, other in combinations(gradients, 2):
        assert not torch.allclose(one, other)


def test_all_negatives_of_equal_hardness_weigh_as_in_plain_infonce(make):
    vectors, identities = draw(n=5)
    vectors = torch.eye(10, dtype=torch.float64).reshape(5, 2, 10)  # all at right angles
    weighted = make(negatives="all", gamma="trained").losses(vectors, identities)
    plain = make(negatives="all").losses(vectors, identities)
    assert weighted["contrastive"].item() == pytest.approx(5 * math.log(9))
    assert plain["contrastive"].item() == pytest.approx(5 * math.log(9))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"negatives": "all"},
        CODESAGE,
        {"negatives": "all", "gamma": "trained", "mined": 2},
        {"similarity": "dot", "temperature": 1.0, "directions": "text", "mined": 1},
        {"loss": "margin", "directions": "text"},
    ],
)
def test_gradients_are_those_of_finite_differences(make, settings):
    objective = make(**{"temperature": 0.5} | settings)
    vectors, identities = draw(n=4, views=2 + objective.settings.mined, dimension=3)
    assert torch.autograd.gradcheck(
        lambda v: objective.losses(v, identities)["contrastive"], (vectors,)
    )


def test_mined_negatives_are_candidates_of_every_text_and_of_no_code(make):
    vectors, identities = draw(views=4)
    objective = make(temperature=1.0, mined=2)
    loss = objective.losses(vectors, identities)["contrastive"]
    text, code, *mined = functional.normalize(vectors, dim=-1).unbind(1)
    there = functional.cross_entropy(
        text @ torch.cat([code, *mined]).T, torch.arange(6), reduction="sum"
    )
    back = functional.cross_entropy(code @ text.T, torch.arange(6), reduction="sum")
    torch.testing.assert_close(loss, (there + back) / 2)


@pytest.mark.parametrize("negatives", ["cross", "all"])
@pytest.mark.parametrize("place", [0, 1], ids=["text", "code"])
def test_pairs_with_the_same_text_or_code_are_no_negatives_of_each_other(make, place, negatives):
    vectors, identities = draw(n=4)
    identities[3, place] = identities[1, place]
    loss = make(negatives=negatives, temperature=0.3).losses(vectors, identities)["contrastive"]
    unit = functional.normalize(vectors, dim=-1)
    expected = 0.0
    for i in range(4):
        others = [k for k in range(4) if k != i and {i, k} != {1, 3}]
        for side in (0, 1):
            candidates = [unit[i, 1 - side], *(unit[k, 1 - side] for k in others)]
            if negatives == "all":
                candidates += [unit[k, side] for k in others]
            scores = torch.stack(candidates) @ unit[i, side] / 0.3
            expected += (scores.logsumexp(0) - scores[0]) / 2
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient(loss, vectors), gradient(expected, vectors))


def test_duplicates_may_be_left_in(make):
    vectors, identities = draw(n=4)
    different = make(mask_duplicates=False).losses(vectors, identities)["contrastive"]
    identities[3] = identities[1]
    assert make(mask_duplicates=False).losses(vectors, identities)["contrastive"] == different
    assert make().losses(vectors, identities)["contrastive"] < different


def test_a_mined_negative_that_is_the_code_itself_is_none(make):
    vectors, identities = draw(views=3)
    objective = make(mined=1)
    different = objective.losses(vectors, identities)["contrastive"]
    with torch.no_grad():
        vectors[2, 2] = vectors[2, 1]
    identities[2, 2] = identities[2, 1]
    same = objective.losses(vectors, identities)["contrastive"]
    assert same < different
    text, code, mined = functional.normalize(vectors, dim=-1).unbind(1)
    logits = text @ torch.cat([code, mined]).T / 0.05
    logits[2, 6 + 2] = -math.inf
    back = functional.cross_entropy(code @ text.T / 0.05, torch.arange(6), reduction="sum")
    there = functional.cross_entropy(logits, torch.arange(6), reduction="sum")
    torch.testing.assert_close(same, (there + back) / 2)


@pytest.mark.parametrize("settings", [{}, CODESAGE, {"negatives": "all", "gamma": "detached"}])
def test_a_batch_without_negatives_has_no_loss(make, settings):
    vectors, identities = draw(n=1)
    loss = make(**settings).losses(vectors, identities)["contrastive"]
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(gradient(loss, vectors)).all()


def test_codesearchnets_margin_loss_by_hand(make):
    angle = torch.tensor([0.0, 0.3, 2.0])
    text = torch.stack([angle.cos(), angle.sin()], 1)
    angle = torch.tensor([0.1, 1.2, 2.2])
    code = torch.stack([angle.cos(), angle.sin()], 1)
    vectors = torch.stack([3 * text, 0.5 * code], 1)
    objective = make(loss="margin", directions="text", margin=0.3)
    loss = objective.losses(vectors, torch.arange(6).reshape(3, 2))["contrastive"]
    first = 0.3 - math.cos(0.1) + math.cos(1.2)
    second = 0.3 - math.cos(0.9) + math.cos(0.2)  # the best wrong code
    third = 0.3 - math.cos(0.2) + math.cos(0.8)
    expected = sum(max(0.0, value) for value in (first, second, third))
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    assert sum(value < 0 for value in (first, second, third)) == 1


def test_wrong_codes_of_negative_cosine_are_not_pushed_further(make):
    vectors = torch.tensor([[[1.0, 0], [0.6, 0.8]], [[-1.0, 0.1], [-1.0, 0]]], requires_grad=True)
    objective = make(loss="margin", directions="text")
    loss = objective.losses(vectors, torch.arange(4).reshape(2, 2))["contrastive"]
    assert loss.item() == pytest.approx(0.4 + 1 - 1 / math.sqrt(1.01), rel=1e-5)


@pytest.mark.parametrize("key", ["similarity", "negatives", "gamma", "mined", "directions"])
def test_margin_refuses_what_it_does_not_do(key):
    other = {"similarity": "dot", "negatives": "all", "gamma": "trained", "mined": 1}
    settings = {"loss": "margin", "directions": "text"} | {key: other.get(key, "both")}
    with pytest.raises(InputError, match='loss = "margin" goes with'):
        ContrastiveSettings(**settings)


def test_unknown_settings_and_values_are_errors():
    with pytest.raises(InputError, match="did you mean temperature"):
        read_settings(ContrastiveSettings, {"temprature": 0.1}, "recipe.toml")
    with pytest.raises(InputError, match="accepted is 'none', 'detached', 'trained'"):
        read_settings(ContrastiveSettings, {"gamma": "yes"}, "recipe.toml")


def pair(info, key, *, text_seed=None, code_seed=None, negatives=0, body=6):
    parts = [
        text(info, 5, 100 + (key if text_seed is None else text_seed)),
        text(info, 9, 200 + (key if code_seed is None else code_seed), modality=1),
        text(info, body, 300 + key, modality=1),
    ]
    parts += [text(info, 8, 400 + 10 * key + n, modality=1) for n in range(negatives)]
    return Example(key=key, parts=tuple(parts))


def test_views_are_marked_and_hard_positives_have_their_share(make, info):
    examples = [pair(info, key) for key in range(400)]
    objective = make(hard_positives=0.25)
    rows = prepared(objective, examples)
    short = 0
    for example, row in zip(examples, rows, strict=True):
        assert [row["ids_0"][0], row["ids_0"][-1]] == [info.cls, info.sep]
        np.testing.assert_array_equal(row["ids_0"][1:-1], example.parts[0].ids)
        shown = row["ids_1"][1:-1].tolist()
        assert shown in (example.parts[1].ids.tolist(), example.parts[2].ids.tolist())
        short += shown == example.parts[2].ids.tolist()
    assert abs(short - 100) < 5 * math.sqrt(400 * 0.25 * 0.75)
    whole = prepared(make(), examples)  # the same code is the same, whatever the view
    for one, other in zip(rows, whole, strict=True):
        np.testing.assert_array_equal(one["identities"], other["identities"])


def test_an_empty_body_is_not_used(make, info):
    example = pair(info, 0, body=0)
    row = make(hard_positives=1.0).prepare(example, np.random.default_rng(0))
    np.testing.assert_array_equal(row["ids_1"][1:-1], example.parts[1].ids)


def test_mined_negatives_are_drawn_without_repetition(make, info):
    example = pair(info, 0, negatives=4)
    seen = set()
    for seed in range(50):
        row = make(mined=2).prepare(example, np.random.default_rng(seed))
        chosen = [tuple(row[f"ids_{view}"][1:-1]) for view in (2, 3)]
        assert len(set(chosen)) == 2
        seen |= set(chosen)
    assert seen == {tuple(part.ids) for part in example.parts[3:]}


def test_mined_negatives_that_an_example_lacks_count_for_nothing(make, info, build):
    objective, model = make(mined=2, temperature=0.3), build("roberta")
    examples = [pair(info, key, negatives=key) for key in range(3)]
    batch = objective.collate(prepared(objective, examples))
    vectors = objective.encode(model, None, batch.tensors).double().detach()
    loss = objective.losses(vectors, batch.tensors["identities"])["contrastive"]
    text, code, *mined = functional.normalize(vectors, dim=-1).unbind(1)
    there = torch.cat([code, mined[0][1:], mined[1][2:]])
    expected = functional.cross_entropy(text @ there.T / 0.3, torch.arange(3), reduction="sum")
    expected += functional.cross_entropy(code @ text.T / 0.3, torch.arange(3), reduction="sum")
    torch.testing.assert_close(loss, expected / 2)


def test_pairs_without_a_body_do_where_none_is_asked_for(make, info):
    example = Example(key=0, parts=pair(info, 0).parts[:2])
    assert "ids_1" in make().prepare(example, np.random.default_rng(0))
    with pytest.raises(InputError, match="example 0 has 2 parts, needed are 3"):
        make(hard_positives=0.5).prepare(example, np.random.default_rng(0))


def test_equal_texts_and_codes_have_equal_identities(make, info):
    examples = [pair(info, 1), pair(info, 2, text_seed=1), pair(info, 3, code_seed=1)]
    batch = make().collate(prepared(make(), examples))
    identities = batch.tensors["identities"]
    assert identities.dtype == torch.int64
    assert identities[0, 0] == identities[1, 0] != identities[2, 0]
    assert identities[0, 1] == identities[2, 1] != identities[1, 1]
    assert batch.counts == {"contrastive": 3}
    assert batch.tokens == 3 * (7 + 11)


def test_encoding_is_pooling_each_view_by_itself(make, info, build):
    model = build("roberta")
    examples = [  # more than are read at once
        Example(key=k, parts=(text(info, 3 + k % 5, k), text(info, 9 - k % 7, 9 + k)))
        for k in range(20)
    ]
    for pooling in ("mean", "first", "last"):
        objective = make(pooling=pooling)
        batch = objective.collate(prepared(objective, examples))
        vectors = objective.encode(model, None, batch.tensors)
        assert vectors.shape == (20, 2, model.width)
        for row, example in zip(vectors, examples, strict=True):
            for vector, part in zip(row, example.parts, strict=True):
                ids = torch.tensor([[info.cls, *part.ids.tolist(), info.sep]])
                states = model.hidden(ids)[0]
                expected = {"mean": states.mean(0), "first": states[0], "last": states[-1]}
                torch.testing.assert_close(vector, expected[pooling])


@pytest.mark.parametrize(
    "settings", [{"loss": "margin"}, {"similarity": "dot", "temperature": 1.0}]
)
def test_codesearchnets_baselines_have_an_encoder_by_language(make, info, settings):
    torch.manual_seed(0)
    shape = BaselineSettings(architecture="nbow", languages=("go", "java"), dropout=0.0)
    model = Baseline(info.size, shape)
    objective = make(directions="text", marks=False, **settings)
    languages = [0, 1, 1]
    examples = [
        Example(key, (text(info, 3 + key, key), text(info, 9, 9 + key)), language=language)
        for key, language in enumerate(languages)
    ]
    batch = objective.collate(prepared(objective, examples))
    vectors = objective.encode(model, None, batch.tensors)
    for vector, example in zip(vectors, examples, strict=True):
        query, code = (torch.tensor([part.ids.tolist()]) for part in example.parts)
        torch.testing.assert_close(vector[0], model.vectors(query, None)[0])
        language = torch.tensor([example.language])
        expected = model.vectors(code, None, modality=1, languages=language)[0]
        torch.testing.assert_close(vector[1], expected)
    loss = objective.losses(vectors, batch.tensors["identities"])["contrastive"]
    loss.backward()
    assert all(parameter.grad.any() for parameter in model.parameters())
