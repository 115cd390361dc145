from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diglot.corpus.reader import open_corpus
from diglot.training.reading import Reading
from diglot.training.recipe import Recipe, recipe_from

MODEL = {"architecture": "roberta", "layers": 1, "width": 32, "heads": 2, "length": 64}
RUN = {"dtype": "float32", "attention": "eager", "threads": 1, "device": "cpu", "log_every": 1}


@pytest.fixture(scope="session")
def token_cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tokens")


@pytest.fixture(scope="session")
def reading(tiny_corpus, tiny_tokenizer, token_cache) -> Reading:
    return Reading(open_corpus(tiny_corpus), tiny_tokenizer, token_cache)


@pytest.fixture
def recipe_of(tiny_tokenizer, tmp_path) -> Callable[..., Recipe]:
    """A recipe of small things; tables given replace keys of the ones here."""
    tiny_tokenizer.save(tmp_path / "vocabulary")

    def make(**tables: Any) -> Recipe:
        document = {
            "model": tables.get("model", MODEL),
            "tokenizer": {"from": str(tmp_path / "vocabulary")} | tables.get("tokenizer", {}),
            "data": {"length": 64, "batch": 16} | tables.get("data", {}),
            "objectives": tables.get("objectives", [{"name": "mlm"}]),
            "optimizer": {"lr": 1e-3, "steps": 6} | tables.get("optimizer", {}),
            "run": RUN | tables.get("run", {}),
        }
        return recipe_from(document, "recipe test", "test")

    return make
