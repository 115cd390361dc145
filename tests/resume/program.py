"""Runs recipes one after the other, each in processes of its own that are forked off this one.

A process that is to be killed kills itself, without notice; the others end as programs do, with all
that torch does at exit. This one only imports: a fork is a fresh start, and importing torch anew
would take most of the time of a test.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.processes import free_port, wait_for

from diglot.training.recipe import load_recipe
from diglot.training.run import run_recipe
from diglot.training.tracking import Tracker


def run_phase(phase: dict[str, Any]) -> None:
    advance = Tracker.advance

    def killed(tracker: Tracker, step: int) -> None:
        advance(tracker, step)
        if step == phase["kill_after"]:
            os.kill(os.getpid(), signal.SIGKILL)

    Tracker.advance = killed  # type: ignore[method-assign]
    run_recipe(
        load_recipe(phase["recipe"], phase["changes"]),
        phase["corpus"],
        phase["output"],
        cache=Path(phase["cache"]),
        resume=phase["resume"],
    )


def start(phase: dict[str, Any], rank: int, port: int) -> int:
    process = os.fork()
    if process:
        return process
    try:
        if phase["processes"] > 1:
            os.environ |= {
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(phase["processes"]),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "ACCELERATE_USE_CPU": "true",
            }
        run_phase(phase)
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    sys.exit(0)


def main() -> None:
    given = json.load(sys.stdin)
    for phase in given["phases"]:
        port = free_port()
        started = [start(phase, rank, port) for rank in range(phase["processes"])]
        codes = wait_for(started)
        assert codes == {-signal.SIGKILL if phase["kill_after"] else 0}, (phase, codes)


if __name__ == "__main__":
    main()
