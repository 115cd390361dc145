from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch

from diglot.models.language_model import build_language_model
from diglot.objectives import vectors
from diglot.objectives.vectors import sequence_vectors, vectors_by_length

SHAPE = {"architecture": "bert", "layers": 1, "width": 16, "heads": 2, "length": 64}


def cost(lengths: list[int], sizes: Sequence[int]) -> float:
    """Of groups of neighbours; infinite if one is too large."""
    total, end = 0.0, 0
    for size in sizes:
        end += size
        padded = size * lengths[end - 1]
        total += vectors._GROUP_COST + padded
        if size > 1 and padded > vectors._TOKENS:
            return float("inf")
    return total


def all_sizes(rows: int) -> Iterator[tuple[int, ...]]:
    """Every way to divide rows into groups of neighbours."""
    if not rows:
        yield ()
    for first in range(1, rows + 1):
        for others in all_sizes(rows - first):
            yield first, *others


@pytest.mark.parametrize("most", [1, 100, 100_000])
@pytest.mark.parametrize("start", [0, 10, 100])
def test_no_other_groups_cost_less(monkeypatch, most, start) -> None:
    monkeypatch.setattr(vectors, "_TOKENS", most)
    monkeypatch.setattr(vectors, "_GROUP_COST", start)
    rng = np.random.default_rng(most + start)
    for _ in range(5):
        lengths = np.sort(rng.integers(1, 60, 9)).tolist()
        sizes = vectors._group_sizes(lengths)
        assert sum(sizes) == len(lengths)
        assert cost(lengths, sizes) == min(cost(lengths, other) for other in all_sizes(9))


def test_reading_by_length_changes_neither_vectors_nor_gradients(
    monkeypatch, tiny_tokenizer
) -> None:
    monkeypatch.setattr(vectors, "_TOKENS", 80)
    torch.manual_seed(0)
    model = build_language_model(SHAPE, tiny_tokenizer).eval()
    lengths = [torch.tensor([3, 40, 7]), torch.tensor([12, 5, 60])]
    batches = [(torch.randint(5, 900, (3, int(own.max()))), own) for own in lengths]

    def gradient(made: list[torch.Tensor]) -> torch.Tensor:
        model.zero_grad()
        torch.cat(made).pow(3).sum().backward()
        return torch.cat([one.grad.flatten() for one in model.parameters() if one.grad is not None])

    whole = [sequence_vectors(model, ids, own) for ids, own in batches]
    parts = vectors_by_length(model, batches)
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other)
    torch.testing.assert_close(gradient(whole), gradient(parts), rtol=1e-4, atol=1e-5)
