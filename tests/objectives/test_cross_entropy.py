from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from diglot.objectives.cross_entropy import cross_entropy

ROWS, SIZE = 7, 50
TOLERANCE = {torch.float32: 1e-6, torch.bfloat16: 2**-7}
"""Of the largest gradient; it is rounded twice."""


@pytest.fixture
def drawn() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    scores = 5 * torch.randn(ROWS, SIZE, generator=generator)
    targets = torch.randint(SIZE, (ROWS,), generator=generator)
    return scores, targets, torch.rand(ROWS, generator=generator)


@pytest.mark.parametrize("block", [1, 3 * SIZE, 100 * SIZE])
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_loss_and_gradient_are_those_of_torch(drawn, dtype, block, monkeypatch) -> None:
    monkeypatch.setattr("diglot.objectives.cross_entropy._BLOCK", block)
    scores, targets, weights = drawn
    given = scores.to(dtype).requires_grad_()
    expected = functional.cross_entropy(given.float(), targets, reduction="none")
    (expected_gradient,) = torch.autograd.grad((expected * weights).sum(), given)
    found = cross_entropy(given + 0, targets)
    (gradient,) = torch.autograd.grad((found * weights).sum(), given)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected)
    assert gradient.dtype == dtype
    error = (gradient.float() - expected_gradient.float()).abs().max()
    assert error <= TOLERANCE[dtype] * expected_gradient.abs().max()


def test_the_gradient_is_where_the_scores_were(drawn) -> None:
    scores, targets, _ = drawn
    given = scores.requires_grad_()
    working = given + 0
    (gradient,) = torch.autograd.grad(cross_entropy(working, targets).sum(), working)
    assert gradient.data_ptr() == working.data_ptr()
    # What saw the scores before may not be asked for a gradient that needs them.
    squared = given + 0
    lost = squared.square().sum()
    cross_entropy(squared, targets)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        lost.backward()


def test_a_second_gradient_is_refused(drawn) -> None:
    scores, targets, _ = drawn
    loss = cross_entropy(scores.requires_grad_() + 0, targets).sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_without_gradients_the_scores_stay_as_they_are(drawn) -> None:
    scores, targets, _ = drawn
    before = scores.clone()
    with torch.no_grad():
        found = cross_entropy(scores, targets)
    assert torch.equal(scores, before)
    torch.testing.assert_close(found, functional.cross_entropy(scores, targets, reduction="none"))


def test_an_improbable_target_has_a_finite_loss() -> None:
    scores = torch.tensor([[0.0, 300.0]])
    assert cross_entropy(scores, torch.tensor([0])).tolist() == [300.0]


def test_nothing_to_predict_is_no_loss() -> None:
    scores = torch.zeros(0, SIZE, requires_grad=True)
    losses = cross_entropy(scores + 0, torch.zeros(0, dtype=torch.long))
    assert losses.shape == (0,)
    losses.sum().backward()
    assert scores.grad.shape == (0, SIZE)
