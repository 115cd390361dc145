from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import diglot
from diglot.models import resolve_model
from diglot.tokenizer import CodeTokenizer, train_tokenizer


@pytest.fixture
def static_copy(tmp_path: Path) -> Path:
    """A writable copy of the shipped static model."""
    return Path(shutil.copytree(resolve_model("static").path, tmp_path / "model"))


@pytest.fixture
def encoder_copy(tmp_path: Path) -> Path:
    """A writable copy of the shipped encoder."""
    return Path(shutil.copytree(resolve_model("encoder").path, tmp_path / "model"))


@pytest.fixture(scope="session")
def tokenizer() -> CodeTokenizer:
    """A small vocabulary, marks included."""
    texts = [path.read_text("utf-8") for path in sorted(Path(diglot.__file__).parent.glob("*.py"))]
    return train_tokenizer(texts, vocabulary_size=600)


@pytest.fixture(scope="session")
def larger_tokenizer() -> CodeTokenizer:
    texts = [path.read_text("utf-8") for path in sorted(Path(diglot.__file__).parent.glob("*.py"))]
    return train_tokenizer(texts, vocabulary_size=640)
