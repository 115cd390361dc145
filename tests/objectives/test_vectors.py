from __future__ import annotations

import numpy as np
import pytest
import torch

from diglot.models.language_model import build_language_model
from diglot.objectives import vectors
from diglot.objectives.vectors import sequence_vectors, vectors_by_length

SHAPE = {"architecture": "bert", "layers": 1, "width": 16, "heads": 2, "length": 64}


@pytest.mark.parametrize("most", [1, 100, 100_000])
def test_groups_are_as_large_as_padding_lets_them_be(monkeypatch, most) -> None:
    monkeypatch.setattr(vectors, "_TOKENS", most)
    lengths = np.sort(np.random.default_rng(0).integers(1, 60, 200)).tolist()
    sizes = vectors._group_sizes(lengths)
    assert sum(sizes) == len(lengths)
    ends = np.cumsum(sizes).tolist()
    for size, end in zip(sizes, ends, strict=True):
        assert size == 1 or size * lengths[end - 1] <= most
        assert end == len(lengths) or (size + 1) * lengths[end] > most


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
