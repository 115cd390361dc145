"""C++."""

from __future__ import annotations

from diglot.languages.base import Language
from diglot.languages.definitions import c

LANGUAGE = Language(
    name="cpp",
    aliases=("c++",),
    extensions=(
        *(".cpp", ".cc", ".cxx", ".c++", ".hpp", ".hh", ".hxx", ".h++"),
        *(".ipp", ".tpp", ".inl", ".cu", ".cuh", ".cppm", ".ixx"),
    ),
    grammar="tree_sitter_cpp",
    separators=("::",),
    between=c.BETWEEN,
    rewrite=c.readable,
    query="""
(class_specifier body: (_)) @class
[(struct_specifier body: (_)) (union_specifier body: (_))] @struct
(enum_specifier body: (_)) @enum
[(concept_definition) (alias_declaration)] @type
(namespace_definition) @scope

(function_definition
  declarator: (function_declarator
    declarator: (identifier) @_test
    parameters: (parameter_list
      . (parameter_declaration type: (_) @owner)
      . (parameter_declaration type: (_) @name) .))
  (#any-of? @_test "TEST" "TEST_F" "TEST_P" "TYPED_TEST" "TYPED_TEST_P")) @function
(function_definition
  declarator: (qualified_identifier name: (operator_cast)) @name) @method
(function_definition
  declarator: [
    (function_declarator)
    (pointer_declarator)
    (reference_declarator)
    (array_declarator)
    (parenthesized_declarator)
    (attributed_declarator)
    (operator_cast)
  ] @name) @function
(_
  declarator: (init_declarator
    declarator: (identifier) @name
    value: (lambda_expression body: (_) @body))) @function
(declaration
  declarator: [
    (function_declarator)
    (pointer_declarator)
    (reference_declarator)
    (array_declarator)
  ] @name) @prototype
(field_declaration
  declarator: [
    (function_declarator)
    (pointer_declarator)
    (reference_declarator)
    (array_declarator)
  ] @name) @prototype
(preproc_function_def value: (_)? @body) @function

(type_definition
  type: [(struct_specifier body: (_) @body) (union_specifier body: (_) @body)]
  declarator: (type_identifier) @name) @struct
(type_definition
  type: (enum_specifier body: (_) @body)
  declarator: (type_identifier) @name) @enum
(type_definition declarator: (_) @name) @type
(type_definition
  type: [
    (struct_specifier body: (_))
    (union_specifier body: (_))
    (enum_specifier body: (_))
  ] @inner) @outer
(template_declaration
  [
    (function_definition)
    (class_specifier)
    (struct_specifier)
    (union_specifier)
    (alias_declaration)
    (concept_definition)
    (declaration)
    (template_declaration)
  ] @inner) @outer
(comment) @comment
""",
    calls="""
(call_expression
  function: [
    (identifier) @callee
    (template_function name: (_) @callee)
    (field_expression field: [(field_identifier) @callee (template_method name: (_) @callee)])
    (qualified_identifier name: [(identifier) @callee (template_function name: (_) @callee)])
    (qualified_identifier
      name: (qualified_identifier
        name: [(identifier) @callee (template_function name: (_) @callee)]))
  ])
(new_expression
  type: [
    (type_identifier) @callee
    (template_type name: (_) @callee)
    (qualified_identifier name: (type_identifier) @callee)
  ])
""",
)
