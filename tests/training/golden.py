"""Golden curves: the losses of every tiny recipe's first steps, on a corpus that stays as it is.

    python -m tests.training.golden [NAME...]

writes them anew, all or those named, after a change that is meant to change them. The corpus is the
layers `index` and `metrics` of this project, and `tokenizer` to validate on, as they once were.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from benchmarks.tiny_recipes import moved, tiny_recipes, write_kinds

from diglot.training.folder import RunFolder
from diglot.training.recipe import load_recipe
from diglot.training.run import run_recipe
from diglot.training.tracking import read_metrics

CURVES = Path(__file__).with_name("curves")
CORPUS = CURVES / "corpus"
STEPS = 20
TOLERANCE = 2e-3
"""How much a loss may differ, relative to it or as it is: instruction sets add in other orders."""
CHANGES = (
    f"optimizer.steps={STEPS}",
    "run.log_every=1",
    "run.evaluate_rows=4",
    "run.threads=1",
    "run.device=cpu",
)


def run(name: str, runs: Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """Run a recipe in `runs/NAME`, where what it starts from lies too.

    Returns:
        Losses by step, and what they were made with.
    """
    if not (runs / "kinds").exists():
        write_kinds(CORPUS, runs)
    own = load_recipe(name, CHANGES)
    recipe = load_recipe(name, [*CHANGES, *moved(own, runs), *changes])
    threads = torch.get_num_threads()
    try:
        run_recipe(recipe, CORPUS, runs / name, cache=runs / "tokens")
    finally:
        torch.set_num_threads(threads)
    record = RunFolder(runs / name).record()
    lines = [line for line in read_metrics(runs / name) if line["kind"] == "train"]
    return {
        "recipe": name,
        "changes": list(CHANGES),
        "corpus_hash": record["corpus_hash"],
        "tokenizer_hash": record["tokenizer_hash"],
        "tolerance": TOLERANCE,
        "threads": recipe.run.threads,
        "environment": record["environment"],
        "loss": [line["loss"] for line in lines],
    }


def read_curve(name: str) -> dict[str, Any]:
    """Read what `run` returned when the curve was written."""
    curve: dict[str, Any] = json.loads((CURVES / f"{name}.json").read_text("utf-8"))
    return curve


def main(names: Sequence[str]) -> None:
    """Write curves; all recipes are run, as some start from others."""
    with tempfile.TemporaryDirectory() as folder:
        for name in tiny_recipes():
            curve = run(name, Path(folder))
            if not names or name in names:
                text = json.dumps(curve, indent=1)
                (CURVES / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
