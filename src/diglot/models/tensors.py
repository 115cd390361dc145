"""Tensors of a safetensors file as read-only memory maps.

The format is a length (8 bytes, little-endian), a JSON header of that length, then raw data. It is
read here by hand because the `safetensors` package costs ten times the import time of these lines.
"""

from __future__ import annotations

import mmap
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diglot.documents import parse_json
from diglot.errors import ModelError

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "|i1"}
_LONGEST_HEADER = 100_000_000
"""Bytes; the format's own limit."""


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Map the tensors of a safetensors file; of integers no data is read until it is touched.

    Args:
        path: The file.

    Returns:
        Arrays by tensor name. Tensors of types NumPy lacks (bfloat16, ...) are left out.

    Raises:
        ModelError: The file cannot be read, is cut short or not in this format, or a number in it
            is not finite.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header_bytes = int.from_bytes(data[:8], "little")
        if not 2 <= header_bytes <= min(_LONGEST_HEADER, len(data) - 8):
            raise ValueError(f"a header of {header_bytes} bytes in a file of {len(data)}")
        header = parse_json(data[8 : 8 + header_bytes])
        tensors = {
            name: _map(data, 8 + header_bytes, entry)
            for name, entry in header.items()
            if name != "__metadata__" and entry["dtype"] in _DTYPES
        }
        _check_apart(tensors)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ModelError(f"{path}: not a readable safetensors file ({error})") from error
    for name, tensor in tensors.items():
        if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
            raise ModelError(f"{path}: tensor {name!r} holds NaN or infinity; accepted: numbers")
    return tensors


def _check_apart(tensors: dict[str, NDArray[Any]]) -> None:
    """Check that no two tensors share bytes, as the format demands."""
    places = sorted((one.ctypes.data, one.nbytes, name) for name, one in tensors.items())
    for (start, size, name), (next_start, next_size, other) in pairwise(places):
        if size and next_size and start + size > next_start:
            raise ValueError(f"tensors {name!r} and {other!r} overlap")


def _map(data: mmap.mmap, start: int, entry: dict[str, Any]) -> NDArray[Any]:
    """Return one tensor of the file as a view of `data`; `start` is where the data begin."""
    dtype = np.dtype(_DTYPES[entry["dtype"]])
    begin, end = (start + int(offset) for offset in entry["data_offsets"])
    if not start <= begin <= end <= len(data):
        raise ValueError(f"a tensor ends at byte {end} of a file of {len(data)}")
    count = prod(entry["shape"])
    if min(entry["shape"], default=0) < 0 or count * dtype.itemsize != end - begin:
        raise ValueError(f"a tensor of shape {entry['shape']} in {end - begin} bytes")
    return np.frombuffer(data, dtype, count, begin).reshape(entry["shape"])
