"""Go."""

from __future__ import annotations

from diglot.languages.scopes.base import ScopeRules

RULES = ScopeRules(
    query="""
[(identifier) (type_identifier) (label_name)] @name
(label_name) @name.label

[(function_declaration) (method_declaration) (func_literal)] @scope.function
[(type_spec) (function_type) (method_elem) (if_statement) (for_statement)
 (expression_switch_statement) (type_switch_statement) (expression_case) (type_case)
 (default_case) (communication_case)] @scope
(type_switch_statement !initializer alias: (_) value: (_) @outside)
(if_statement consequence: (block) @scope)
(if_statement alternative: (block) @scope)
(for_statement body: (block) @scope)
(statement_list (block) @scope)
(labeled_statement (block) @scope)
[(short_var_declaration) (var_spec) (const_spec) (range_clause)] @later

(qualified_type name: (type_identifier) @ignore)
(field_declaration !name type: [
  (type_identifier) @kept
  (generic_type type: (type_identifier) @kept)
])
(type_spec name: (type_identifier) @fields type: (struct_type))
(composite_literal type: (type_identifier) body: (literal_value) @literal)
(composite_literal
  type: [(type_identifier) (generic_type)]
  body: (literal_value (keyed_element key: (literal_element (identifier) @key))))
((composite_literal
  type: (qualified_type)
  body: (literal_value (keyed_element key: (literal_element (identifier) @key))))
  (#match? @key "^[A-Z]"))
(literal_element
  (literal_value (keyed_element key: (literal_element (identifier) @key))))

(function_declaration name: (identifier) @function.outer)
(type_spec name: (type_identifier) @class.outer)
(type_alias name: (type_identifier) @class)
(type_parameter_declaration name: (identifier) @class)
(method_declaration receiver: (parameter_list (parameter_declaration type: [
  (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @class)))
  (pointer_type
    (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @class))))])))
(const_spec name: (identifier) @variable)
(var_spec name: (identifier) @variable)
(short_var_declaration left: (expression_list (identifier) @variable))
(range_clause left: (expression_list (identifier) @variable) ":=")
(receive_statement left: (expression_list (identifier) @variable) ":=")
(type_switch_statement alias: (expression_list (identifier) @variable))
(parameter_declaration name: (identifier) @parameter)
(variadic_parameter_declaration name: (identifier) @parameter)
(labeled_statement label: (label_name) @label)
""",
    fixed=r"_|main|init",
    ordered=True,
    wrappers=(("package p\n", ""), ("package p\nfunc f() {\n", "\n}")),
)
