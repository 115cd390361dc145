"""Functions per second that a corpus is read at, against Python's own parser on the same files.

    python -m benchmarks.corpus_extraction [--folder FOLDER...] [--megabytes N] [--repeats N]

One process, one core, CPU time. `read_functions` and `ast_functions` take turns on the same Python
files, in memory; both fill every field of a `FunctionRecord`. Files that the running Python cannot
parse are left out. Both rates count the functions that `read_functions` finds, so that their ratio
is that of the times. Each pair of turns gives a ratio; its median is reported, with how far the two
agree on the functions that both find.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import sysconfig
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ast_functions import ast_functions
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.result_files import write_result
from diglot.languages import Language, language_named
from diglot.languages.functions import FunctionRecord, read_functions

DEFAULT_OUTPUT = Path("benchmarks/results/corpus_extraction.json")
DEFAULT_MEGABYTES = 10.0
DEFAULT_REPEATS = 5
_PATHS = sysconfig.get_paths()
DEFAULT_FOLDERS = (Path(_PATHS["stdlib"]), Path(_PATHS["purelib"]))
COMPARED = (
    *("kind", "name", "start", "end", "signature", "docstring", "docstring_style", "summary"),
    *("docstring_spans", "body_span", "code", "callees", "comments"),
)

Read = Callable[[str, Language], Sequence[FunctionRecord]]


def load_texts(folders: Iterable[Path], most_bytes: float) -> list[str]:
    """Read Python files until their sizes reach a sum, in order of their paths by folder.

    Args:
        folders: where to look; the bytes are shared evenly among them.
        most_bytes: sum of sizes.

    Returns:
        Texts that `ast_functions` can read.
    """
    python = language_named("python")
    texts = []
    folders = list(folders)
    for folder in folders:
        total = 0
        for path in sorted(folder.rglob("*.py")):
            text = _text(path)
            inner = path.relative_to(folder).parts
            if text is None or inner[0] == "site-packages":
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    ast_functions(text, python)
            except (SyntaxError, ValueError, RecursionError):
                continue
            texts.append(text)
            total += len(text.encode())
            if total >= most_bytes / len(folders):
                break
    return texts


def seconds(read: Read, texts: Sequence[str], language: Language) -> float:
    """CPU time of reading all texts once; wall-clock time would measure what else is running."""
    gc.collect()
    started = time.process_time()
    for text in texts:
        read(text, language)
    return time.process_time() - started


def agreement(texts: Sequence[str], language: Language) -> dict[str, float]:
    """Share of functions for which both readers fill a field alike, by field.

    `found` is the share of `read_functions`' functions that `ast_functions` finds as well.
    """
    alike: Counter[str] = Counter()
    both = found = 0
    for text in texts:
        others = {
            (peer.start_line, peer.qualified_name): peer for peer in ast_functions(text, language)
        }
        for function in diglot_functions(text, language):
            found += 1
            peer = others.get((function.start_line, function.qualified_name))
            if peer is not None:
                both += 1
                alike.update(
                    field for field in COMPARED if getattr(peer, field) == getattr(function, field)
                )
    return {"found": both / found, **{field: alike[field] / both for field in COMPARED}}


def diglot_functions(text: str, language: Language) -> Sequence[FunctionRecord]:
    """What `read_functions` finds."""
    file = read_functions(text, language)
    return file.functions if file is not None else []


def measure(texts: Sequence[str], repeats: int) -> dict[str, Any]:
    """Let both readers take turns.

    Args:
        texts: Python files.
        repeats: turns of each.

    Returns:
        Counts, seconds of each turn, rates by median time, and the median of the turns' ratios.
    """
    python = language_named("python")
    functions = sum(len(diglot_functions(text, python)) for text in texts)
    times: dict[str, list[float]] = {"read_functions": [], "ast": []}
    for turn in range(repeats):
        readers = [("read_functions", diglot_functions), ("ast", ast_functions)]
        for name, read in readers if turn % 2 == 0 else reversed(readers):
            times[name].append(seconds(read, texts, python))
    ratios = [b / a for a, b in zip(times["read_functions"], times["ast"], strict=True)]
    return {
        "files": len(texts),
        "bytes": sum(len(text.encode()) for text in texts),
        "functions": functions,
        "seconds": times,
        "functions_per_second": {
            name: functions / statistics.median(taken) for name, taken in times.items()
        },
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "agreement": agreement(texts, python),
    }


def markdown(result: dict[str, Any]) -> str:
    """Show the result as a Markdown table."""
    lines = [
        "# Reading functions of Python, one core, CPU time",
        "",
        f"{result['hardware']}; revision {result['revision'][:12]}.",
        f"{result['files']} files, {result['bytes'] / 1e6:.1f} MB, "
        f"{result['functions']} functions; {len(result['ratios'])} turns each.",
        "",
        "| reader | functions/s | MB/s |",
        "| --- | ---: | ---: |",
    ]
    for name, rate in result["functions_per_second"].items():
        size = result["bytes"] / 1e6 * rate / result["functions"]
        lines.append(f"| {name} | {rate:,.0f} | {size:.2f} |")
    low, high = min(result["ratios"]), max(result["ratios"])
    shares = ", ".join(f"{name} {share:.2%}" for name, share in result["agreement"].items())
    lines += [
        "",
        f"Ratio of times, median of turns: {result['ratio']:.2f} ({low:.2f} to {high:.2f}).",
        "",
        f"Fields alike, of functions that both find: {shares}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the table."""
    parser = argparse.ArgumentParser(description="Time the reading of functions.")
    parser.add_argument("--folder", type=Path, nargs="+", default=DEFAULT_FOLDERS)
    parser.add_argument("--megabytes", type=float, default=DEFAULT_MEGABYTES)
    parser.add_argument("--repeats", type=int, default=DEFAULT_REPEATS)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    texts = load_texts(arguments.folder, arguments.megabytes * 1e6)
    result = {
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
        **measure(texts, arguments.repeats),
    }
    write_result(arguments.output, result, markdown(result))
    return 0


def _text(path: Path) -> str | None:
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (UnicodeDecodeError, OSError):
        return None
    # `ast` takes form feeds and lone carriage returns for ends of lines.
    return None if "\f" in text or "\r" in text or "\0" in text else text


if __name__ == "__main__":
    sys.exit(main())
