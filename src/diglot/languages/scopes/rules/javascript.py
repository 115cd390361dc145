"""JavaScript, with JSX."""

from __future__ import annotations

from diglot.languages.scopes.base import ScopeRules

COMMON = """
[(identifier) (property_identifier) (private_property_identifier) (shorthand_property_identifier)
 (shorthand_property_identifier_pattern) (statement_identifier)] @name
(statement_identifier) @name.label

[(class) (function_expression) (generator_function)] @scope.types
[(statement_block) (for_statement) (for_in_statement) (switch_body) (catch_clause)] @scope
[(function_declaration) (generator_function_declaration) (function_expression)
 (generator_function) (method_definition) (class_static_block)] @scope.function
(arrow_function) @scope.arrow
[(class_declaration) (class)] @scope.opaque

[(property_identifier) (private_property_identifier)] @member
[(shorthand_property_identifier) (shorthand_property_identifier_pattern)] @expand.pair @foreign

(member_expression object: (this) property: (_) @own)
(assignment_expression left: (member_expression object: (this) property: (_) @own.variable))
(class_body (method_definition name: [(property_identifier) (private_property_identifier)] @method))
(class_declaration decorator: (decorator)) @open
(export_statement decorator: (decorator)
  declaration: (class_declaration) @open)
(subscript_expression object: (this)) @reflective
(spread_element (this)) @reflective
(for_in_statement right: (this)) @reflective
((call_expression
  function: (member_expression object: (identifier) @_object)
  arguments: (arguments (this)) @reflective)
  (#any-of? @_object "Object" "JSON" "Reflect"))

(variable_declaration (variable_declarator name: (_) @binds.variable.hoisted))
(lexical_declaration (variable_declarator name: (_) @binds.variable))
(for_in_statement kind: "var" left: (_) @binds.variable.hoisted)
(for_in_statement kind: ["let" "const"] left: (_) @binds.variable)
(catch_clause parameter: (_) @binds.variable)
(formal_parameters) @binds.parameter
(assignment_expression left: (_) @binds)
(variable_declarator name: (identifier) @target)
(for_in_statement left: (identifier) @target)
(catch_clause parameter: (identifier) @target)
(array_pattern (identifier) @target)
(pair_pattern value: (identifier) @target)
(rest_pattern (identifier) @target)
(assignment_pattern left: (identifier) @target)
(shorthand_property_identifier_pattern) @target

(function_declaration name: (identifier) @function.outer)
(generator_function_declaration name: (identifier) @function.outer)
(function_expression name: (identifier) @function.around)
(generator_function name: (identifier) @function.around)
(class_declaration name: (_) @class.outer)
(class name: (_) @class.around)
(arrow_function parameter: (identifier) @parameter)
(lexical_declaration (variable_declarator
  name: (identifier) @function value: [(arrow_function) (function_expression)]))
(variable_declaration (variable_declarator
  name: (identifier) @function.hoisted value: [(arrow_function) (function_expression)]))
(labeled_statement label: (statement_identifier) @label)

(import_clause (identifier) @import)
(namespace_import (identifier) @import)
(import_specifier name: (identifier) @import !alias)
(import_specifier alias: (identifier) @import)
(import_specifier name: (identifier) @ignored alias: (_))
(export_specifier alias: (identifier) @ignored)
(namespace_export (identifier) @ignored)
(export_statement (export_clause (export_specifier (identifier) @ignored)) source: (_))
(export_specifier name: (identifier) @expand.export !alias)
(export_statement . "export" . declaration: (_ name: (_) @frozen))
(export_statement . "export" . declaration: (_ (variable_declarator name: (_) @frozen)))
(export_statement "default" declaration: (_ name: (_) @thawed))
(string (string_fragment) @spelled)
(template_string . (string_fragment) @spelled .)
(with_statement) @dynamic.all
"""
"""What JavaScript and TypeScript have in common."""

JSX = """
(jsx_attribute (property_identifier) @ignore)
(jsx_namespace_name (identifier) @ignore)
((jsx_opening_element name: (identifier) @ignore) (#match? @ignore "^[a-z]"))
((jsx_closing_element name: (identifier) @ignore) (#match? @ignore "^[a-z]"))
((jsx_self_closing_element name: (identifier) @ignore) (#match? @ignore "^[a-z]"))
(jsx_opening_element name: (identifier) @capital)
(jsx_self_closing_element name: (identifier) @capital)
"""
"""What JSX adds to both."""

FIXED_MEMBERS = (
    r"#?constructor|prototype|name|length|toString|toLocaleString|valueOf|toJSON|then|catch|finally"
    r"|next|return|throw|done|value|raw|__proto__|handleEvent|(?:connected|disconnected|adopted)"
    r"Callback|attributeChangedCallback|observedAttributes|render|state|props"
)
"""Members that the language, its library or a framework calls by name."""

EXPANSIONS = {"pair": "{old}: {new}", "export": "{new} as {old}"}
DYNAMIC = frozenset({b"eval"})

RULES = ScopeRules(
    query=COMMON
    + JSX
    + """
(class_heritage (_) @base)
(class_body (field_definition
  property: [(property_identifier) (private_property_identifier)] @field))
(field_definition (decorator) property: (_) @foreign)
(method_definition (decorator) name: (_) @foreign)
(formal_parameters (identifier) @target)
""",
    namespaces=frozenset({"member"}),
    fixed=r"arguments|undefined|NaN|Infinity|globalThis",
    fixed_members=FIXED_MEMBERS,
    dynamic=DYNAMIC,
    expansions=EXPANSIONS,
    sigils=b"#",
    wrappers=(("class W {", "\n}"), ("({", "\n})")),
)
