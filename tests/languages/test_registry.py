"""Which language a file is in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import diglot
from diglot.errors import InputError
from diglot.languages import all_languages, language_named, language_of, languages_named


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.py", "python"),
        ("src/a/B.JAVA", "java"),
        ("a.test.jsx", "javascript"),
        ("a.d.ts", "typescript"),
        ("a.tsx", "tsx"),
        ("x/a.h", "c"),
        ("a.hpp", "cpp"),
        ("a\\b.cs", "csharp"),
        ("Rakefile", "ruby"),
        ("home/.bashrc", "bash"),
        ("test/a.bats", "bash"),
        ("a.kts", "kotlin"),
        ("a.exs", "elixir"),
    ],
)
def test_language_by_name(path, name):
    found = language_of(path)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("first_line", "name"),
    [
        ("#!/bin/sh", "bash"),
        ("#!/usr/bin/env bash", "bash"),
        ("#!/usr/bin/python3.11 -u", "python"),
        ("#! /usr/bin/env -S node --harmony", "javascript"),
        ("#!/usr/bin/env LANG=C ruby", "ruby"),
        ("#!/usr/local/bin/lua5.4\r\n", "lua"),
    ],
)
def test_language_by_interpreter(first_line, name):
    found = language_of("bin/tool", first_line)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("path", "first_line"),
    [
        ("README.md", ""),
        ("pyproject.toml", ""),
        ("tool", "python"),
        ("tool", "#!"),
        ("tool", "#!/usr/bin/env"),
        ("tool", "#!/usr/bin/perl"),
        ("", ""),
    ],
)
def test_other_texts_have_no_language(path, first_line):
    assert language_of(path, first_line) is None


def test_the_name_goes_before_the_interpreter():
    found = language_of("a.py", "#!/bin/sh")
    assert found is not None
    assert found.name == "python"


def test_language_named():
    assert language_named("Python") is language_of("a.py")
    with pytest.raises(InputError, match=r"'cobol'.*bash, c, cpp"):
        language_named("cobol")


def test_no_two_languages_share_a_name_or_an_extension():
    languages = all_languages()
    for keys in (
        [language.name for language in languages],
        [key for language in languages for key in language.extensions + language.filenames],
        [key for language in languages for key in language.interpreters],
    ):
        assert len(keys) == len(set(keys))


def test_finding_a_language_loads_no_grammar():
    environment = {**os.environ, "PYTHONPATH": str(Path(diglot.__file__).parents[1])}
    program = (
        "import sys\n"
        "from diglot.languages import extract_units, language_of\n"
        "language = language_of('a.py')\n"
        "loaded = lambda: {name for name in sys.modules if name.startswith('tree_sitter_')}\n"
        "assert not loaded(), loaded()\n"
        "extract_units('def f(): pass', language)\n"
        "assert {name.split('.')[0] for name in loaded()} == {'tree_sitter_python'}, loaded()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


@pytest.mark.parametrize(
    ("names", "language"),
    [
        ("py python pyi .py PY", "python"),
        ("js javascript jsx mjs cjs", "javascript"),
        ("ts typescript mts", "typescript"),
        ("rust rs", "rust"),
        ("cpp c++ cxx cc hpp", "cpp"),
        ("c h", "c"),
        ("csharp cs c#", "csharp"),
        ("go golang", "go"),
        ("ruby rb", "ruby"),
        ("kotlin kt kts", "kotlin"),
        ("sh bash shell zsh", "bash"),
        ("elixir ex exs", "elixir"),
        ("haskell hs", "haskell"),
        ("php java lua scala swift zig tsx", None),
    ],
)
def test_other_names_of_a_language(names: str, language: str | None) -> None:
    for name in names.split():
        assert language_named(name).name == (language or name)


def test_no_name_stands_for_two_languages() -> None:
    names = [name for one in all_languages() for name in dict.fromkeys((one.name, *one.aliases))]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    for language in all_languages():
        assert all(language_named(name) == language for name in (language.name, *language.aliases))


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("ts", {"typescript", "tsx"}),
        ("TypeScript", {"typescript", "tsx"}),
        ("tsx", {"tsx"}),
        ("h", {"c", "cpp"}),
        ("c", {"c"}),
        ("py", {"python"}),
    ],
)
def test_a_filter_takes_dialects_too(name: str, languages: set[str]) -> None:
    assert {language.name for language in languages_named(name)} == languages


@pytest.mark.parametrize(
    ("name", "meant"), [("pyton", "python"), ("jva", "java"), ("typscript", "typescript")]
)
def test_an_unknown_name_is_told_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(InputError, match=rf"'{name}' \(did you mean {meant}\?\); accepted: bash, "):
        language_named(name)


@pytest.mark.parametrize("name", ["klingon", "", "x" * 100_000])
def test_a_name_that_is_near_none_is_told_alone(name: str) -> None:
    with pytest.raises(InputError) as caught:
        language_named(name)
    assert "did you mean" not in str(caught.value)
