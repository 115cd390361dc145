"""Runs of diglot's trainer and of a peer's, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from benchmarks.repositories import BenchmarkError
from diglot.training.folder import RunFolder
from diglot.training.recipe import RunRecipe
from diglot.training.tracking import read_metrics

ObjectiveName = Literal["mlm", "contrastive"]

STEPS_PER_LINE = RunRecipe.log_every
"""Of diglot's metrics. The first ones are not measured: memory is taken, and kernels are chosen or
compiled."""
_WARM = 2
"""Steps of the peer that are not measured."""
_VIEWS: dict[ObjectiveName, dict[str, Any]] = {
    "mlm": {"view": "blocks", "tables": ["files"]},
    "contrastive": {"view": "pairs"},
}


@dataclass(frozen=True)
class Task:
    """What both sides train."""

    objective: ObjectiveName
    model: Path
    length: int
    """Tokens of a sequence at most."""
    batch: int
    steps: int
    """That are measured: a multiple of `STEPS_PER_LINE`."""


@dataclass(frozen=True)
class Measured:
    """What came of a run."""

    system: str
    steps: list[tuple[int, float]]
    """Tokens without padding, and seconds, of each measured step of a peer's, and of each
    `STEPS_PER_LINE` steps of diglot's."""
    peak_bytes: int
    """Largest resident memory of the process."""
    dtype: str = ""
    attention: str = ""
    """What diglot's probe chose."""

    @property
    def tokens_per_second(self) -> float:
        """Over all measured steps."""
        return sum(tokens for tokens, _ in self.steps) / sum(seconds for _, seconds in self.steps)


def run_diglot(task: Task, folder: Path, instructions: str) -> Measured:
    """Run `diglot train` at its defaults.

    Named are the task, that the vocabulary stays as it is, so that both sides read the same tokens,
    and that nothing is evaluated.

    Args:
        task: what to train.
        folder: where `write_data` wrote.
        instructions: `ONEDNN_MAX_CPU_ISA`; empty to leave it as it is.
    """
    settings: dict[str, dict[str, Any]] = {
        "model": {"from": str(task.model)},
        "tokenizer": {"from": "model", "whitespace": False},
        "data": {"length": task.length, "batch": task.batch, **_VIEWS[task.objective]},
        "optimizer": {"steps": STEPS_PER_LINE + task.steps},
        "run": {"evaluate_rows": 0},
    }
    lines = [f'[[objectives]]\nname = "{task.objective}"']
    for table, keys in settings.items():
        lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
    with tempfile.TemporaryDirectory() as temporary:
        recipe, output = Path(temporary) / "speed.toml", Path(temporary) / "run"
        recipe.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = ["diglot", "train", str(recipe), "--corpus", str(folder / "corpus")]
        command += ["-o", str(output), "--cache-dir", str(folder / "cache")]
        peak = _run(command, folder, instructions)
        rows = [line for line in read_metrics(output) if line["step"] >= STEPS_PER_LINE]
        chosen = RunFolder(output).recipe().run
    steps = [
        (int(row["tokens"] - before["tokens"]), row["seconds"] - before["seconds"])
        for before, row in pairwise(rows)
    ]
    return Measured("diglot", steps, peak, chosen.dtype, chosen.attention)


def run_peer(
    task: Task, folder: Path, instructions: str, equal: Measured | None = None
) -> Measured:
    """Run the peer's trainer at its defaults, or with the dtype and attention of a run of diglot's.

    Args:
        task: what to train.
        folder: where `write_data` wrote.
        instructions: `ONEDNN_MAX_CPU_ISA`; empty to leave it as it is.
        equal: whose dtype and attention to take, and no dropout.
    """
    with tempfile.TemporaryDirectory() as temporary:
        output = Path(temporary) / "steps.json"
        command = ["benchmarks.training_peers", task.objective]
        command += [str(folder / f"{task.objective}.jsonl"), "--model", str(task.model)]
        command += ["--length", str(task.length), "--batch", str(task.batch)]
        command += ["--steps", str(_WARM + task.steps), "--output", str(output)]
        if equal is not None:
            # `flash` is diglot's own; this is the nearest that `transformers` has by itself.
            attention = "sdpa" if equal.attention == "flash" else equal.attention
            command += ["--equal", equal.dtype, attention]
        peak = _run(command, folder, instructions)
        steps = json.loads(output.read_text(encoding="utf-8"))
    name = "peer" if equal is None else "peer, equal"
    return Measured(name, [(tokens, seconds) for tokens, seconds in steps[_WARM - 1 :]], peak)


def matrix_peaks(folder: Path, instructions: str) -> dict[str, float]:
    """Floating-point operations per second of large matrix products, by dtype."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", dir=folder) as output:
        _run(["benchmarks.matrix_peak", output.name], folder, instructions)
        peaks: dict[str, float] = json.load(output)
    return peaks


def _run(command: Sequence[str], folder: Path, instructions: str) -> int:
    """Run a module in a new process; its largest resident memory in bytes.

    Raises:
        BenchmarkError: It failed.
    """
    environment: dict[str, Any] = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(folder / "cache" / "datasets"),
    }
    if instructions:
        environment["ONEDNN_MAX_CPU_ISA"] = instructions
    with tempfile.TemporaryFile() as log:
        # Not `subprocess`, which does not tell how much memory one process took.
        process = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", *command],
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), descriptor) for descriptor in (1, 2)],
        )
        try:
            _, status, usage = os.wait4(process, 0)
        except BaseException:  # Ctrl-C, or SIGTERM where `main` makes it an exit
            os.kill(process, signal.SIGKILL)
            raise
        if status:
            log.seek(0)
            raise BenchmarkError(f"{' '.join(command)}: {log.read().decode(errors='replace')}")
    return usage.ru_maxrss * 1024
