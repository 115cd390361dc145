"""Running the clients of package registries: pip, npm, apt, git."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from diglot.errors import InputError

_OF_A_REPOSITORY = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
"""Set while git runs a hook, and they would lead our git elsewhere."""


def find_client(name: str, needed_for: str) -> str:
    """Path of a program.

    Raises:
        InputError: It is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise InputError(f"{needed_for} needs `{name}`, which is not installed or not on PATH")
    return path


def run_client(
    command: Sequence[str | Path],
    *,
    failing: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> bytes:
    """Run a client without a terminal and return what it prints.

    Args:
        command: program and arguments; no shell is involved.
        failing: start of the message if it fails, such as "cannot download attrs 24.2.0".
        cwd: folder to run in.
        env: variables besides those of this process.

    Raises:
        InputError: The client failed; the message ends with what it said last.
    """
    done = subprocess.run(
        [os.fspath(part) for part in command],
        cwd=cwd,
        env=client_environment(env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise InputError(f"{failing}: {last_words(done.stderr, done.stdout)}")
    return done.stdout


def client_environment(more: Mapping[str, str]) -> dict[str, str]:
    """Variables for a client: one language of messages, and no repository but the one named."""
    inherited = {key: value for key, value in os.environ.items() if key not in _OF_A_REPOSITORY}
    return {**inherited, "LC_ALL": "C", **more}


def last_words(*outputs: bytes) -> str:
    """The lines of an output that tell why a client failed, on one line."""
    lines = [
        line.strip()
        for output in outputs
        for line in output.decode("utf-8", "replace").splitlines()
        if line.strip()
    ]
    starts = ("error", "e:", "fatal", "npm err")
    errors = [line for line in lines if line.lower().startswith(starts)]
    return " ".join(errors[:4] or lines[-4:]) or "it gave no reason"
