from __future__ import annotations

from pathlib import Path

import pytest

from diglot.corpus.leaks import LeakCheck
from diglot.corpus.recipe import load_recipe, recipe_names
from diglot.corpus.sources import parse_source
from diglot.errors import InputError

SIX = {"python", "java", "javascript", "typescript", "go", "php", "ruby"}


def write(path: Path, text: str) -> str:
    file = path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_recipe_is_read(tmp_path: Path) -> None:
    recipe = load_recipe(
        write(
            tmp_path,
            'languages = ["go"]\nlargest_share = 0.5\n'
            '[[sources]]\nspec = "deb:jq=1.6-2"\nsplit = "test"\nexclude = ["*_gen.go"]\n',
        )
    )
    assert recipe.name == "mine"
    assert recipe.sources[0].split == "test"
    assert recipe.wanted(recipe.sources[0], "go")
    assert not recipe.wanted(recipe.sources[0], "python")


def test_typescript_includes_its_dialect(tmp_path: Path) -> None:
    recipe = load_recipe(
        write(tmp_path, 'languages = ["typescript"]\n[[sources]]\nspec = "folder:x"\n')
    )
    assert recipe.wanted(recipe.sources[0], "tsx")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "unknown key 'colour'; accepted: evaluation, languages"),
        ("seed = 'one'", "seed is 'one'; accepted: a whole number"),
        ("seed = true", "seed is True; accepted: a whole number"),
        ("languages = [1]", "languages is"),
        ("languages = ['cobol']", "unknown language 'cobol'"),
        ("largest_share = 0", "largest_share is 0.0; accepted: above 0"),
        ("similarity = 2.0", "similarity is 2.0"),
        ("sources = 3", "sources is 3"),
        ("[[sources]]\nspc = 'x'", "sources 1: unknown key 'spc'"),
        ("[[sources]]\nsplit = 'test'", "sources 1"),
        ("[[sources]]\nspec = 'x'\nsplit = 'dev'", "sources 1: split is 'dev'; accepted: train"),
        ("[[sources]]\nspec = 'x'\n[[sources]]\nspec = 'x'", "source x is named more than once"),
        ("this is no toml", "is not TOML"),
    ],
)
def test_what_a_recipe_may_not_say(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_recipe(write(tmp_path, text))
    assert message in str(caught.value)
    assert "mine.toml" in str(caught.value)


@pytest.mark.parametrize("name", ["nonsense", "nowhere.toml"])
def test_unknown_recipes(name: str) -> None:
    with pytest.raises(InputError, match=name):
        load_recipe(name)


@pytest.mark.parametrize("name", recipe_names())
def test_shipped_recipes_name_sources_that_may_be_trained_on(name: str) -> None:
    recipe = load_recipe(name)
    leaks = LeakCheck.load()
    assert recipe.licences == "permissive"
    for entry in recipe.sources:
        source = parse_source(entry.spec)
        assert not leaks.names(entry.spec.partition("=")[0].rpartition("@")[0] or entry.spec)
        assert source.spec == entry.spec


def test_the_public_recipe_is_pinned_and_held_to_its_rules() -> None:
    recipe = load_recipe("public")
    assert len(recipe.sources) <= 120
    assert recipe.largest_share == 0.15
    assert set(recipe.languages) >= SIX
    for entry in recipe.sources:
        scheme, _, rest = entry.spec.partition(":")
        assert scheme in ("pypi", "npm", "deb", "deb-orig")
        assert ("@" in rest[1:]) if scheme == "npm" else ("=" in rest)
        if "csharp" in entry.languages:
            assert entry.split == "test"
