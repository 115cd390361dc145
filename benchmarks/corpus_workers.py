"""Time to build a corpus with one worker and with two, and on Ray.

    python -m benchmarks.corpus_workers [--source SPEC...] [--workers N...] [--ray] [--output FILE]

The sources are read where they lie, so nothing is downloaded; the corpora must come out equal,
byte for byte, or the figures mean nothing.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.result_files import write_result
from diglot.corpus.reader import open_corpus

DEFAULT_OUTPUT = Path("benchmarks/results/corpus_workers.json")
STANDARD_LIBRARY = ("asyncio", "email", "json", "logging", "multiprocessing", "xml", "unittest")


def default_sources() -> list[str]:
    """Folders of the standard library, and packages of the corpus extra."""
    library = Path(sysconfig.get_paths()["stdlib"])
    folders = [f"folder:{library / name}" for name in STANDARD_LIBRARY]
    return [*folders, "installed:numpy", "installed:matplotlib", "installed:rich"]


def build(sources: list[str], output: Path, engine: str, workers: int) -> dict[str, Any]:
    """Build a corpus in a new process, and say how long that took and what came out."""
    command = [sys.executable, "-m", "diglot", "corpus", "build", *sources]
    command += ["-o", str(output), "--engine", engine, "--workers", str(workers)]
    command += ["-t", "python", "--split", "train", "--cache-dir", str(output.parent / "cache")]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - started
    sheet = open_corpus(output).datasheet
    shutil.rmtree(output)
    return {
        "engine": engine,
        "workers": workers,
        "seconds": seconds,
        "functions": sum(sheet["rows"]["functions"].values()),
        "corpus_hash": sheet["corpus_hash"],
    }


def report(result: dict[str, Any]) -> str:
    """The result for people."""
    base = result["runs"][0]["seconds"]
    lines = [
        "# Building a corpus with more workers",
        "",
        f"{result['hardware']}; revision {result['revision'][:12]}. "
        f"{result['runs'][0]['functions']:,} functions of Python; all runs gave the same bytes.",
        "",
        "| engine | workers | seconds | speed, times one worker |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {run['engine']} | {run['workers']} | {run['seconds']:.1f} "
            f"| {base / run['seconds']:.2f} |"
            for run in result["runs"]
        ),
        "",
        "Starting a process takes about half a second a task, starting Ray about ten seconds.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Build, compare, write the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", nargs="+", default=default_sources(), metavar="SPEC")
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2], metavar="N")
    parser.add_argument("--ray", action="store_true", help="also on Ray, with the most workers")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    plans = [("local", workers) for workers in arguments.workers]
    if arguments.ray:
        plans.append(("ray", max(arguments.workers)))
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            build(arguments.source, Path(folder) / f"{engine}-{workers}", engine, workers)
            for engine, workers in plans
        ]
    hashes = {run["corpus_hash"] for run in runs}
    if len(hashes) > 1:
        sys.exit(f"the corpora differ: {sorted(hashes)}")
    result = {
        "hardware": hardware(),
        "versions": package_versions(),
        "revision": source_revision(),
        "runs": runs,
    }
    write_result(arguments.output, result, report(result))


if __name__ == "__main__":
    main()
