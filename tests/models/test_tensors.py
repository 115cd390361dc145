from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from diglot.errors import ModelError
from diglot.models.tensors import read_tensors

TENSORS = {
    name: np.arange(24).reshape(2, 3, 4).astype(dtype)
    for name, dtype in {
        "a": np.int8,
        "b": np.float16,
        "c": np.float32,
        "d": np.float64,
        "e": np.int32,
        "f": np.int64,
    }.items()
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(save(TENSORS, metadata={"format": "np"}))
    return path


def test_reads_what_the_safetensors_package_writes(file: Path):
    found = read_tensors(file)
    assert found.keys() == TENSORS.keys()
    for name, expected in TENSORS.items():
        assert found[name].dtype == expected.dtype
        np.testing.assert_array_equal(found[name], expected)


def test_arrays_are_read_only(file: Path):
    with pytest.raises(ValueError, match="read-only"):
        read_tensors(file)["c"][0] = 1


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 9, 100, -1])
def test_a_file_cut_short_is_named(file: Path, kept: int):
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"model\.safetensors: not a readable safetensors file"):
        read_tensors(file)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ModelError, match=r"none\.safetensors"):
        read_tensors(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    "header",
    [
        [],
        {"a": 1},
        {"a": {"dtype": "F32", "shape": [1]}},
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [-8, -4]}},
        {"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}},
        {"a": {"dtype": "F32", "shape": "x", "data_offsets": [0, 4]}},
        {"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}},
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: object):
    text = json.dumps(header).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        read_tensors(path)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(position=st.integers(0, 400), value=st.integers(0, 255))
def test_a_damaged_byte_never_reads_outside_the_file(file: Path, position: int, value: int):
    content = bytearray(save(TENSORS))
    content[position] = value
    file.write_bytes(content)
    try:
        tensors = read_tensors(file)
    except ModelError:
        return
    assert sum(tensor.nbytes for tensor in tensors.values()) <= 6 * len(content)
    for tensor in tensors.values():
        tensor.sum()  # every byte can be touched
