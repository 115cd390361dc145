"""Which identifiers of a file are the same thing, in languages that have scope rules."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import cast

import tree_sitter

from diglot.languages.base import Language
from diglot.languages.scopes import rules
from diglot.languages.scopes.base import Binding, Role, ScopeRules
from diglot.languages.scopes.resolve import resolve

__all__ = ["Binding", "Role", "read_bindings", "scope_rules"]


@cache
def scope_rules(language: Language) -> ScopeRules | None:
    """The scope rules of a language, or None if there are none."""
    if language.name not in {module.name for module in pkgutil.iter_modules(rules.__path__)}:
        return None
    module = importlib.import_module(f"{rules.__name__}.{language.name}")
    return cast(ScopeRules, module.RULES)


def read_bindings(
    root: tree_sitter.Node, source: bytes, language: Language
) -> list[Binding] | None:
    """Find what a file declares and every place that names it.

    Two occurrences are of one binding if and only if they name the same thing. Only what can be
    renamed throughout without changing what the file does is returned: no imports, no built-ins, no
    members that code elsewhere may know, no parameters that a caller names, nothing in reach of
    `eval` and its like. Code that does not parse gives what can be found.

    Args:
        root: root node of the parsed file.
        source: the bytes that were parsed.
        language: their language.

    Returns:
        Bindings by first occurrence; None if the language has no scope rules.
    """
    found = scope_rules(language)
    return None if found is None else resolve(root, source, language, found).bindings
