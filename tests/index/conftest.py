from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache as remember
from pathlib import Path

import pytest
from tests.index.support import LONG_AGO

import diglot.index.index as index_module
from diglot.index import Index
from diglot.inference import load_encoder


@pytest.fixture(autouse=True)
def no_user_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))
    monkeypatch.delenv("DIGLOT_CACHE_DIR", raising=False)


load_encoder_once = remember(load_encoder)


@pytest.fixture(autouse=True)
def models_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load each model once for all tests: they open hundreds of indexes."""
    monkeypatch.setattr(index_module, "load_encoder", load_encoder_once)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def write(root: Path) -> Callable[..., Path]:
    """Write a file of the project, by default one that was last changed long ago."""

    def write_file(path: str, content: str | bytes, mtime_ns: int = LONG_AGO) -> Path:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(file, ns=(mtime_ns, mtime_ns))
        return file

    return write_file


@pytest.fixture
def open_index(root: Path, cache: Path) -> Callable[[], Index]:
    """Open the index of the project."""
    return lambda: Index.open(root, cache_folder=cache)


@pytest.fixture
def fresh_index(root: Path, tmp_path: Path) -> Callable[[], Index]:
    """Open an index of the project as it is now, built from nothing."""
    folders = (tmp_path / f"fresh-{number}" for number in range(10**6))
    return lambda: Index.open(root, cache_folder=next(folders))
