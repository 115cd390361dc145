"""Haskell."""

from __future__ import annotations

import re

from diglot.languages.base import Language

_DIRECTIVE = re.compile(rb"^#[ \t]*[a-z](?:.*\\\n)*.*|\{-#[^}]*#-\}", re.MULTILINE)


def _without_directives(source: bytes) -> bytes:
    """Blank out pragmas and the C preprocessor's lines: both branches of an `#if` are code."""
    return _DIRECTIVE.sub(lambda match: re.sub(rb"[^\n]", b" ", match[0]), source)


LANGUAGE = Language(
    name="haskell",
    aliases=("hs",),
    extensions=(".hs", ".hsc", ".hs-boot"),
    interpreters=("runhaskell", "runghc", "stack"),
    grammar="tree_sitter_haskell",
    line_comments=("-- |", "-- ^", "--|", "--"),
    block_comments=(("{-", "-}"),),
    merge_clauses=True,
    rewrite=_without_directives,
    query="""
(signature name: (prefix_id (_) @name)) @function
(function name: (prefix_id (_) @name)) @function
(bind name: (prefix_id (_) @name)) @function
[(signature name: (_)) (function name: (_)) (bind name: (_))] @function
(signature names: (_ . (_) @name)) @function
(function (infix operator: (_) @name)) @function
[(data_type) (newtype) (type_synonym)] @type
(class declarations: (_)? @body) @class
(instance
  patterns: (_
    . [
      (name) @name
      (parens (apply constructor: (name) @name))
      (parens (apply constructor: (apply constructor: (name) @name)))
    ])
  declarations: (_)? @body) @type
(instance declarations: (_)? @body) @type
(default_signature (signature) @inner) @outer
[(comment) (haddock)] @comment
""",
    calls="""
(apply function: [(variable) @callee (qualified (variable) @callee)])
""",
)
