from __future__ import annotations

import os
from pathlib import Path

import pytest

import diglot

if "PYTEST_XDIST_WORKER" in os.environ:
    # Tests beside each other share the cores; what torch and others read once, when imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

SOURCE = Path(diglot.__file__).parent
SPLITS = {"tokenizer": "train", "metrics": "train", "models": "validation"}
"""Folders of this project's own source, each as a repository."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run slow tests too")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes long and is run with --all alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--all"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow: run with --all"))


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory) -> Path:
    """A corpus of some hundred functions of real code, built once."""
    from diglot.corpus.build import build_corpus
    from diglot.corpus.engines.local import LocalEngine
    from diglot.corpus.recipe import CorpusRecipe, SourceEntry

    folder = tmp_path_factory.mktemp("tiny")
    sources = []
    for name, split in SPLITS.items():
        copy = folder / name
        copy.mkdir()
        for path in sorted((SOURCE / name).glob("*.py")):
            (copy / path.name).write_bytes(path.read_bytes())
        (copy / "README.md").write_text(
            f"# The {name} of this project\n\nIt is a layer of its own, and imports only layers "
            "that come before it, so that nothing runs in circles.\n"
        )
        sources.append(SourceEntry(spec=str(copy), split=split))
    recipe = CorpusRecipe(name="tiny", licences="any", sources=tuple(sources))
    build_corpus(recipe, folder / "corpus", cache=folder / "cache", engine=LocalEngine(1))
    return folder / "corpus"


@pytest.fixture(scope="session")
def tiny_tokenizer(tiny_corpus):
    from diglot.tokenizer import train_on_corpus

    return train_on_corpus(tiny_corpus, vocabulary_size=1024)
