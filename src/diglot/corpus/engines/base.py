"""What runs the stages of a build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from diglot.corpus.minhash import Sketching

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Told how many of how many tasks are done."""


class Engine(Protocol):
    """Runs tasks that leave their results in files, in any order, and groups duplicates.

    A build gives the same bytes on every engine: order comes from the tasks, never from when
    they end.
    """

    def run(
        self,
        function: Callable[[T], None],
        tasks: Sequence[T],
        crashed: Callable[[T], bool],
        progress: Progress,
    ) -> None:
        """Run a function on every task.

        Args:
            function: Of the top level of a module, so that other processes find it.
            tasks: What it is called with; plain values.
            crashed: Called with a task whose process was ended from within, by a defect of a
                parser; says whether another try can succeed.
            progress: Told after each task.

        Raises:
            DiglotError: A task failed.
        """
        ...

    def components(self, folder: Path, rows: int, sketching: Sketching) -> NDArray[np.uint32]:
        """Find the connected components of near-duplicates.

        Args:
            folder: What `write_sketches` wrote.
            rows: Number of texts in it.
            sketching: How to compare.

        Returns:
            For each text the first text of its component, shape (rows,).
        """
        ...
