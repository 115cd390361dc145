"""Peak memory of the stages of a corpus that see all of it, at two sizes ten times apart.

    python -m benchmarks.corpus_memory [--functions N...] [--megabytes N...] [--output FILE.json]

Each measurement runs in a new process and reports the peak of its resident memory less what it
held after its imports. Near-duplicate removal reads synthetic functions of about 100 tokens, a
fifth of them near-duplicates of others, and, as its worst case, one function repeated; mapped
files count as far as they are in memory. Parsing reads the Python files of the standard library
again and again; the texts are read from disk one by one, as in a build.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.result_files import write_result
from diglot.corpus.deduplicate import duplicate_components, survivors
from diglot.languages import language_named
from diglot.languages.functions import read_functions

DEFAULT_OUTPUT = Path("benchmarks/results/corpus_memory.json")
DEFAULT_FUNCTIONS = (100_000, 1_000_000)
DEFAULT_MEGABYTES = (3.0, 30.0)
BYTES_PER_FUNCTION = 250

Measured = dict[str, float]


def peak_bytes() -> int:
    """Most resident memory that this process has had since it started (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmHWM in /proc/self/status")


def synthetic_functions(count: int, seed: int = 1) -> Iterator[str]:
    """Functions of about 100 tokens; one in five changes two words of one of the 50 before it."""
    generator = np.random.default_rng(seed)
    words = np.array([f"name_{n}" for n in range(50_000)], dtype=object)
    recent: list[list[str]] = []
    for number in range(count):
        if recent and number % 5 == 4:
            body = list(recent[int(generator.integers(len(recent)))])
            for place in generator.integers(len(body), size=2):
                body[place] = f"changed_{number}"
        else:
            body = list(words[generator.integers(len(words), size=50)])
        recent = [*recent[-49:], body]
        yield "def f():\n    " + " +\n    ".join(body)


def deduplication(count: int, same: bool) -> Measured:
    """Remove near-duplicates among `count` functions, in this process.

    Args:
        count: number of functions.
        same: whether they are all the same, else synthetic.

    Returns:
        Bytes a function, seconds and the share of the functions that stays.
    """
    synthetic = synthetic_functions(count)
    texts = repeat(next(synthetic), count) if same else synthetic
    before = peak_bytes()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        labels = duplicate_components(texts, Path(folder) / "sketches")
        keep = survivors(labels, np.zeros(len(labels), dtype=np.uint8))
    seconds = time.perf_counter() - start
    return {
        "functions": count,
        "peak_bytes": peak_bytes() - before,
        "bytes_per_function": (peak_bytes() - before) / count,
        "seconds": seconds,
        "kept": float(keep.mean()),
    }


def parsing(megabytes: float) -> Measured:
    """Read functions of Python files until their sizes reach a sum, in this process."""
    python = language_named("python")
    paths = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    before = peak_bytes()
    start = time.perf_counter()
    size = functions = number = 0
    while size < megabytes * 1e6:
        text = paths[number % len(paths)].read_text(encoding="utf-8")
        source = read_functions(text, python)
        functions += len(source.functions) if source else 0
        size += len(text)
        number += 1
    return {
        "megabytes": size / 1e6,
        "functions": functions,
        "peak_bytes": peak_bytes() - before,
        "seconds": time.perf_counter() - start,
    }


def in_new_process(function: Callable[..., Measured], *arguments: float | bool) -> Measured:
    """Call a function in a process that has done nothing else."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def measure(functions: Sequence[int], megabytes: Sequence[float]) -> dict[str, Any]:
    """All measurements."""
    return {
        "near-duplicates": [in_new_process(deduplication, n, False) for n in functions],
        "all the same": [in_new_process(deduplication, n, True) for n in functions],
        "parsing": [in_new_process(parsing, n) for n in megabytes],
    }


def markdown(result: Mapping[str, Any]) -> str:
    """The tables."""
    lines = [
        "# Peak memory of the stages of a corpus",
        "",
        f"{result['hardware']}; revision {result['revision'][:12]}.",
        "",
        f"Near-duplicate removal; the bound is {BYTES_PER_FUNCTION} bytes a function.",
        "",
        "| input | functions | peak, MB | bytes a function | functions a second | kept |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in ("near-duplicates", "all the same"):
        lines += [
            f"| {name} | {one['functions']:,} | {one['peak_bytes'] / 1e6:.0f} "
            f"| {one['bytes_per_function']:.0f} | {one['functions'] / one['seconds']:,.0f} "
            f"| {one['kept']:.1%} |"
            for one in result["stages"][name]
        ]
    lines += [
        "",
        "Parsing, in one process.",
        "",
        "| source, MB | functions | peak, MB | MB a second |",
        "| ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one['megabytes']:.0f} | {one['functions']:,} | {one['peak_bytes'] / 1e6:.0f} "
        f"| {one['megabytes'] / one['seconds']:.2f} |"
        for one in result["stages"]["parsing"]
    ]
    return "\n".join([*lines, ""])


def main() -> int:
    """Measure, then write FILE.json and FILE.md; 1 if a bound is exceeded."""
    parser = argparse.ArgumentParser(description="Measure peak memory of corpus stages.")
    parser.add_argument("--functions", type=int, nargs="+", default=DEFAULT_FUNCTIONS)
    parser.add_argument("--megabytes", type=float, nargs="+", default=DEFAULT_MEGABYTES)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    arguments = parser.parse_args()
    result: dict[str, Any] = {
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
        "stages": measure(arguments.functions, arguments.megabytes),
    }
    write_result(arguments.output, result, markdown(result))
    stages: dict[str, Any] = result["stages"]
    worst = max(
        one["bytes_per_function"] for one in stages["near-duplicates"] + stages["all the same"]
    )
    return int(worst > BYTES_PER_FUNCTION)


if __name__ == "__main__":
    sys.exit(main())
