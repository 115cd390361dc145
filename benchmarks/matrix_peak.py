"""Floating-point operations per second of matrix products, by dtype, as JSON.

    python -m benchmarks.matrix_peak FILE.json

A program of its own, as the instruction set is fixed when the first product is computed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from diglot.training.probe import DType, matrix_peak

DTYPES: tuple[DType, ...] = ("float32", "bfloat16")


def main() -> None:
    """Measure each dtype on the device that training would use."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    peaks = {dtype: matrix_peak(device, dtype) for dtype in DTYPES}
    Path(sys.argv[1]).write_text(json.dumps(peaks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
