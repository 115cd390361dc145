"""Time of a whole search command, from start to exit, the first time and on an existing index.

    python -m benchmarks.process_time [--system NAME...] [--output FILE.json]

On each repository the first command builds and stores the index; its time is the first answer's.
The commands after it find the index as it was left. Indexes lie in a temporary folder. Each
command asks the repository's first query and prints ten results as JSON, without code.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.protocol import load_queries
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.repositories import (
    DEFAULT_CHECKOUTS,
    DEFAULT_DATA,
    BenchmarkError,
    load_repositories,
    searched_root,
)
from benchmarks.result_files import write_result
from benchmarks.semble_dev import DEFAULT_MODEL

DEFAULT_OUTPUT = Path("benchmarks/results/process_time.json")
DEFAULT_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Command:
    """A system's search command."""

    script: str
    """Name of the program, installed beside the running Python."""
    options: tuple[str, ...]
    """Must ask for a JSON document, so that an answer can be told from a failure."""

    def line(self, query: str, root: Path) -> list[str]:
        """Command line that asks a query of a folder."""
        script = str(Path(sys.executable).parent / self.script)
        return [script, "search", query, str(root), "-k", "10", *self.options]


COMMANDS = {
    "diglot-fast": Command("diglot", ("--rank", "fast", "--json", "--snippet-lines", "0")),
    "diglot-balanced": Command("diglot", ("--rank", "balanced", "--json", "--snippet-lines", "0")),
    "semble": Command("semble", ("--format", "json", "--max-snippet-lines", "0")),
}


def seconds(command: Command, query: str, root: Path, environment: Mapping[str, str]) -> float:
    """Run a search command to its end.

    Args:
        command: The system's command.
        query: What to ask.
        root: The folder searched.
        environment: All environment variables.

    Returns:
        Wall-clock seconds.

    Raises:
        BenchmarkError: The command failed; a time of a failure would mean nothing.
    """
    line = command.line(query, root)
    started = time.perf_counter()
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - started
    try:
        json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise BenchmarkError(f"{' '.join(line)} gives no answer: {done.stderr}") from error
    return elapsed


def measure(
    command: Command, questions: Mapping[str, tuple[str, Path]], repeats: int, model: Path
) -> dict[str, Any]:
    """Time one system's command on every repository.

    Args:
        command: The system's command.
        questions: Query and searched folder, by repository.
        repeats: Number of commands on each existing index.
        model: model2vec folder for semble.

    Returns:
        Seconds by repository, with quantiles over all commands on an existing index.
    """
    first, later = {}, {}
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH")},
            "HOME": home,
            "SEMBLE_MODEL_NAME": str(model),
            "HF_HUB_OFFLINE": "1",
        }
        for name, (query, root) in questions.items():
            first[name] = seconds(command, query, root, environment)
            later[name] = [seconds(command, query, root, environment) for _ in range(repeats)]
    every = [time for times in later.values() for time in times]
    return {
        "existing_index_p50": float(np.quantile(every, 0.5)),
        "existing_index_p95": float(np.quantile(every, 0.95)),
        "first_p50": float(np.quantile(list(first.values()), 0.5)),
        "first_seconds": first,
        "existing_index_seconds": later,
    }


def markdown(result: Mapping[str, Any]) -> str:
    """Show the times as a Markdown table."""
    lines = [
        "# Whole search commands, seconds",
        "",
        f"{result['hardware']}; revision {result['revision'][:12]}.",
        "",
        "| command | existing index p50 | p95 | first, index included, p50 |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, times in result["systems"].items():
        keys = ("existing_index_p50", "existing_index_p95", "first_p50")
        lines.append(f"| {name} | {' | '.join(f'{times[key]:.3f}' for key in keys)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the table."""
    parser = argparse.ArgumentParser(description="Time whole search commands.")
    parser.add_argument("--system", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--repeats", type=int, default=DEFAULT_REPEATS)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--semble-model", type=Path, default=DEFAULT_MODEL, metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    arguments = parser.parse_args()
    repositories = load_repositories(arguments.data)
    checkouts = arguments.checkouts.resolve()
    questions = {
        repository.name: (
            load_queries(arguments.data, [repository])[0].text,
            searched_root(repository, checkouts),
        )
        for repository in repositories
    }
    model = arguments.semble_model.resolve()
    result = {
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
        "systems": {
            name: measure(COMMANDS[name], questions, arguments.repeats, model)
            for name in arguments.system
        },
    }
    write_result(arguments.output, result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
