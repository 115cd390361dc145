"""Rust."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="rust",
    aliases=("rs",),
    extensions=(".rs",),
    grammar="tree_sitter_rust",
    separators=("::",),
    query="""
(function_item) @function
(macro_definition name: (_) . _ @body) @function
(function_signature_item) @prototype
[(struct_item) (union_item)] @struct
(enum_item) @enum
(trait_item) @trait
(impl_item
  type: [
    (type_identifier) @name
    (generic_type type: (_) @name)
    (scoped_type_identifier name: (_) @name)
    (reference_type type: (type_identifier) @name)
    (reference_type type: (generic_type type: (_) @name))
  ]) @type
(impl_item type: (_) @name) @type
(type_item) @type
(mod_item body: (_)) @scope
(attribute_item) @attach
[(line_comment) (block_comment)] @comment
""",
    calls="""
(call_expression
  function: [
    (identifier) @callee
    (field_expression field: (field_identifier) @callee)
    (scoped_identifier name: (_) @callee)
    (generic_function
      function: [
        (identifier) @callee
        (field_expression field: (field_identifier) @callee)
        (scoped_identifier name: (_) @callee)
      ])
  ])
(macro_invocation macro: [(identifier) @callee (scoped_identifier name: (_) @callee)])
""",
)
