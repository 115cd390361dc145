from __future__ import annotations

import json
import tomllib

import pytest

from diglot.errors import InputError
from diglot.training.assembly import check_recipe
from diglot.training.recipe import load_recipe, recipe_from, recipe_names
from diglot.training.toml import dump_toml

RECIPE = """
[model]
architecture = "roberta"
layers = 2
width = 64
heads = 2

[data]
length = 32

[[objectives]]
name = "mlm"
rate = 0.2

[optimizer]
steps = 10
betas = [0.9, 0.98]
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE)
    return path


def test_a_recipe_is_named_by_its_file_and_keeps_what_it_holds(path) -> None:
    recipe = load_recipe(str(path))
    assert recipe.name == "mine"
    assert recipe.optimizer.betas == (0.9, 0.98)
    assert recipe.objectives[0] == {"name": "mlm", "rate": 0.2}
    assert recipe.data.length == 32
    assert recipe.data.batch == 64  # not given


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("modle.layers=2", ["modle", "model"]),
        ("optimizer.learning_rate=1.0", ["optimizer", "learning_rate", "lr"]),
        ("data.length='long'", ["length", "long", "whole number"]),
        ("data.length=2", ["length", "2", "8 or more"]),
        ("data.view='lines'", ["view", "lines", "blocks"]),
        ("data.tables=['files', 'code']", ["tables", "code", "prose"]),
        ("optimizer.betas=[0.9]", ["betas", "list of 2"]),
        ("optimizer.steps=0", ["steps", "epochs"]),
        ("run.dtype='float8'", ["dtype", "float8", "bfloat16"]),
        ("run.keep=true", ["keep", "whole number"]),
        ("run.average=9", ["average", "9", "2"]),
        ("objectives.rtd.rate=0.1", ["rtd", "mlm"]),
        ("optimizer.lr", ["KEY=VALUE"]),
        ("name.first=1", ["name", "no table"]),
    ],
)
def test_what_is_not_accepted_is_an_error_that_says_what_is(path, change, words) -> None:
    with pytest.raises(InputError) as error:
        load_recipe(str(path), ["name='x'", change])
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        (["objectives.mlm.rato=0.1"], "rato"),
        (["objectives.mlm.name='rdt'"], "rdt"),
        (["model.architecture='robert'"], "robert"),
        (["model.depth=2"], "depth"),
        (["data.length=4096"], "4096"),
    ],
)
def test_objectives_and_models_are_checked_before_anything_is_made(path, changes, word) -> None:
    with pytest.raises(InputError, match=word):
        check_recipe(load_recipe(str(path), changes))


def test_settings_are_changed_by_name_number_and_bare_string(path) -> None:
    changes = ["objectives.mlm.rate=0.3", "objectives.0.mask=1.0", "tokenizer.from=here/there"]
    recipe = load_recipe(str(path), changes)
    assert recipe.objectives[0] == {"name": "mlm", "rate": 0.3, "mask": 1.0}
    assert recipe.tokenizer.source == "here/there"


def test_a_resolved_recipe_is_a_recipe_again(path) -> None:
    recipe = load_recipe(str(path), ["name='with \"quotes\" and \\u00fc'"])
    written = dump_toml(recipe.resolved(steps=7, threads=2).record())
    again = recipe_from(tomllib.loads(written), "written")
    assert json.dumps(again.record()) == json.dumps(recipe.resolved(steps=7, threads=2).record())
    assert again.optimizer.steps == 7


def test_settings_of_the_machine_are_no_part_of_a_recipes_identity(path) -> None:
    plain = load_recipe(str(path))
    assert load_recipe(str(path), ["run.workers=4"]).identity() == plain.identity()
    assert load_recipe(str(path), ["run.seed=4"]).identity() != plain.identity()


def test_unknown_recipes_are_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match="roberta-tiny"):
        load_recipe("roberta-tini")


@pytest.mark.parametrize("name", recipe_names())
def test_the_recipes_that_come_with_diglot_are_sound(name) -> None:
    recipe = load_recipe(name)
    if not recipe.model.get("from"):  # else it is looked up
        check_recipe(recipe)
