from __future__ import annotations

import pytest
from benchmarks.tiny_recipes import tiny_recipes
from tests.training import golden

from diglot.training.recipe import load_recipe, start_of


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.mark.parametrize("name", tiny_recipes())  # in this order, as some start from others
def test_a_tiny_recipe_begins_as_it_did(name, runs) -> None:
    start = start_of(load_recipe(name))
    if start and not (runs / start).exists():
        golden.run(start, runs)
    before, now = golden.read_curve(name), golden.run(name, runs)
    for key in ("changes", "corpus_hash", "tokenizer_hash"):
        assert now[key] == before[key], "the curve is of other settings: write it anew"
    assert len(now["loss"]) == golden.STEPS
    tolerance = before["tolerance"]
    assert now["loss"] == pytest.approx(before["loss"], rel=tolerance, abs=tolerance)


def test_every_curve_is_of_a_recipe() -> None:
    assert sorted(path.stem for path in golden.CURVES.glob("*.json")) == sorted(tiny_recipes())
