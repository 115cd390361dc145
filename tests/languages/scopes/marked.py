"""Bindings written into the source: `x₀` is an occurrence of binding 0."""

from __future__ import annotations

import re

import tree_sitter

from diglot.languages import language_named
from diglot.languages.base import grammar_of
from diglot.languages.scopes import Binding, read_bindings

_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_MARK = re.compile("[₀-₉]+")


def bindings_of(code: str, language_name: str) -> list[Binding]:
    """The bindings of a source."""
    language = language_named(language_name)
    source = code.encode()
    tree = tree_sitter.Parser(grammar_of(language)).parse(source)
    bindings = read_bindings(tree.root_node, source, language)
    assert bindings is not None
    for binding in bindings:
        assert binding.spans == sorted(set(binding.spans))
        assert {source[start:end].decode() for start, end in binding.spans} == {binding.name}
    return bindings


def marked(code: str, language_name: str) -> str:
    """A source with the number of its binding after each occurrence."""
    source = code.encode()
    marks = sorted(
        (end, str(number).translate(_SUBSCRIPT).encode())
        for number, binding in enumerate(bindings_of(code, language_name))
        for _, end in binding.spans
    )
    for end, mark in reversed(marks):
        source = source[:end] + mark + source[end:]
    return source.decode()


def unmarked(code: str) -> str:
    """A source without marks."""
    return _MARK.sub("", code)
