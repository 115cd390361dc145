"""Open indexes in child processes that are killed on the way.

Standard input has a JSON list of runs, each an object with `root`, `cache`, `batch` (files a
commit) and where to kill:

- `delay`: after so many seconds;
- `progress`: when so many files are done;
- `function`, `call`, `when`: before or after the so-manieth call of a function.

`compacted` is how many rows a vector store must have to be compacted.

Standard output gets a JSON list that tells of each run whether it was killed.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import sys
import time
from typing import Any

from diglot.index import Index, refresh, store


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(function: str, call: int, when: str) -> None:
    """Replace `module:name` or `module:Class.name` by itself with a death in it."""
    module, _, path = function.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for part in classes:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    calls = 0

    @functools.wraps(original)
    def dying(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            die()
        result = original(*args, **options)
        if calls == call:
            die()
        return result

    setattr(owner, name, dying)


def open_in_child(run: dict[str, Any]) -> None:
    refresh._BATCH_FILES = run["batch"]
    store._COMPACTED_ROWS = run.get("compacted", store._COMPACTED_ROWS)
    if "function" in run:
        kill_at(run["function"], run["call"], run["when"])

    def progress(done: int, total: int) -> None:
        if done == run.get("progress"):
            die()

    Index.open(run["root"], cache_folder=run["cache"], progress=progress)


def was_killed(run: dict[str, Any]) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            open_in_child(run)
            code = 0
        finally:
            os._exit(code)
    if "delay" in run:
        time.sleep(run["delay"])
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"run {run} exited with {code}")
    return code == -signal.SIGKILL


if __name__ == "__main__":
    json.dump([was_killed(run) for run in json.load(sys.stdin)], sys.stdout)
