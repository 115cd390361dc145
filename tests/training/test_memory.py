"""Memory is kept from one step to the next."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import resource, sys
from diglot.training.memory import keep_memory
if sys.argv[1] == "keep":
    keep_memory()
import torch
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step():
    for size in (3_000_000, 20_000_000, 40_000_000):
        torch.ones(size).sum()
step()
before = faults()
step()
print(faults() - before)
"""


def _faults(which: str) -> int:
    """Page faults of a step like the one before it."""
    command = [sys.executable, "-c", _PROGRAM, which]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="what is set belongs to glibc")
def test_a_step_finds_the_memory_of_the_one_before_it() -> None:
    assert _faults("keep") < 1_000 < _faults("leave")
