"""PHP."""

from __future__ import annotations

from diglot.languages.scopes.base import ScopeRules

RULES = ScopeRules(
    query="""
(name) @name
(name) @ignore
(variable_name (name) @name.value)

[(class_declaration) (interface_declaration) (trait_declaration) (enum_declaration)
 (anonymous_class)] @scope.opaque
[(function_definition) (method_declaration)] @scope.gate
(anonymous_function) @scope.closure
(arrow_function) @scope

(function_call_expression function: (name) @name.function)
(named_type (name) @name.class)
(object_creation_expression (name) @name.class)
(scoped_call_expression scope: (name) @name.class)
(scoped_property_access_expression scope: (name) @name.class)
(class_constant_access_expression . (name) @name.class)
(binary_expression operator: "instanceof" right: (name) @name.class)
(base_clause (name) @name.class)
(class_interface_clause (name) @name.class)
(use_declaration (name) @name.class)
(attribute (name) @name.class)
(base_clause (_) @base)
(class_interface_clause (_) @base)
(use_declaration) @opens
(anonymous_class) @open @anonymous
(trait_declaration) @open @anonymous
(class_declaration attributes: (_)) @open

(member_access_expression name: (name) @member)
(nullsafe_member_access_expression name: (name) @member)
(member_call_expression name: (name) @member.function)
(nullsafe_member_call_expression name: (name) @member.function)
(scoped_call_expression name: (name) @member.function)
(scoped_property_access_expression name: (variable_name (name) @member))
(assignment_expression left: (member_access_expression name: (name) @member.variable))
(scoped_call_expression scope: (relative_scope) name: (name) @own.function)
(scoped_property_access_expression scope: (relative_scope) name: (variable_name (name) @own))
(member_access_expression name: [(variable_name) (encapsed_string) (binary_expression)]) @reflective
(member_call_expression name: (variable_name)) @reflective
(foreach_statement . (variable_name (name) @_this) (#eq? @_this "this")) @reflective
(cast_expression value: (variable_name (name) @_this) (#eq? @_this "this")) @reflective
(argument name: (name) @keyword)
(function_call_expression
  function: (name) arguments: (arguments (argument name: (name))) @arguments)

(class_declaration name: (name) @class.outer)
(interface_declaration name: (name) @class.outer)
(trait_declaration name: (name) @class.outer)
(enum_declaration name: (name) @class.outer)
(function_definition name: (name) @function.outer)
(method_declaration name: (name) @method)
(property_element name: (variable_name (name) @field))
(assignment_expression left: (variable_name (name) @variable.hoisted))
(reference_assignment_expression left: (variable_name (name) @variable.hoisted))
(list_literal (variable_name (name) @variable.hoisted))
(foreach_statement (variable_name) (variable_name (name) @variable.hoisted))
(foreach_statement (pair (variable_name (name) @variable.hoisted)))
(foreach_statement (by_ref (variable_name (name) @variable.hoisted)))
(foreach_statement (pair (by_ref (variable_name (name) @variable.hoisted))))
(catch_clause name: (variable_name (name) @variable.hoisted))
(static_variable_declaration name: (variable_name (name) @variable.hoisted))
(simple_parameter name: (variable_name (name) @parameter))
(variadic_parameter name: (variable_name (name) @parameter))
(property_promotion_parameter name: (variable_name (name) @import @foreign))
(anonymous_function_use_clause (variable_name (name) @nonlocal))
(anonymous_function_use_clause (by_ref (variable_name (name) @nonlocal)))
(global_declaration (variable_name (name) @import.global))
(named_label_statement (name) @label)
(goto_statement (name) @name.label)

(string (string_content) @spelled)
(encapsed_string . (string_content) @spelled .)
(encapsed_string . (string_content) @spelled.start . (_))
(binary_expression left: (string (string_content) @spelled.start) operator: ".")
(variadic_parameter name: (variable_name (name) @unnamed))

(dynamic_variable_name) @dynamic
[(include_expression) (include_once_expression) (require_expression)
 (require_once_expression)] @dynamic
((function_call_expression function: (name) @_function) @dynamic
  (#any-of? @_function
    "compact" "extract" "get_defined_vars" "parse_str" "eval" "func_get_args"))
""",
    namespaces=frozenset({"function", "class", "member"}),
    receivers=frozenset({b"this"}),
    fixed=(
        r"this|GLOBALS|_GET|_POST|_COOKIE|_FILES|_SERVER|_REQUEST|_SESSION|_ENV|argc|argv"
        r"|http_response_header|php_errormsg|HTTP_RAW_POST_DATA"
    ),
    fixed_members=r"__\w+",
    dynamic=frozenset({b"GLOBALS", b"eval"}),
    dynamic_members=frozenset(
        {b"property_exists", b"method_exists", b"get_object_vars", b"call_user_func"}
        | {b"call_user_func_array", b"is_callable", b"__get", b"__set", b"__call"}
        | {b"json_encode", b"serialize", b"unserialize", b"var_export", b"print_r", b"var_dump"}
    ),
    implicit=True,
    access=(b"->", b"?->", b"::", b"::$"),
    opening=b"<?",
    wrappers=(("<?php ", "\n"), ("<?php class W {", "\n}")),
)
