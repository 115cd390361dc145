"""Swift."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="swift",
    extensions=(".swift",),
    interpreters=("swift",),
    grammar="tree_sitter_swift",
    query="""
(class_declaration declaration_kind: "struct") @struct
(class_declaration declaration_kind: "enum") @enum
(class_declaration declaration_kind: "extension") @type
(class_declaration) @class
(protocol_declaration) @interface
(typealias_declaration) @type
(function_declaration) @function
(protocol_function_declaration) @method
((init_declaration) @method (#set! name "init"))
((deinit_declaration) @method (#set! name "deinit"))
(subscript_declaration (computed_property) @body (#set! name "subscript")) @method
(property_declaration
  name: (pattern bound_identifier: (_) @name)
  computed_value: (_) @body) @method
(modifiers (attribute) @attach)
[(comment) (multiline_comment)] @comment
""",
    calls="""
(call_expression
  . [
    (simple_identifier) @callee
    (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @callee))
  ])
""",
)
