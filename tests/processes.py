"""Processes of a test that find each other by a port, and end together."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterable


def free_port() -> int:
    """A port of this machine that nothing listens on, to be used at once."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_for(processes: Iterable[int]) -> set[int]:
    """Wait for child processes; once one fails, the others, which would wait for it, are killed.

    Args:
        processes: their numbers.

    Returns:
        Their exit codes.
    """
    running, codes = set(processes), set()
    while running:
        process, status = os.wait()
        running.discard(process)
        codes.add(os.waitstatus_to_exitcode(status))
        if status:
            for other in running:
                os.kill(other, signal.SIGKILL)
    return codes
