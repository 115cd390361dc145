from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from diglot.models import resolve_model


@pytest.fixture
def static_copy(tmp_path: Path) -> Path:
    """A writable copy of the shipped static model."""
    return Path(shutil.copytree(resolve_model("static").path, tmp_path / "model"))


@pytest.fixture
def encoder_copy(tmp_path: Path) -> Path:
    """A writable copy of the shipped encoder."""
    return Path(shutil.copytree(resolve_model("encoder").path, tmp_path / "model"))
