"""Zig."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="zig",
    extensions=(".zig", ".zon"),
    grammar="tree_sitter_zig",
    query="""
(function_declaration) @function
(variable_declaration . (identifier) @name (struct_declaration "{" @body)) @struct
(variable_declaration . (identifier) @name (union_declaration "{" @body)) @struct
(variable_declaration . (identifier) @name (opaque_declaration "{" @body)) @struct
(variable_declaration . (identifier) @name (enum_declaration "{" @body)) @enum
(variable_declaration . (identifier) @name (error_set_declaration "{" @body)) @enum
(variable_declaration
  . (identifier) @name
  (binary_expression (error_set_declaration "{" @body))) @enum
(test_declaration [(string) (identifier)] @name (block) @body) @function
((test_declaration) @function (#set! name "test"))
(comment) @comment
""",
    calls="""
(call_expression function: [(identifier) @callee (field_expression member: (_) @callee)])
(builtin_function (builtin_identifier) @callee)
""",
)
