"""TypeScript."""

from __future__ import annotations

from diglot.languages.base import Language
from diglot.languages.definitions import javascript

LANGUAGE = Language(
    name="typescript",
    aliases=("ts",),
    extensions=(".ts", ".mts", ".cts"),
    interpreters=("ts-node", "tsx", "deno"),
    grammar="tree_sitter_typescript",
    grammar_function="language_typescript",
    merge_clauses=True,
    query=javascript.FUNCTIONS
    + """
[(class_declaration) (abstract_class_declaration)] @class
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @class
(interface_declaration) @interface
(type_alias_declaration value: (_) @body) @type
(enum_declaration) @enum
[(function_signature) (abstract_method_signature)] @prototype
(class_body (method_signature) @prototype)
(public_field_definition
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
[(internal_module) (module)] @scope
(ambient_declaration . (_) @inner .) @outer
""",
    calls=javascript.CALLS,
)
