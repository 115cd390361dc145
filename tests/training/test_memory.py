"""Memory is kept from one step to the next."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_PROGRAM = """
import sys
from pathlib import Path
from diglot.training.memory import keep_memory, release_memory
if sys.argv[1] == "keep":
    keep_memory()
import torch
def resident():
    fields = Path("/proc/self/status").read_text().split("VmRSS:")[1].split()
    return int(fields[0]) // 1024
def step():
    for size in (3_000_000, 20_000_000, 40_000_000):
        torch.ones(size).sum()
torch.ones(10).sum()
sizes = [resident()]
for _ in range(3):
    step()
    sizes.append(resident())
release_memory()
print(*sizes, resident())
"""


def _resident(which: str) -> list[int]:
    """MiB of memory before the first of three steps, after each, and once it is released.

    The largest tensor takes 153 MiB.
    """
    command = [sys.executable, "-c", _PROGRAM, which]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [int(word) for word in done.stdout.split()]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what is set belongs to glibc")
def test_a_step_finds_the_memory_of_the_one_before_it() -> None:
    before, first, _, third, released = _resident("keep")
    assert first - before > 140
    assert third - first < 10
    assert released - before < 10
    before, first, _, third, _ = _resident("leave")
    assert max(first, third) - before < 50
