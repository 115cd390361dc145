"""Go."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="go",
    aliases=("golang",),
    extensions=(".go",),
    grammar="tree_sitter_go",
    query="""
(function_declaration) @function
(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @owner
        (generic_type type: (_) @owner)
        (pointer_type (type_identifier) @owner)
        (pointer_type (generic_type type: (_) @owner))
      ]))) @method
(type_spec type: (struct_type (_) @body)) @struct
(type_spec type: (interface_type "{" @body)) @interface
[(type_spec) (type_alias)] @type
(short_var_declaration
  left: (expression_list . (identifier) @name .)
  right: (expression_list . (func_literal body: (_) @body) .)) @function
(var_spec value: (expression_list . (func_literal body: (_) @body) .)) @function
(type_declaration . [(type_spec) (type_alias)] @inner .) @outer
(var_declaration . (var_spec) @inner .) @outer
(comment) @comment
""",
    calls="""
(call_expression
  function: [
    (identifier) @callee
    (selector_expression field: (_) @callee)
    (parenthesized_expression (identifier) @callee)
  ])
""",
)
