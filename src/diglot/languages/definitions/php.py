"""PHP."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="php",
    extensions=(".php", ".phtml", ".php5", ".inc"),
    interpreters=("php",),
    grammar="tree_sitter_php",
    grammar_function="language_php",
    line_comments=("//", "#"),
    separators=("\\\\",),
    prelude=r"#!.*|<\?php\b|declare\s*\([^)]*\)\s*;",
    query="""
(class_declaration) @class
(interface_declaration) @interface
(trait_declaration) @trait
(enum_declaration) @enum
(method_declaration) @method
(function_definition) @function
(assignment_expression
  left: (variable_name (name) @name)
  right: [(anonymous_function body: (_) @body) (arrow_function body: (_) @body)]) @function
(assignment_expression
  left: (variable_name (name) @name)
  right: (object_creation_expression (anonymous_class body: (_) @body))) @class
(attribute_list) @attach
(comment) @comment
""",
    calls="""
(function_call_expression function: [(name) @callee (qualified_name (name) @callee .)])
(member_call_expression name: (name) @callee)
(nullsafe_member_call_expression name: (name) @callee)
(scoped_call_expression name: (name) @callee)
(object_creation_expression [(name) @callee (qualified_name (name) @callee .)])
""",
)
