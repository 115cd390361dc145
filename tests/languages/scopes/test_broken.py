"""Whatever the text, something sensible comes back, in a time that grows with its length."""

from __future__ import annotations

from pathlib import Path

import pytest
import tree_sitter
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.languages.scopes.marked import bindings_of

from diglot.languages import all_languages, language_named, language_of
from diglot.languages.base import grammar_of
from diglot.languages.obfuscate import obfuscate
from diglot.languages.scopes import read_bindings, scope_rules

WITH_RULES = [language for language in all_languages() if scope_rules(language) is not None]
SOURCES = [
    (path.read_text("utf-8"), language.name)
    for folder in (Path(__file__).parent / "programs", Path(__file__).parents[1] / "samples")
    for path in sorted(folder.iterdir())
    if (language := language_of(path.name)) in WITH_RULES
]


def test_the_languages_with_rules() -> None:
    names = {language.name for language in WITH_RULES}
    assert names == {
        *("python", "java", "javascript", "typescript", "tsx", "go", "php", "ruby", "csharp")
    }
    rust = language_named("rust")
    tree = tree_sitter.Parser(grammar_of(rust)).parse(b"fn f() {}")
    assert read_bindings(tree.root_node, b"fn f() {}", rust) is None


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SOURCES),
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 60),
            st.sampled_from(["", *"(){}[]:;\"'`\n\t =.<>@$#é", "class ", "def ", "function "]),
        ),
        max_size=4,
    ),
)
def test_damaged_code(source: tuple[str, str], edits: list[tuple[float, int, str]]) -> None:
    code, language = source
    for where, length, put in edits:
        at = int(where * len(code))
        code = code[:at] + put + code[at + length :]
    starts = [start for binding in bindings_of(code, language) for start, _ in binding.spans]
    assert len(starts) == len(set(starts))
    assert obfuscate(code, language_named(language)).restore() == code


@pytest.mark.parametrize(
    ("language", "opening", "closing"),
    [
        ("javascript", "function f(a) { let x = a; ", "}"),
        ("javascript", "{ let x; y; ", "}"),
        ("javascript", "let [", ""),
        ("python", "lambda a: ", "a"),
        ("python", "f(a=", ")"),
        ("python", "[x for x in ", "]"),
        ("go", "if x := 1; x { ", "}"),
        ("java", "class A { void f() { int x; ", "}}"),
        ("php", "<?php function () { $a; ", "}"),
        ("ruby", "def f; x = 1; ", "end;"),
        ("csharp", "class A { void F() { int x; ", "}}"),
    ],
)
def test_deep_code_is_read_to_its_end(language: str, opening: str, closing: str) -> None:
    found = language_named(language)
    code = (opening * 4000 + closing * 4000).encode()
    tree = tree_sitter.Parser(grammar_of(found)).parse(code)
    assert read_bindings(tree.root_node, code, found) is not None
