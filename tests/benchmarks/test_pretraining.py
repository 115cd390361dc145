from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from benchmarks.pretraining import compare, markdown
from benchmarks.pretraining_runs import HEAD, SIZES, all_runs, start_folder, toml

from diglot.training.recipe import load_recipe

ROOT = Path("runs")


def test_every_run_starts_from_what_was_made_before_it() -> None:
    made = {"start": "start"}
    for run in all_runs(ROOT, "start", 1.0):
        assert run.changes["model"]["from"] in made.values()
        assert run.name not in made
        made[run.name] = str(ROOT / run.name / "model")
        if run.name == HEAD:
            made |= {size: str(start_folder(ROOT, size)) for size in SIZES}


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_the_recipes_accept_the_changes_and_the_scale_multiplies_the_steps(scale: float) -> None:
    for run, scaled in zip(
        all_runs(ROOT, "start", 1.0), all_runs(ROOT, "start", scale), strict=True
    ):
        first, second = (
            load_recipe(one.recipe, [word for word in one.arguments if word != "--set"])
            for one in (run, scaled)
        )
        work = [one.optimizer.steps or one.data.rows for one in (first, second)]
        assert work[1] == pytest.approx(scale * work[0])
        assert first.run.seed == second.run.seed


def test_toml_is_read_as_it_was_meant() -> None:
    value = {"a": [1, 2.5, True], "b": ({"name": 'x"y'},), "c": "d"}
    read = tomllib.loads(f"value = {toml(value)}")["value"]
    assert read == {"a": [1, 2.5, True], "b": [{"name": 'x"y'}], "c": "d"}


def test_variants_are_compared_item_by_item() -> None:
    rng = np.random.default_rng(0)
    items = rng.random(200)  # they differ much more than the variants do
    found = {
        "mlm+rtd": items + 0.02,
        "mlm": items + rng.normal(0, 0.05, 200),
        "rtd": items,
        "none": items + 0.04,
    }
    values = {
        ("codebert", variant, "", seed, "rank"): (found[variant] + shift).tolist()
        for variant in found
        for seed, shift in ((0, 0.01), (1, -0.01))
    }
    means, compared = compare(values)
    assert [row["variant"] for row in means] == list(found)
    verdicts = {row["variant"]: row["direction"] for row in compared}
    assert verdicts["mlm+rtd - rtd"] == "seen"
    assert verdicts["mlm+rtd - none"] == "not seen"
    assert verdicts["rtd - none"] == "not seen"
    row = next(row for row in compared if row["variant"] == "mlm+rtd - none")
    assert (row["mean"], row["items"]) == (pytest.approx(-0.02, abs=1e-4), 200)
    assert markdown(means, compared).count("\n| codebert | rank |") == len(means) + len(compared)


def test_a_direction_that_the_seeds_dispute_is_not_decided() -> None:
    items = np.linspace(0, 1, 100)
    values = {
        ("codesage", "both", "small", 0, "search"): (items + 0.10).tolist(),
        ("codesage", "both", "small", 1, "search"): (items - 0.02).tolist(),
        ("codesage", "random", "small", 0, "search"): items.tolist(),
        ("codesage", "random", "small", 1, "search"): items.tolist(),
    }
    [row] = compare(values)[1]
    assert row["low"] > 0
    assert row["seeds"] == [0.1, -0.02]
    assert row["direction"] == "not decided"


def test_what_was_not_run_is_not_compared() -> None:
    means, compared = compare({("codebert", "mlm", "", 0, "rank"): [0.5, 1.0]})
    assert [row["variant"] for row in means] == ["mlm"]
    assert not compared
