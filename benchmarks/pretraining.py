"""Do the papers' directions show in small runs on the public corpus?

    python -m benchmarks.pretraining --corpus runs/public [--start FOLDER] [--only PATTERN ...]

Trains every run of `benchmarks.pretraining_runs` that is not there yet (a run that was stopped goes
on), measures its model on the corpus's test split, and compares, over the same test items:

- CodeBERT (2002.08155, table 2): MLM and RTD together, each alone, and none of them, after
  fine-tuning for search, 1 right code among 20; and zero-shot probing (table 3) before it;
- CodeSage (2402.01935, figures 3 and 4): stage II after stage I with random masking, with
  deobfuscation, with both, and without stage I. Here it starts from the natural-language encoder
  too, and stage I reads functions; the paper starts from new weights and reads files.

Each is run with two seeds; a comparison is of the mean over seeds, item by item, with a bootstrap
interval over items. These know nothing of how much a seed matters, so a direction counts as seen
only if each seed has it too. `--only` trains and measures some runs, and compares what is there:
CodeBERT's (head, codebert-*, search-*) and CodeSage's (stage*) do not need each other, and on two
cores they are done sooner side by side with `--threads 1` than one after the other.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.pretraining_runs import HEAD, SEEDS, SIZES, START, Run, all_runs, start_folder
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.result_files import write_result
from diglot.metrics.bootstrap import Interval, bootstrap_difference, bootstrap_mean

DEFAULT_OUTPUT = Path("benchmarks/results/pretraining.json")
MEASURED = "measured.json"
COMPARISONS = (
    ("codebert", "rank", "mlm+rtd", "mlm"),
    ("codebert", "rank", "mlm+rtd", "rtd"),
    ("codebert", "rank", "mlm+rtd", "none"),
    ("codebert", "rank", "mlm", "none"),
    ("codebert", "rank", "rtd", "none"),
    ("codebert", "probe NL", "mlm", "none"),
    ("codebert", "probe PL", "mlm", "none"),
    ("codesage", "search", "both", "random"),
    ("codesage", "search", "names", "random"),
    ("codesage", "search", "both", "names"),
    ("codesage", "search", "both", "none"),
    ("codesage", "search", "random", "none"),
)
"""System, measure, and the two variants of which the paper has the first above the second."""


def train(run: Run, root: Path, corpus: Path, threads: int) -> None:
    """Do a run, or go on with it; say what it took."""
    output = root / run.name
    if (output / "model").is_dir():
        return
    begin = time.perf_counter()
    command = [sys.executable, "-m", "diglot", "train", run.recipe, "-o", str(output)]
    command += ["--corpus", str(corpus), *run.arguments, "--set", f"run.threads={threads}"]
    if (output / "run.json").exists():
        command.append("--resume")
    done = subprocess.run(command, check=False)
    if done.returncode:
        sys.exit(f"{run.name}: diglot train ended with {done.returncode}")
    sys.stderr.write(f"{run.name}: {time.perf_counter() - begin:.0f} s\n")


def shorten(model: Path, target: Path, layers: int) -> None:
    """Write an encoder's first layers as a model of their own."""
    from transformers import AutoModelForMaskedLM

    if target.is_dir():
        return
    network = AutoModelForMaskedLM.from_pretrained(model)
    encoder = network.base_model.encoder
    encoder.layer = encoder.layer[:layers]
    network.config.num_hidden_layers = layers
    partial = target.with_name(f"{target.name}.partial")
    shutil.copytree(model, partial, dirs_exist_ok=True)
    network.save_pretrained(partial)
    partial.rename(target)


def measure(run: Run, root: Path, corpus: Path, cache: Path) -> dict[str, list[float]]:
    """Values of each test item, computed once."""
    kept = root / run.name / MEASURED
    if kept.exists():
        loaded: dict[str, list[float]] = json.loads(kept.read_text("utf-8"))
        return loaded
    from benchmarks.pretraining_measures import Measuring

    measuring = Measuring(root / run.name / "model", corpus, cache)
    values: dict[str, list[float]] = {}
    for name in run.measures:
        values |= {key: found.tolist() for key, found in measuring.values(name).items()}
    temporary = kept.with_suffix(".partial")
    temporary.write_text(json.dumps(values), "utf-8")
    temporary.replace(kept)
    return values


