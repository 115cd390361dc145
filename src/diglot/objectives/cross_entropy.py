"""Cross-entropy over a vocabulary whose gradient takes the place of the scores.

PyTorch's own keeps the scores in float32, their log-softmax and its gradient: twelve bytes for each
token of the vocabulary and each prediction, nearly half of what a small decoder's step takes. Here
the gradient is computed along with the loss, a block at a time, and written over the scores, as in
Liger Kernel (Hsu et al. 2024, 2410.10989).
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

_BLOCK = 2**24
"""Scores that are worked on at once, in float32."""


def cross_entropy(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Compute the loss of each prediction, and lay its gradient where the scores were.

    Args:
        scores: (m, vocabulary), of any floating dtype; of no use afterwards where gradients are
            asked for, and its gradient may be asked for once.
        targets: (m,) int64.

    Returns:
        (m,) float32.
    """
    losses: torch.Tensor = _CrossEntropy.apply(scores, targets)  # type: ignore[no-untyped-call]
    return losses


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:  # noqa: ANN401
        losses = torch.empty(len(scores), device=scores.device)
        rows = max(_BLOCK // scores.shape[1], 1)
        blocks = (torch.split(each, rows) for each in (scores, targets[:, None], losses))
        for block, target, loss in zip(*blocks, strict=True):
            chances = functional.log_softmax(block.float(), 1)
            loss.copy_(-chances.gather(1, target)[:, 0])
            if ctx.needs_input_grad[0]:
                chances.exp_().scatter_add_(1, target, chances.new_full(target.shape, -1.0))
                block.copy_(chances)
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(scores)
        return losses

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:  # noqa: ANN401
        (scores,) = ctx.saved_tensors
        return scores.mul_(gradient[:, None]), None
