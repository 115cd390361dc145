"""A process that asks indexes, and may die of a damaged one without ending the benchmark."""

from __future__ import annotations

import multiprocessing
import shutil
import traceback
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from benchmarks.same_answers import Answers, answers, difference
from diglot.errors import DiglotError

PATIENCE = 300.0
"""Seconds that an answer may take."""
_SPAWN = multiprocessing.get_context("spawn")


class Asker:
    """Asks indexes of one tree, in a process that is begun anew when it dies."""

    def __init__(self, root: Path) -> None:
        """Ask indexes of the tree `root`."""
        self._root = root
        self._process: SpawnProcess | None = None
        self._line: Connection

    def outcome(self, cache: Path, expected: Answers | Path) -> tuple[str, str]:
        """Ask the index of a cache and compare.

        Args:
            cache: folder of the index that is opened.
            expected: the right answers, or a cache that is asked for them after its indexes, but
                not its vectors of the encoder, were deleted.

        Returns:
            What is wrong, with details: nothing, `hits`, `scores`, `named` (an error of diglot's
            own), `traceback` (another exception), `crash` (the process died) or `hang`.
        """
        if self._process is None or not self._process.is_alive():
            self._line, theirs = _SPAWN.Pipe()
            self._process = _SPAWN.Process(target=_serve, args=(theirs, self._root), daemon=True)
            self._process.start()
            theirs.close()
        self._line.send((cache, expected))
        try:
            if not self._line.poll(PATIENCE):
                self.close()
                return "hang", f"no answer in {PATIENCE:.0f} s"
            verdict, detail = self._line.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            return "crash", f"exit code {self._process.exitcode}"
        return verdict, detail

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def _serve(line: Connection, root: Path) -> None:
    while True:
        cache, expected = line.recv()
        try:
            found = answers(root, cache)
            if isinstance(expected, Path):
                shutil.rmtree(expected / "indexes", ignore_errors=True)
                expected = answers(root, expected)
            line.send(difference(found, expected))
        except DiglotError as error:
            line.send(("named", f"{type(error).__name__}: {error}"))
        except BaseException:
            line.send(("traceback", traceback.format_exc()[-1500:]))
