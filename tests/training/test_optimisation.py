from __future__ import annotations

import pytest
import torch
from torch import nn

from diglot.training.optimisation import learning_rate, make_optimizer
from diglot.training.recipe import OptimizerRecipe


def rates(**settings: object) -> list[float]:
    recipe = OptimizerRecipe(lr=1.0, steps=100, **settings)  # type: ignore[arg-type]
    return [learning_rate(recipe, step) for step in range(100)]


def test_the_rate_rises_in_a_line_then_falls_to_nothing() -> None:
    found = rates(warmup=10)
    assert found[:10] == pytest.approx([0.1 * step for step in range(1, 11)])
    assert found[9] == max(found) == 1.0
    assert found[54] == pytest.approx(0.5)
    assert found[-1] == pytest.approx(0.0)
    assert found[9:] == sorted(found[9:], reverse=True)


def test_a_warm_up_below_one_is_a_share_and_cosine_ends_at_the_floor() -> None:
    found = rates(warmup=0.2, schedule="cosine", floor=0.1)
    assert found[19] == pytest.approx(1.0)
    assert found[59] == pytest.approx(0.55)
    assert found[-1] == pytest.approx(0.1)


def test_a_constant_rate_stays() -> None:
    assert set(rates(schedule="constant")) == {1.0}


def test_vectors_are_not_decayed() -> None:
    module = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
    optimizer = make_optimizer(module, OptimizerRecipe(lr=0.1, steps=1, weight_decay=0.5))
    before = {name: value.detach().clone() for name, value in module.named_parameters()}
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for name, value in module.named_parameters():
        expected = before[name] * 0.95 if value.ndim > 1 else before[name]
        torch.testing.assert_close(value.detach(), expected)
