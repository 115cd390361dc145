"""JavaScript, with JSX."""

from __future__ import annotations

from diglot.languages.base import Language

FUNCTIONS = """
[(function_declaration) (generator_function_declaration)] @function
(method_definition) @method

(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @function
(program (_
  (variable_declarator
    name: (identifier) @name
    value: (call_expression
      arguments: (arguments [(arrow_function) (function_expression)]) @body)) @function))
(program (_ (_
  (variable_declarator
    name: (identifier) @name
    value: (call_expression
      arguments: (arguments [(arrow_function) (function_expression)]) @body)) @function)))
(variable_declarator
  name: (identifier) @name
  value: (call_expression
    function: (member_expression object: (identifier) @_react)
    arguments: (arguments . [(arrow_function) (function_expression)]) @body)
  (#eq? @_react "React")) @function

(assignment_expression
  left: (member_expression object: (member_expression) @_exports property: (_) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#eq? @_exports "module.exports")) @function
(assignment_expression
  left: (member_expression object: (_) @_exports property: (_) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#any-of? @_exports "exports" "this" "self" "window" "globalThis")) @function
(assignment_expression
  left: (member_expression) @_exports
  right: (function_expression name: (identifier) @name body: (_) @body)
  (#eq? @_exports "module.exports")) @function
(assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @owner property: (_) @_prototype)
    property: (_) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#eq? @_prototype "prototype")) @method
(assignment_expression
  left: [(identifier) (member_expression)] @name
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
(export_statement
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#set! name "default")) @function
(export_statement
  value: (class body: (_) @body)
  (#set! name "default")) @class

(pair
  key: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
(pair key: (_) @name value: (object)) @scope
(variable_declarator name: (identifier) @name value: (object)) @scope
(assignment_expression left: (_) @name right: (object)) @scope

(call_expression
  function: [(identifier) @_test (member_expression object: (identifier) @_test)]
  arguments: (arguments
    . [(string) (template_string)] @name
    [(arrow_function) (function_expression)] @body)
  (#any-of? @_test "it" "test" "specify" "bench")) @function
(call_expression
  function: [(identifier) @_suite (member_expression object: (identifier) @_suite)]
  arguments: (arguments
    . [(string) (template_string)] @name
    [(arrow_function) (function_expression)])
  (#any-of? @_suite "describe" "context" "suite")) @scope

(export_statement declaration: (_) @inner) @outer
(lexical_declaration . (variable_declarator) @inner .) @outer
(variable_declaration . (variable_declarator) @inner .) @outer
(decorator) @attach
(comment) @comment
"""
"""What JavaScript and TypeScript have in common."""

CALLS = """
(call_expression
  function: [(identifier) @callee (member_expression property: (_) @callee)])
(new_expression
  constructor: [(identifier) @callee (member_expression property: (_) @callee)])
"""

LANGUAGE = Language(
    name="javascript",
    aliases=("js",),
    extensions=(".js", ".jsx", ".mjs", ".cjs"),
    filenames=("Jakefile",),
    interpreters=("node", "nodejs", "bun"),
    grammar="tree_sitter_javascript",
    query=FUNCTIONS
    + """
(class_declaration) @class
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class
(field_definition
  property: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
""",
    calls=CALLS,
)
