"""Processes of a run begin, fail and end together."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.processes import free_port

PROGRAM = """
import sys
from diglot.errors import InputError
from diglot.training.processes import all_processes, in_main

def work():
    done.append(1)
    if sys.argv[1] == "input":
        raise InputError("no such thing")
    if sys.argv[1] == "defect":
        raise KeyError("thing")

done = []
try:
    with all_processes(True) as processes:
        rank = processes.process_index
        in_main(work)
except Exception as error:
    print(type(error).__name__, error, file=sys.stderr)
print(rank, len(done))
"""


def together(how: str) -> list[tuple[int, str, str]]:
    """Exit code, output and errors of two processes."""
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    shared = address | {"WORLD_SIZE": "2", "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, how],
            env=os.environ | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    outputs = [process.communicate(timeout=600) for process in started]
    codes = [process.returncode for process in started]
    return [(code, *output) for code, output in zip(codes, outputs, strict=True)]


def test_what_the_main_process_does_the_others_wait_for() -> None:
    assert together("well") == [(0, "0 1\n", ""), (0, "1 0\n", "")]


def test_an_error_of_the_main_process_is_that_of_all() -> None:
    line = "InputError no such thing\n"
    assert together("input") == [(0, "0 1\n", line), (0, "1 0\n", line)]


def test_a_defect_in_the_main_process_stops_the_others() -> None:
    (_, _, own), (_, _, other) = together("defect")
    assert own == "KeyError 'thing'\n"
    assert other.startswith("RuntimeError")
