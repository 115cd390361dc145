"""Scala."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="scala",
    extensions=(".scala", ".sc", ".sbt"),
    interpreters=("scala",),
    grammar="tree_sitter_scala",
    query="""
[(class_definition) (object_definition) (package_object)] @class
(trait_definition) @trait
(enum_definition) @enum
(given_definition name: (_)) @type
(given_definition return_type: (_) @name) @type
(type_definition) @type
[(function_definition) (function_declaration)] @function
(call_expression
  function: (call_expression
    function: (identifier) @_test
    arguments: (arguments . (string) @name))
  arguments: (block) @body
  (#any-of? @_test "test" "it" "property")) @function
(annotation) @attach
[(comment) (block_comment)] @comment
""",
    calls="""
(call_expression
  function: [
    (identifier) @callee
    (field_expression field: (identifier) @callee)
    (generic_function
      function: [(identifier) @callee (field_expression field: (identifier) @callee)])
  ])
(instance_expression . [(type_identifier) @callee (generic_type type: (_) @callee)])
""",
)
