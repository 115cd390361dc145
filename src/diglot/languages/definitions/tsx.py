"""TypeScript with JSX."""

from __future__ import annotations

from dataclasses import replace

from diglot.languages.definitions import typescript

LANGUAGE = replace(
    typescript.LANGUAGE,
    name="tsx",
    aliases=(),
    dialect_of="typescript",
    extensions=(".tsx",),
    interpreters=(),
    grammar_function="language_tsx",
)
