from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.processes import free_port
from torch import distributed, multiprocessing, nn

from diglot.models.language_model import build_language_model
from diglot.objectives.base import Example, Tokens
from diglot.objectives.contrastive import ContrastiveSettings
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import train_tokenizer
from diglot.training.cached_gradients import cached_backward, gather

EXAMPLES = 8
SETTINGS = {"negatives": "all", "gamma": "trained", "hard_positives": 0.5, "mined": 1}


def tokens(rng: np.random.Generator, info: TokenizerInfo) -> Tokens:
    ids = rng.choice(info.ordinary, rng.integers(3, 12)).astype(np.int32)
    zeros = np.zeros(len(ids), np.int32)
    return Tokens(ids, zeros.astype(np.uint8), zeros == 0, zeros, zeros - 1, zeros)


class Encoder(nn.Module):
    """A tiny model with dropout behind one `forward`, as a distributed wrapper wants it."""

    def __init__(self, dropout: float, **settings) -> None:
        super().__init__()
        tokenizer = train_tokenizer(["name value " * 20], vocabulary_size=560)
        info = TokenizerInfo.of(tokenizer)
        torch.manual_seed(0)
        shape = {"layers": 1, "width": 16, "heads": 2, "length": 32, "dropout": dropout}
        self.model = build_language_model(
            {"architecture": "roberta"} | shape, tokenizer, attention="eager"
        )
        self.objective = ContrastiveSettings(**settings).build(Context(info))
        rng = np.random.default_rng(0)
        self.examples = [
            Example(key, tuple(tokens(rng, info) for _ in range(5))) for key in range(EXAMPLES)
        ]

    def forward(self, tensors) -> torch.Tensor:
        return self.objective.encode(self.model, None, tensors)

    def batches(self, count: int, rows: slice = slice(None)):
        """The same examples in some number of micro-batches."""
        arrays = [
            self.objective.prepare(example, np.random.default_rng(example.key))
            for example in self.examples[rows]
        ]
        parts = np.array_split(np.arange(len(arrays)), count)
        return [self.objective.collate([arrays[row] for row in part]).tensors for part in parts]

    def gradient(self) -> torch.Tensor:
        present = [p.grad.flatten() for p in self.parameters() if p.grad is not None]
        return torch.cat(present)


FACTORS = {"contrastive": 0.7 / EXAMPLES}


def uncached(encoder: Encoder, batches):
    torch.manual_seed(1)
    encoder.zero_grad()
    vectors = torch.cat([encoder(tensors) for tensors in batches])
    identities = torch.cat([tensors["identities"] for tensors in batches])
    loss = encoder.objective.losses(vectors, identities)["contrastive"]
    (loss * FACTORS["contrastive"]).backward()
    return loss.detach(), encoder.gradient(), torch.get_rng_state()


def cached(encoder: Encoder, batches):
    torch.manual_seed(1)
    encoder.zero_grad()
    sums = cached_backward(encoder, encoder.objective.losses, batches, factors=FACTORS)
    return sums["contrastive"], encoder.gradient(), torch.get_rng_state()


def assert_same(one: torch.Tensor, other: torch.Tensor, relative: float = 1e-6) -> None:
    assert one.shape == other.shape
    assert (one - other).norm() <= relative * other.norm()


@pytest.mark.parametrize("micro_batches", [1, 2, 4])
@pytest.mark.parametrize("settings", [{}, SETTINGS], ids=["infonce", "codesage"])
def test_cached_equals_uncached_with_dropout(settings, micro_batches):
    encoder = Encoder(dropout=0.3, **settings)
    batches = encoder.batches(micro_batches)
    (loss, gradient, state), expected = cached(encoder, batches), uncached(encoder, batches)
    assert_same(loss, expected[0])
    assert_same(gradient, expected[1])
    assert gradient.norm() > 1e-4
    assert torch.equal(state, expected[2])  # what is drawn next is the same too


def test_dropout_is_at_work():
    encoder = Encoder(dropout=0.3)
    first, second = (cached(encoder, encoder.batches(count))[0] for count in (1, 2))
    assert first != second


@pytest.mark.parametrize("micro_batches", [2, 4, 8])
def test_the_number_of_micro_batches_changes_nothing(micro_batches):
    encoder = Encoder(dropout=0.0, **SETTINGS)
    loss, gradient, _ = cached(encoder, encoder.batches(micro_batches))
    expected = uncached(encoder, encoder.batches(1))
    assert_same(loss, expected[0])
    assert_same(gradient, expected[1])


def test_gradients_add_up_and_scale():
    encoder = Encoder(dropout=0.0)
    batches = encoder.batches(2)
    _, once, _ = cached(encoder, batches)
    cached_backward(encoder, encoder.objective.losses, batches, factors=FACTORS, scale=3.0)
    assert_same(encoder.gradient(), 4 * once)


def test_no_micro_batches_are_refused():
    with pytest.raises(ValueError, match="no micro-batches"):
        cached_backward(lambda tensors: tensors["x"], lambda *_: {}, [], factors={})


def test_gather_of_one_process_is_the_rows_without_a_graph():
    rows = torch.randn(3, 2, requires_grad=True)
    everything, own = gather(rows)
    assert torch.equal(everything, rows)
    assert not everything.requires_grad
    assert own == slice(0, 3)


def one_of_two(rank: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "USE_LIBUV": "0"}
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    encoder = Encoder(dropout=0.0, **SETTINGS)
    rows = slice(0, 5) if rank == 0 else slice(5, 8)
    found = {}
    for count in (1, 2):
        wrapped = nn.parallel.DistributedDataParallel(encoder, find_unused_parameters=True)
        encoder.zero_grad()
        sums = cached_backward(
            wrapped,
            encoder.objective.losses,
            encoder.batches(count, rows),
            factors=FACTORS,
            scale=2.0,
            no_sync=wrapped.no_sync,
        )
        found |= {f"loss_{count}": sums["contrastive"], f"gradient_{count}": encoder.gradient()}
    mine = torch.arange(2.0 + rank)[:, None] + 1
    everything, own = gather(mine)
    found |= {"gathered": everything, "own": everything[own].clone()}
    save_file(found, Path(folder) / f"{rank}.safetensors")
    distributed.barrier()
    # No tear-down: where a collective's tensors are freed late, on gloo's thread, torch waits there
    # for Python's lock and here, holding it, for the thread.
    os._exit(0)


@pytest.mark.skipif(not distributed.is_gloo_available(), reason="torch was built without gloo")
def test_two_processes_with_uneven_shares_equal_one(tmp_path: Path):
    multiprocessing.spawn(one_of_two, args=(free_port(), str(tmp_path)), nprocs=2)
    encoder = Encoder(dropout=0.0, **SETTINGS)
    loss, gradient, _ = uncached(encoder, encoder.batches(1))
    for rank in (0, 1):
        found = load_file(tmp_path / f"{rank}.safetensors")
        for count in (1, 2):
            assert_same(found[f"loss_{count}"], loss)
            assert_same(found[f"gradient_{count}"], gradient, 2e-6)
        assert found["gathered"].flatten().tolist() == [1, 2, 1, 2, 3]
        assert found["own"].flatten().tolist() == [1, 2, 3][: 2 + rank]
