"""What a run tells while it goes on: JSON lines, TensorBoard if installed, a bar on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from diglot.documents import parse_json
from diglot.printable import printable
from diglot.training.folder import write_whole

METRICS = "metrics.jsonl"


class Tracker(AbstractContextManager["Tracker"]):
    """Writes metrics of one process; those of other processes than the main one write nothing.

    Args:
        folder: of the run.
        steps: of the whole run.
        first: step to begin with; lines from there on, of a run that was killed, are dropped, and
            the last evaluation, which ends every run, of one that had ended.
        active: whether this process writes.
    """

    def __init__(self, folder: Path, steps: int, first: int, *, active: bool = True) -> None:
        self._active = active
        self._board: Any = None
        self._bar: Any = None
        if not active:
            return
        path = folder / METRICS
        kept = [
            json.dumps(line) + "\n"
            for line in read_metrics(folder)
            if first >= line["step"] > 0
            and (line["step"], line.get("kind")) != (steps, "validation")
        ]
        write_whole(path, "".join(kept))
        self._file = path.open("a", encoding="utf-8")
        try:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(folder / "tensorboard", purge_step=first)
        except ImportError:
            pass
        if sys.stderr.isatty():
            self._bar = _bar(steps, first)

    def __exit__(self, *_: object) -> None:
        if self._active:
            self._file.close()
        if self._board is not None:
            self._board.close()
        if self._bar is not None:
            self._bar[0].stop()

    def log(self, step: int, values: Mapping[str, Any], prefix: str = "train") -> None:
        """Write the metrics after a step."""
        if not self._active:
            return
        self._write({"step": step, "kind": prefix} | dict(values))
        if self._board is not None:
            for name, value in values.items():
                if isinstance(value, int | float):
                    self._board.add_scalar(f"{prefix}/{name}", value, step)
        if self._bar is not None and prefix == "train":
            progress, task = self._bar
            speed = f"loss {values['loss']:.3f}  {values['tokens_per_second']:,.0f} tokens/s"
            share = values.get("mfu")
            speed += f"  MFU {share:.0%}" if share is not None else ""
            progress.update(task, speed=speed)

    def advance(self, step: int) -> None:
        """Say how many steps are done."""
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=step)

    def say(self, line: str) -> None:
        """Write a line for people."""
        line = printable(line)
        if self._active and self._bar is not None:
            self._bar[0].console.print(line, markup=False, highlight=False)
        elif self._active:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress goes to stderr

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def read_metrics(folder: Path) -> Iterator[dict[str, Any]]:
    """Lines of a run's metrics; one that a kill has cut short is left out."""
    path = folder / METRICS
    if not path.is_file():
        return
    for line in path.read_text("utf-8").split("\n"):
        try:
            record = parse_json(line)
        except ValueError:
            continue
        if isinstance(record, dict) and "step" in record:
            yield record


def _bar(steps: int, first: int) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    progress = Progress(
        "training",
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    progress.start()
    return progress, progress.add_task("training", total=steps, completed=first, speed="")
