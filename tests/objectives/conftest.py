from __future__ import annotations

import pytest
import torch

from diglot.models.language_model import build_language_model
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import CodeTokenizer, train_tokenizer

SHAPE = {"layers": 2, "width": 32, "heads": 2, "length": 64}


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Two threads wait for each other more than they compute, on models of this size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tokenizer() -> CodeTokenizer:
    names = " ".join(f"name_{number} value{number}" for number in range(300))
    return train_tokenizer([names], vocabulary_size=600)


@pytest.fixture(scope="session")
def info(tokenizer) -> TokenizerInfo:
    return TokenizerInfo.of(tokenizer)


@pytest.fixture(scope="session")
def build(tokenizer):
    """A function from an architecture to a tiny model of it."""

    def make(architecture, **settings):
        torch.manual_seed(0)
        settings = SHAPE | {"architecture": architecture} | settings
        return build_language_model(settings, tokenizer, attention="eager").eval()

    return make
