"""Java."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="java",
    extensions=(".java",),
    grammar="tree_sitter_java",
    query="""
[(class_declaration) (record_declaration)] @class
[(interface_declaration) (annotation_type_declaration)] @interface
(enum_declaration) @enum
[
  (method_declaration)
  (constructor_declaration)
  (compact_constructor_declaration)
] @method
(modifiers [(annotation) (marker_annotation)] @attach)
[(line_comment) (block_comment)] @comment
""",
    calls="""
(method_invocation name: (identifier) @callee)
(object_creation_expression
  type: [
    (type_identifier) @callee
    (generic_type . (type_identifier) @callee)
    (scoped_type_identifier (type_identifier) @callee .)
  ])
""",
)