def compare(
    values: dict[tuple[str, str, str, int, str], list[float]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Means of all variants, and the comparisons that can be made.

    Args:
        values: of test items, by system, variant, size (or ""), seed and measure.
    """
    means, compared = [], []
    for system, name, *_ in dict.fromkeys((one[0], one[1]) for one in COMPARISONS):
        for size in ("", *SIZES):
            for variant in dict.fromkeys(key[1] for key in values if key[0] == system):
                seeds = _seeds(values, system, variant, size, name)
                if len(seeds):
                    each = [round(float(np.mean(one)), 4) for one in seeds]
                    found = bootstrap_mean(np.mean(seeds, 0), seed=0)
                    means.append(_row(system, name, size, variant) | {"seeds": each} | _of(found))
    for system, name, better, worse in COMPARISONS:
        for size in ("", *SIZES):
            pair = [_seeds(values, system, one, size, name) for one in (better, worse)]
            if all(len(one) for one in pair):
                first, second = (np.mean(one, 0) for one in pair)
                found = bootstrap_difference(first, second, seed=0)
                by_seed = [round(float(np.mean(one)), 4) for one in _differences(*pair)]
                row = _row(system, name, size, f"{better} - {worse}") | {"seeds": by_seed}
                verdict = {"items": len(first), "direction": _direction(found, by_seed)}
                compared.append(row | _of(found) | verdict)
    return means, compared


def _differences(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]
) -> Iterator[NDArray[np.float64]]:
    """Item by item, of each seed; a variant of one run is compared with every seed of the other."""
    for number in range(max(len(first), len(second))):
        one, other = (runs[number % len(runs)] for runs in (first, second))
        yield np.subtract(one, other)


def _direction(interval: Interval, seeds: Sequence[float]) -> str:
    """Whether the first is above the second: items must say so, and every seed."""
    if interval.low > 0 and min(seeds) > 0:
        return "seen"
    if interval.high < 0 and max(seeds) < 0:
        return "not seen"
    return "not decided"


def _seeds(
    values: dict[tuple[str, str, str, int, str], list[float]],
    system: str,
    variant: str,
    size: str,
    name: str,
) -> list[list[float]]:
    keys = [(system, variant, size, seed, name) for seed in SEEDS]
    return [values[key] for key in keys if key in values]


def _row(system: str, name: str, size: str, variant: str) -> dict[str, Any]:
    return {"system": system, "measure": name, "size": size, "variant": variant}


def _of(interval: Interval) -> dict[str, float]:
    return {key: round(value, 4) for key, value in asdict(interval).items()}


def markdown(means: Sequence[dict[str, Any]], compared: Sequence[dict[str, Any]]) -> str:
    """The report."""
    lines = ["| system | measure | size | variant | mean | 95 % | seeds |", "|" + "---|" * 7]
    for row in means:
        seeds = ", ".join(f"{one:.3f}" for one in row["seeds"])
        interval = f"{row['mean']:.3f} | {row['low']:.3f}, {row['high']:.3f}"
        lines.append(f"| {_named(row)} | {interval} | {seeds} |")
    lines += [
        "",
        "| system | measure | size | first - second | difference | 95 % | seeds | items | seen? |",
    ]
    lines.append("|" + "---|" * 9)
    for row in compared:
        seeds = ", ".join(f"{one:+.3f}" for one in row["seeds"])
        interval = f"{row['mean']:+.3f} | {row['low']:+.3f}, {row['high']:+.3f} | {seeds}"
        lines.append(f"| {_named(row)} | {interval} | {row['items']} | {row['direction']} |")
    return "\n".join(lines) + "\n"


def _named(row: dict[str, Any]) -> str:
    return " | ".join(str(row[key]) for key in ("system", "measure", "size", "variant"))


def main() -> None:
    """Run, measure, compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=Path("runs/public"))
    parser.add_argument("--root", type=Path, default=Path("runs/pretraining"), help="of the runs")
    parser.add_argument("--start", default=START, help="the natural-language encoder")
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of steps")
    parser.add_argument("--only", nargs="+", metavar="PATTERN", default=["*"], help="names of runs")
    parser.add_argument("--threads", type=int, default=0, help="else what each run finds best")
    parser.add_argument("--no-training", action="store_true", help="measure what is there")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    root = arguments.root / f"scale-{arguments.scale:g}"  # runs of two scales must not mix
    root.mkdir(parents=True, exist_ok=True)
    values: dict[tuple[str, str, str, int, str], list[float]] = {}
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    for run in all_runs(root, arguments.start, arguments.scale):
        wanted = any(fnmatch(run.name, pattern) for pattern in arguments.only)
        if wanted and not arguments.no_training:
            train(run, root, arguments.corpus, arguments.threads)
        if run.name == HEAD and (root / HEAD / "model").is_dir():
            for size, layers in SIZES.items():
                shorten(root / HEAD / "model", start_folder(root, size), layers)
        there = MEASURED if not wanted else "model"
        if run.measures and (root / run.name / there).exists():
            parts, seed = run.parts, run.changes["run.seed"]
            for name, found in measure(run, root, arguments.corpus, root / "tokens").items():
                key = (parts["system"], parts["variant"], parts.get("size", ""), seed, name)
                values[key] = found
    means, compared = compare(values)
    document = {
        "hardware": hardware(),
        "packages": package_versions(),
        "revision": source_revision(),
        "corpus": json.loads((arguments.corpus / "datasheet.json").read_text())["corpus_hash"],
        "scale": arguments.scale,
        "means": means,
        "comparisons": compared,
    }
    head = (
        f"# What pre-training brings\n\n{document['hardware']}; corpus {document['corpus'][:12]}; "
        f"scale {arguments.scale:g}. Means over test items, and of each seed; what is compared "
        "with what is said in `benchmarks/pretraining.py`.\n\n"
    )
    write_result(arguments.output, document, head + markdown(means, compared))


if __name__ == "__main__":
    main()
