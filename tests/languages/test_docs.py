"""From comments to prose."""

from __future__ import annotations

import pytest

from diglot.languages import language_named
from diglot.languages.docs import clean_docs, is_licence


@pytest.mark.parametrize(
    ("language", "comments", "docs"),
    [
        ("python", ['"""One line."""'], "One line."),
        (
            "python",
            ["r'''Raw.\n\n    Indented\n        more.\n    '''"],
            "Raw.\n\nIndented\n    more.",
        ),
        ("python", ["# first", "#", "#   second"], "first\n\n  second"),
        ("python", ["# -----", "# Title", "# -----"], "Title"),
        ("python", ["# noqa: E501", "# why"], "why"),
        ("java", ["/** One line. */"], "One line."),
        ("java", ["/**\n     * First.\n     *\n     *   Second.\n     */"], "First.\n\n  Second."),
        ("c", ["/*\n   First\n     second\n*/"], "First\n  second"),
        ("c", ["/*** Banner ***/"], "Banner"),
        ("rust", ["/// First.", "///", "/// # Panics"], "First.\n\n# Panics"),
        ("rust", ["//! Inner."], "Inner."),
        ("go", ["// Get gets.", "//go:noinline"], "Get gets."),
        ("lua", ["--- Adds.", "--- @param a number"], "Adds.\n@param a number"),
        ("lua", ["--[[\nFinds.\n]]"], "Finds."),
        ("haskell", ["-- | Joins\n-- two."], "Joins\ntwo."),
        ("haskell", ["{- | Joins\n   two. -}"], "Joins\ntwo."),
        ("elixir", ['@doc """\n  Joins.\n\n      iex> 1\n  """'], "Joins.\n\n    iex> 1"),
        ("elixir", ["@doc false"], ""),
        ("elixir", ['@doc ~S"Joins."'], "Joins."),
        ("ruby", ["=begin\nFinds.\n=end"], "Finds."),
        (
            "csharp",
            ['/// <summary>Uses <see cref="T:A"/>.</summary>', '/// <param name="b">It.</param>'],
            "Uses A.\nb: It.",
        ),
        ("typescript", ["// === Parsing ==="], "Parsing"),
        ("python", ["# größe 日本語"], "größe 日本語"),
        ("python", [], ""),
    ],
)
def test_clean_docs(language, comments, docs):
    assert clean_docs(comments, language_named(language)) == docs


@pytest.mark.parametrize(
    "comment",
    ["// Copyright 2024 Somebody", "# SPDX-License-Identifier: MIT", "/* Licensed under the X */"],
)
def test_licences(comment):
    assert is_licence(comment)


def test_prose_is_no_licence():
    assert not is_licence("// Checks the licence key of a customer.")
