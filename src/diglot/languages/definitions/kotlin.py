"""Kotlin."""

from __future__ import annotations

import re

from diglot.languages.base import Language

_FUN = re.compile(rb"\bfun(?=\s+interface\b)")


def _without_fun(source: bytes) -> bytes:
    """Blank out the `fun` of `fun interface`, which the grammar does not know."""
    return _FUN.sub(b"   ", source)


LANGUAGE = Language(
    name="kotlin",
    aliases=("kt",),
    extensions=(".kt", ".kts"),
    grammar="tree_sitter_kotlin",
    rewrite=_without_fun,
    query="""
(class_declaration (modifiers (class_modifier "enum")) (enum_class_body)? @body) @enum
(class_declaration "interface" (class_body)? @body) @interface
(class_declaration (class_body)? @body) @class
(object_declaration (class_body)? @body) @class
(companion_object name: (_) (class_body)? @body) @class
(companion_object (class_body)? @body (#set! name "Companion")) @class
(function_declaration
  [(user_type . (identifier) @owner) (nullable_type (user_type . (identifier) @owner))]
  "."
  (function_body)? @body) @method
(function_declaration (function_body)? @body) @function
(secondary_constructor (block)? @body (#set! name "constructor")) @method
(type_alias type: (_) @name) @type
(modifiers (annotation) @attach)
(source_file (annotated_expression) @attach)
[(line_comment) (block_comment)] @comment
""",
    calls="""
(call_expression . [(identifier) @callee (navigation_expression (identifier) @callee .)])
""",
)
