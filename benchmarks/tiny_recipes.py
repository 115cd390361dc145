"""Every tiny recipe, run as a user would, against a loss that knows nothing.

    python -m benchmarks.tiny_recipes [NAME...] [--corpus DIR] [--runs DIR] [--threads N]
        [--output FILE]

A recipe that goes on from another one's model ("runs/NAME/model") is run after it. The corpus is
that of `diglot corpus build --recipe tiny`, built here if none is given.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.chance import chance_losses
from benchmarks.provenance import hardware, source_revision
from benchmarks.result_files import write_result
from diglot.corpus.reader import open_corpus
from diglot.corpus.schema import Split
from diglot.training.folder import environment
from diglot.training.recipe import Recipe, load_recipe, recipe_names, start_of
from diglot.training.tracking import read_metrics

DEFAULT_OUTPUT = Path("benchmarks/results/tiny_recipes.json")
_ABOUT = ("step", "kind")
"""Keys of a line of metrics that measure nothing."""
RUNS = Path("runs")
"""Where recipes look for the models that they start from."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a recipe."""

    name: str
    steps: int
    start: float
    """Loss of the first step, or of the first line of metrics to which each term has something."""
    end: float
    """Mean loss of the last tenth of all steps."""
    chance: float
    """Loss of the best constant prediction."""
    terms: dict[str, tuple[float, float, float]]
    """Start, end and chance of each term of the loss."""
    validation: dict[str, float]
    seconds: float
    """From the command to its end, start of Python included."""
    cpu_seconds: float
    """Of all its threads: what it would take on one core that nothing else uses."""


def tiny_recipes() -> list[str]:
    """Names of all tiny recipes, each after the one that it starts from."""
    left = [name for name in recipe_names() if name.endswith("-tiny")]
    ordered: list[str] = []
    while left:
        ready = [name for name in left if start_of(load_recipe(name)) not in left]
        ordered += ready
        left = [name for name in left if name not in ready]
    return ordered


def moved(recipe: Recipe, runs: Path) -> list[str]:
    """What to set so that a recipe finds in another folder what it looks for in `runs`."""
    places = {
        "model.from": str(recipe.model.get("from", "")),
        "data.file": recipe.data.file,
        "data.validation_file": recipe.data.validation_file,
    }
    return [
        f"{key}={json.dumps(str(runs / Path(place).relative_to(RUNS)))}"
        for key, place in places.items()
        if Path(place).parts[:1] == (str(RUNS),)
    ]


def write_kinds(corpus: Path, runs: Path) -> None:
    """Write what `gpt1-finetune-tiny` learns: whether a name and its code are of a method."""
    folder = runs / "kinds"
    folder.mkdir(parents=True, exist_ok=True)
    splits: tuple[Split, ...] = ("train", "validation")
    for split in splits:
        lines = [
            json.dumps({"text": name, "pair": code, "label": int(kind == "method")})
            for batch in open_corpus(corpus).batches("functions", ["name", "code", "kind"], split)
            for name, code, kind in zip(*(batch[at].to_pylist() for at in range(3)), strict=True)
        ]
        (folder / f"{split}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(name: str, corpus: Path, runs: Path, cache: Path, changes: Sequence[str]) -> Result:
    """Run a recipe in a new process and compare its loss with chance."""
    output = runs / name
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, "-m", "diglot", "train", name, "--corpus", str(corpus)]
    command += ["-o", str(output), "--cache-dir", str(cache)]
    for change in [*moved(load_recipe(name), runs), *changes]:
        command += ["--set", change]
    started, before = time.perf_counter(), _cpu_seconds()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, cpu = time.perf_counter() - started, _cpu_seconds() - before
    if done.returncode:
        sys.exit(f"{name}: {done.stderr}")
    lines = list(read_metrics(output))
    validation = [line for line in lines if line["kind"] == "validation"][-1:]
    chance = chance_losses(output, corpus, cache / "tokens")
    train = [line for line in lines if line["kind"] == "train" and chance.keys() <= line.keys()]
    steps = train[-1]["step"]
    last = [line for line in train if line["step"] > 0.9 * steps]
    terms = {
        term: (train[0][term], sum(line[term] for line in last) / len(last), chance[term])
        for term in chance
    }
    start, end, expected = terms.pop("loss")
    measured = {
        key: value for line in validation for key, value in line.items() if key not in _ABOUT
    }
    return Result(name, steps, start, end, expected, terms, measured, seconds, cpu)


def _cpu_seconds() -> float:
    """Time that all processes started here and ended have spent computing."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def report(results: Iterable[Result], about: str) -> str:
    """The results for people."""
    lines = [
        "# The tiny recipes",
        "",
        f"{about} Each recipe as `diglot train` runs it; seconds from the command to its end, and "
        "of computing. Start is the loss of the first step with something to predict "
        "in every term, end the mean over the last tenth of the steps, on training data; "
        "chance is the loss of the best constant prediction, computed from the run's own batches "
        "(`benchmarks/chance.py`).",
        "",
        "| recipe | steps | start | end | chance | end / chance | seconds | CPU |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(line for result in results for line in _rows(result)),
    ]
    return "\n".join(lines) + "\n"


def _rows(result: Result) -> list[str]:
    """Lines of the table: one for the loss, and one for each term if there are several."""
    rows = [_row(result.name, str(result.steps), (result.start, result.end, result.chance))]
    rows[0] += f" {result.seconds:.0f} | {result.cpu_seconds:.0f} |"
    if len(result.terms) > 1:
        rows += [f"{_row(f'- {term}', '', values)} | |" for term, values in result.terms.items()]
    return rows


def _row(name: str, steps: str, losses: tuple[float, float, float]) -> str:
    start, end, chance = losses
    return f"| {name} | {steps} | {start:.3f} | {end:.3f} | {chance:.3f} | {end / chance:.2f} |"


def main() -> None:
    """Run recipes and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="all if none is given")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--runs", type=Path, help="kept; else a folder that is removed")
    parser.add_argument("--threads", type=int, help="else what each run finds best")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    changes = [f"run.threads={arguments.threads}"] if arguments.threads else []
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        runs = arguments.runs or Path(temporary)
        corpus = arguments.corpus or runs / "tiny"
        if not corpus.exists():
            build = ["corpus", "build", "--recipe", "tiny", "-o", str(corpus)]
            subprocess.run([sys.executable, "-m", "diglot", *build], check=True)
        write_kinds(corpus, runs)
        for name in tiny_recipes():
            if arguments.names and name not in arguments.names:
                continue
            results.append(measure(name, corpus, runs, runs / "cache", changes))
            sys.stdout.write("\n".join(_rows(results[-1])) + "\n")
            sys.stdout.flush()
        sheet = open_corpus(corpus).datasheet
    about = f"{hardware()}; {environment()['instructions']}; corpus {sheet['corpus_hash'][:12]}."
    if not arguments.output:
        sys.stdout.write(report(results, about))
        return
    record = {
        "hardware": hardware(),
        "environment": environment(),
        "revision": source_revision(),
        "corpus_hash": sheet["corpus_hash"],
        "threads": arguments.threads,
        "recipes": [asdict(result) for result in results],
    }
    write_result(arguments.output, record, report(results, about))


if __name__ == "__main__":
    main()
