from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from diglot.inference import Encoder, load_encoder
from diglot.inference.onnx import OnnxEncoder
from diglot.inference.static import StaticEncoder
from diglot.models import resolve_model


@pytest.fixture(scope="session")
def static() -> StaticEncoder:
    return StaticEncoder(resolve_model("static"))


@pytest.fixture(scope="session")
def onnx() -> OnnxEncoder:
    return OnnxEncoder(resolve_model("encoder"))


@pytest.fixture(scope="session", params=["static", "encoder"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return load_encoder(request.param)


@pytest.fixture(params=["static", "encoder"])
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A writable copy of each shipped model."""
    return Path(shutil.copytree(resolve_model(request.param).path, tmp_path / request.param))
