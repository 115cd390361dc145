from __future__ import annotations

import math
import re

import numpy as np
import pytest
from benchmarks.chance import entropy
from benchmarks.tiny_recipes import tiny_recipes

from diglot.errors import InputError
from diglot.models.architectures import ModelSettings
from diglot.models.baselines import BaselineSettings
from diglot.objectives.registry import objective_settings
from diglot.recipe_files import recipe_folder
from diglot.training.assembly import check_recipe, model_settings
from diglot.training.recipe import load_recipe, recipe_names, start_of

PUBLISHED = [name for name in recipe_names() if not name.endswith("-tiny")]
CONTINUED = [
    name for name in recipe_names() if str(load_recipe(name).model.get("from")).endswith("/model")
]
SIZES = {
    "base": ["model.layers=24"],
    "large": ["model.layers=24", "model.width=2048", "model.heads=16"],
}


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_is_accepted(name) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert model_settings(recipe.model)
    for number, table in enumerate(recipe.objectives, 1):
        settings = objective_settings(table, number)
        if hasattr(settings, "length"):
            assert settings.length == recipe.data.length
        if hasattr(settings, "hard_positives"):
            assert recipe.data.body == (settings.hard_positives > 0)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_recipe_has_a_twin_that_differs_in_size_alone(name) -> None:
    recipe, twin = load_recipe(name), load_recipe(f"{name}-tiny")
    assert [one["name"] for one in recipe.objectives] == [one["name"] for one in twin.objectives]
    sizes = {"length", "text_length", "classes"}
    for table, small in zip(recipe.objectives, twin.objectives, strict=True):
        full, tiny = (
            {key: value for key, value in vars(objective_settings(one, 1)).items()}
            for one in (table, small)
        )
        assert {k: v for k, v in full.items() if k not in sizes} == {
            k: v for k, v in tiny.items() if k not in sizes
        }
    for key in ("view", "packing", "unimodal", "body", "others", "one_language"):
        assert getattr(recipe.data, key) == getattr(twin.data, key)
    assert bool(recipe.model.get("from")) == bool(twin.model.get("from")) or name == "static"
    kinds = [one.model.get("architecture") for one in (recipe, twin)]
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize("name", CONTINUED)
def test_the_recipe_whose_model_is_needed_is_named(name, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)  # where nothing was trained
    recipe = load_recipe(name)
    with pytest.raises(InputError, match="first `diglot train ") as raised:
        check_recipe(recipe)
    first = start_of(recipe)
    assert f"`diglot train {first} -o runs/{first}`" in str(raised.value)


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_says_where_it_is_from(name) -> None:
    comment = (recipe_folder() / f"{name}.toml").read_text().split("name =")[0]
    assert comment.startswith("# ")
    assert name.endswith("-tiny") or re.search(r"\(.*(\d{4}\.\d{5}|2018).*\)|no paper", comment)


@pytest.mark.parametrize("size", SIZES)
def test_the_sizes_of_codesage_are_those_of_the_paper(size) -> None:
    recipe = load_recipe("codesage-stage1", SIZES[size])
    settings = model_settings(recipe.model)
    assert isinstance(settings, ModelSettings)
    written = " ".join(f"--set {change}" for change in SIZES[size])
    assert written in (recipe_folder() / "codesage-stage1.toml").read_text()


@pytest.mark.parametrize("name", [name for name in recipe_names() if "codesearchnet" in name])
def test_an_encoder_by_language_knows_the_numbers_of_languages(name) -> None:
    recipe = load_recipe(name)
    settings = model_settings(recipe.model)
    assert isinstance(settings, BaselineSettings)
    assert settings.languages == tuple(sorted(recipe.data.languages))
    assert settings.length >= recipe.data.length


def test_tiny_recipes_come_after_what_they_start_from() -> None:
    order = tiny_recipes()
    assert sorted(order) == sorted(name for name in recipe_names() if name.endswith("-tiny"))
    starts = {name: start_of(load_recipe(name)) for name in order}
    assert starts["codebert-search-tiny"] == "codebert-tiny"
    for name, start in starts.items():
        assert start is None or order.index(start) < order.index(name)


def test_entropy_is_that_of_a_fair_coin() -> None:
    assert entropy(np.array([3, 8, 8, 3])) == pytest.approx(math.log(2))
