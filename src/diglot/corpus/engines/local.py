"""The stages of a build on this machine, each task in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from diglot.corpus.deduplicate import read_components
from diglot.corpus.engines.base import Progress
from diglot.corpus.minhash import Sketching
from diglot.errors import DiglotError

T = TypeVar("T")

_PRELOADED = ["diglot.corpus.tasks"]


class LocalEngine:
    """Runs up to `workers` tasks at once.

    A process ends with its task. So memory that a grammar leaks comes back, and a grammar that
    crashes takes only one task with it, which is known by it.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def run(
        self,
        function: Callable[[T], None],
        tasks: Sequence[T],
        crashed: Callable[[T], bool],
        progress: Progress,
    ) -> None:
        """See `Engine.run`."""
        context = _context()
        waiting = list(reversed(tasks))
        running: dict[int, tuple[BaseProcess, Connection, T]] = {}
        done = 0
        try:
            while waiting or running:
                while waiting and len(running) < self._workers:
                    process, receiver = _started(context, function, waiting[-1])
                    running[process.sentinel] = (process, receiver, waiting.pop())
                for sentinel in wait(list(running)):
                    assert isinstance(sentinel, int)
                    process, receiver, task = running.pop(sentinel)
                    process.join()
                    if _ended_well(process, receiver):
                        done += 1
                        progress(done, len(tasks))
                    elif crashed(task):
                        waiting.append(task)
                    else:
                        code = process.exitcode
                        raise DiglotError(f"a worker process ended with {code}; run it again")
        finally:
            for process, _, _ in running.values():
                process.kill()
                process.join()

    def components(self, folder: Path, rows: int, sketching: Sketching) -> NDArray[np.uint32]:
        """See `Engine.components`."""
        return read_components(folder, rows, sketching)


def _context() -> BaseContext:
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _started(
    context: BaseContext, function: Callable[[T], None], task: T
) -> tuple[BaseProcess, Connection]:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(function, task, sender), daemon=True)  # type: ignore[attr-defined]
    process.start()
    sender.close()
    return process, receiver


def _work(function: Callable[[T], None], task: T, sender: Connection) -> None:
    """Run a task in a new process and send why it failed, or nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process tells when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        function(task)
        sender.send(None)
    except (DiglotError, OSError) as error:
        sender.send(str(error))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ended_well(process: BaseProcess, receiver: Connection) -> bool:
    """Whether a process did its task; False if a signal ended it.

    Raises:
        DiglotError: The task failed.
    """
    with receiver:
        try:
            message = receiver.recv() if receiver.poll() else ""
        except EOFError:
            message = ""
    if message is None:
        return True
    if message:
        raise DiglotError(message)
    if process.exitcode is not None and process.exitcode < 0:
        return False
    raise DiglotError("a worker process failed, for the reason above")
