"""C."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="c",
    extensions=(".c", ".h"),
    grammar="tree_sitter_c",
    superset=(
        "cpp",
        r"^[ \t]*(?:namespace\b[^;]*\{|template\s*<|class\s+\w[^;]*\{|using\s+namespace\b"
        r"|(?:public|private|protected)\s*:)|\bstd::\w",
    ),
    query="""
(function_definition
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (_ declarator: (function_declarator declarator: (identifier) @name))
    (_ declarator: (_ declarator: (function_declarator declarator: (identifier) @name)))
  ]) @function
(declaration
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (pointer_declarator
      declarator: (pointer_declarator
        declarator: (function_declarator declarator: (identifier) @name)))
  ]) @prototype
(preproc_function_def value: (_)? @body) @function
(type_definition
  type: [(struct_specifier body: (_) @body) (union_specifier body: (_) @body)]
  declarator: (type_identifier) @name) @struct
(type_definition
  type: (enum_specifier body: (_) @body)
  declarator: (type_identifier) @name) @enum
(type_definition
  declarator: [
    (type_identifier) @name
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator
      declarator: (parenthesized_declarator
        (pointer_declarator declarator: (type_identifier) @name)))
  ]) @type
[(struct_specifier body: (_)) (union_specifier body: (_))] @struct
(enum_specifier body: (_)) @enum
(type_definition
  type: [
    (struct_specifier body: (_))
    (union_specifier body: (_))
    (enum_specifier body: (_))
  ] @inner) @outer
(comment) @comment
""",
)
