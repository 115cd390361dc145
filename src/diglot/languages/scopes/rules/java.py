"""Java."""

from __future__ import annotations

from diglot.languages.scopes.base import ScopeRules

RULES = ScopeRules(
    query="""
[(identifier) (type_identifier)] @name

(class_declaration type_parameters: (_)) @scope.types
(interface_declaration type_parameters: (_)) @scope.types
(record_declaration type_parameters: (_)) @scope.types
[(class_declaration) (interface_declaration) (record_declaration) (enum_declaration)
 (annotation_type_declaration)] @scope.class
(object_creation_expression (class_body) @scope.class @open @anonymous)
(enum_constant body: (class_body) @scope.class @open @anonymous)
[(method_declaration) (constructor_declaration) (compact_constructor_declaration)
 (static_initializer)] @scope.function
(lambda_expression) @scope.arrow
[(block) (constructor_body) (for_statement) (enhanced_for_statement) (catch_clause) (switch_rule)
 (switch_block_statement_group) (try_with_resources_statement)] @scope

(package_declaration (_) @ignore)
(import_declaration (_) @ignore)
(scoped_identifier (identifier) @ignore)
(element_value_pair key: (identifier) @ignore)
(scoped_type_identifier (_) (type_identifier) @member)
(field_access field: (identifier) @member)
(field_access object: (this) field: (identifier) @own)
(method_invocation !object name: (identifier) @name.function)
(method_invocation object: (_) name: (identifier) @member.function)
(method_invocation object: (this) name: (identifier) @own.function)
(method_reference (_) (identifier) @member.function)
(method_reference (this) (identifier) @own.function)
(string_literal (string_fragment) @spelled)
(annotation_type_element_declaration name: (identifier) @foreign)
(class_declaration (modifiers [(annotation) (marker_annotation)])) @open
(record_declaration (modifiers [(annotation) (marker_annotation)])) @open
[(superclass [(type_identifier) (scoped_type_identifier)] @base)
 (superclass (generic_type . (_) @base))]
(super_interfaces (type_list [(type_identifier) (scoped_type_identifier)] @base))
(super_interfaces (type_list (generic_type . (_) @base)))
(extends_interfaces (type_list [(type_identifier) (scoped_type_identifier)] @base))
(extends_interfaces (type_list (generic_type . (_) @base)))

(class_declaration name: (identifier) @class.outer)
(interface_declaration name: (identifier) @class.outer)
(record_declaration name: (identifier) @class.outer)
(enum_declaration name: (identifier) @class.outer)
(annotation_type_declaration name: (identifier) @class.outer)
(type_parameter (type_identifier) @class)
(class_declaration
  type_parameters: (type_parameters (type_parameter . (type_identifier) @class.around)))
(interface_declaration
  type_parameters: (type_parameters (type_parameter . (type_identifier) @class.around)))
(record_declaration
  type_parameters: (type_parameters (type_parameter . (type_identifier) @class.around)))
(method_declaration name: (identifier) @function.outer)
(variable_declarator name: (identifier) @variable)
(enhanced_for_statement name: (identifier) @variable)
(catch_formal_parameter name: (identifier) @variable)
(resource name: (identifier) @variable)
(instanceof_expression name: (identifier) @variable)
(type_pattern (identifier) @variable)
(record_pattern_component (identifier) @variable)
(formal_parameter name: (identifier) @parameter)
(spread_parameter (variable_declarator name: (identifier) @parameter))
(inferred_parameters (identifier) @parameter)
(lambda_expression parameters: (identifier) @parameter)
(labeled_statement . (identifier) @label)
(break_statement (identifier) @name.label)
(continue_statement (identifier) @name.label)
(enum_constant name: (identifier) @import)
(record_declaration
  parameters: (formal_parameters (formal_parameter name: (identifier) @import @foreign)))
""",
    namespaces=frozenset({"function"}),
    fixed=r"_|var|record|yield",
    fixed_members=(
        r"main|toString|equals|hashCode|clone|finalize|getClass|notify|notifyAll|wait|compareTo"
        r"|serialVersionUID|serialPersistentFields|readObject|writeObject|readResolve|writeReplace"
        r"|readObjectNoData|values|valueOf|ordinal|name|length"
    ),
    dynamic_members=frozenset(
        {b"getDeclaredField", b"getDeclaredMethod", b"getMethod", b"getField"}
    ),
    ordered=True,
    types_apart=True,
    access=(b".", b"::"),
    wrappers=(("class W {", "\n}"),),
)
