"""AdamW and the learning rate over time."""

from __future__ import annotations

import math

import torch
from torch import nn

from diglot.training.recipe import OptimizerRecipe


def make_optimizer(module: nn.Module, recipe: OptimizerRecipe) -> torch.optim.AdamW:
    """Make a fused AdamW over all parameters that are trained; vectors are not decayed."""
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.ndim >= 2]
    vectors = [parameter for parameter in trained if parameter.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=recipe.lr,
        betas=recipe.betas,
        eps=recipe.eps,
        fused=True,
    )


def learning_rate(recipe: OptimizerRecipe, step: int) -> float:
    """The rate of an update, a pure function of its number.

    Args:
        recipe: with `steps` resolved.
        step: from 0. The first has the rate 1 / warm-up steps of the highest one, not 0.
    """
    warmup = recipe.warmup if recipe.warmup >= 1 else recipe.warmup * recipe.steps
    if step + 1 < warmup:
        return recipe.lr * (step + 1) / warmup
    if recipe.schedule == "constant":
        return recipe.lr
    rest = max(recipe.steps - warmup, 1)
    done = min(max(step + 1 - warmup, 0) / rest, 1.0)
    left = 1 - done if recipe.schedule == "linear" else (1 + math.cos(math.pi * done)) / 2
    return recipe.lr * (recipe.floor + (1 - recipe.floor) * left)
