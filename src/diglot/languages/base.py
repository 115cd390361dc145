"""What a language is: plain data, with its tree-sitter grammar loaded on first use."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import tree_sitter


@dataclass(frozen=True, kw_only=True)
class Language:
    """One programming language, defined by one file in `definitions/`.

    The query marks what becomes a unit. Its captures are:

    - `@function @method @class @struct @trait @interface @enum @type`: a unit of that kind, from
      the declaration's first byte to its last. Of several patterns for one node the first wins.
    - `@prototype`: a function without a body; a unit unless the same file defines the function.
    - `@scope`: no unit, but part of the symbols of what it holds (namespaces, object literals).
    - `@name`, `@body`: parts of the construct, where they are not its fields of these names.
      `(#set! name "...")` names what has no name of its own; without any it is no unit.
    - `@docstring`: the construct's docstring. Where a match captures nothing else, that of the
      construct around it, or of the file.
    - `@owner`: the type a method belongs to, where that is not the enclosing construct.
    - `@outer` with `@inner`: a wrapper (`export`, `template<...>`) and the declaration it extends.
    - `@comment`: comments. Those directly above a unit are its documentation.
    - `@attach`: what stands above a declaration and belongs to it (decorators, attributes).
    """

    name: str
    """Lower-case name, as in `--lang`."""
    aliases: tuple[str, ...] = ()
    """Other names, as in `--lang`: ripgrep's, and what people write. Extensions need none."""
    dialect_of: str = ""
    """Name of the language that, asked for by name, means this one too."""
    extensions: tuple[str, ...]
    """File name endings, with the dot."""
    filenames: tuple[str, ...] = ()
    """Whole file names."""
    interpreters: tuple[str, ...] = ()
    """Programs of a `#!` line, without version."""
    grammar: str
    """Module of the tree-sitter grammar."""
    grammar_function: str = "language"
    """Function of that module that returns the grammar."""
    query: str
    """tree-sitter query, see above."""
    calls: str = ""
    """tree-sitter query whose captures `@callee` are the names that are called."""
    line_comments: tuple[str, ...] = ("///", "//!", "//")
    """Markers of comments that end with the line; the longest first."""
    block_comments: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    """Opening and closing markers of block comments."""
    separators: tuple[str, ...] = ()
    """What parts a qualified name besides `.`."""
    xml_docs: bool = False
    """Whether documentation comments are marked up in XML."""
    prelude: str = r"#!.*"
    """Pattern of what may stand between the comments at the top of a file."""
    between: re.Pattern[bytes] | None = None
    """Lines that may stand between documentation and its declaration."""
    merge_clauses: bool = False
    """Whether adjacent constructs of one name are one unit (equations in Haskell)."""
    rewrite: Callable[[bytes], bytes] | None = None
    """Length-preserving change of the source before parsing, for syntax the grammar lacks."""
    docstring: Callable[[str], str | None] | None = None
    """Text of the expression that `@docstring` captures, where literals are documentation; None
    for an expression that is none."""
    superset: tuple[str, str] | None = None
    """Name of a language that shares extensions, and a pattern that only its files contain."""

    def __hash__(self) -> int:
        return hash(self.name)


@cache
def grammar_of(language: Language) -> tree_sitter.Language:
    """Load the grammar of a language."""
    module = importlib.import_module(language.grammar)
    return tree_sitter.Language(getattr(module, language.grammar_function)())


@cache
def query_of(language: Language) -> tree_sitter.Query:
    """Compile the query of a language."""
    return tree_sitter.Query(grammar_of(language), language.query)


@cache
def calls_of(language: Language) -> tree_sitter.Query:
    """Compile the query of a language for names that are called."""
    return tree_sitter.Query(grammar_of(language), language.calls)


@cache
def names_of(language: Language) -> tuple[str, ...]:
    """Fixed names, by pattern, of constructs that have none of their own; empty for others."""
    query = query_of(language)
    settings = (query.pattern_settings(index) for index in range(query.pattern_count))
    return tuple(setting.get("name") or "" for setting in settings)
