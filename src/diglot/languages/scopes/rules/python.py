"""Python."""

from __future__ import annotations

import builtins

from diglot.languages.scopes.base import ScopeRules

RULES = ScopeRules(
    query="""
(identifier) @name

(default_parameter value: (_) @outside)
(typed_default_parameter type: (_) @outside value: (_) @outside)
(typed_parameter type: (_) @outside)
(function_definition return_type: (_) @outside)
(class_definition superclasses: (_) @outside)
(list_comprehension . (_) . (for_in_clause right: (_) @outside))
(set_comprehension . (_) . (for_in_clause right: (_) @outside))
(dictionary_comprehension . (_) . (for_in_clause right: (_) @outside))
(generator_expression . (_) . (for_in_clause right: (_) @outside))

(function_definition type_parameters: (_)) @scope.types
(class_definition type_parameters: (_)) @scope.types
(type_alias_statement) @scope
(function_definition) @scope.function
(lambda) @scope.function
(class_definition) @scope.opaque
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @scope

(dotted_name (identifier) @ignore)
(future_import_statement (dotted_name (identifier) @ignore))
(attribute attribute: (identifier) @member)
(keyword_pattern . (identifier) @member)
(assignment left: (attribute attribute: (identifier) @member.variable))
(augmented_assignment left: (attribute attribute: (identifier) @member.variable))
(pattern_list (attribute attribute: (identifier) @member.variable))
(tuple_pattern (attribute attribute: (identifier) @member.variable))
(for_statement left: (attribute attribute: (identifier) @member.variable))
(as_pattern_target (attribute attribute: (identifier) @member.variable))
(keyword_argument name: (identifier) @keyword)
(call
  function: [(identifier) (attribute)]
  arguments: (argument_list (keyword_argument)) @arguments)
(call
  function: [(identifier) @splat (attribute attribute: (identifier) @splat)]
  arguments: (argument_list (dictionary_splat)))
(call arguments: (argument_list
  [(identifier) @splat (attribute attribute: (identifier) @splat)] (dictionary_splat)))
(keyword_argument name: (identifier) @_kwargs value: [
  (dictionary (pair key: (string (string_content) @kept)))
  (call arguments: (argument_list (keyword_argument name: (identifier) @kept)))
  ] (#any-of? @_kwargs "kwargs" "keywords" "kwds"))
(assignment left: (identifier) @_all
  right: (_ (string (string_content) @name)) (#eq? @_all "__all__"))
(augmented_assignment left: (identifier) @_all
  right: (_ (string (string_content) @name)) (#eq? @_all "__all__"))
((call function: (attribute object: (identifier) @_all)
  arguments: (argument_list [(string (string_content) @name) (_ (string (string_content) @name))]))
  (#eq? @_all "__all__"))
((call function: (attribute object: (_) @reflective attribute: (identifier) @_format))
  (#eq? @_format "format") (#match? @reflective "[{][^{}]*[.]"))
((subscript
  value: (attribute attribute: (identifier) @_modules)
  subscript: (identifier) @_name) @dynamic.all
  (#eq? @_modules "modules") (#eq? @_name "__name__"))
((call function: [(identifier) @_import (attribute attribute: (identifier) @_import)]
  arguments: (argument_list . (identifier) @_name)) @dynamic.all
  (#any-of? @_import "import_module" "__import__") (#eq? @_name "__name__"))
(class_pattern (dotted_name . (identifier) @name.value))
(case_pattern (dotted_name . (identifier) @name.value . (identifier)))
(dict_pattern key: (dotted_name . (identifier) @name.value))

(function_definition name: (identifier) @function.outer)
(class_definition name: (identifier) @class.outer)
(type_alias_statement left: (type (identifier) @class.outer))
(type_alias_statement left: (type (generic_type . (identifier) @class.outer)))
(type_alias_statement
  left: (type (generic_type (type_parameter (type (identifier) @class)))))
(function_definition type_parameters: (type_parameter (type [
  (identifier) @class.around
  (splat_type (identifier) @class.around)
  (constrained_type . (type (identifier) @class.around))])))
(class_definition type_parameters: (type_parameter (type [
  (identifier) @class.around
  (splat_type (identifier) @class.around)
  (constrained_type . (type (identifier) @class.around))])))

(assignment left: (identifier) @variable)
(augmented_assignment left: (identifier) @variable)
(for_statement left: (identifier) @variable)
(for_in_clause left: (identifier) @variable)
(pattern_list (identifier) @variable)
(tuple_pattern (identifier) @variable)
(list_pattern (identifier) @variable)
(list_splat_pattern (identifier) @variable)
(as_pattern_target (identifier) @variable)
(as_pattern_target [
  (parenthesized_expression (identifier) @variable)
  (tuple [(identifier) @variable (tuple (identifier) @variable) (list (identifier) @variable)])
  (list [(identifier) @variable (tuple (identifier) @variable) (list (identifier) @variable)])])
(as_pattern (case_pattern) (identifier) @variable)
(case_pattern (dotted_name . (identifier) @variable .))
(keyword_pattern (dotted_name . (identifier) @variable .))
(union_pattern (dotted_name . (identifier) @variable .))
(splat_pattern (identifier) @variable)
(delete_statement (identifier) @variable)
(delete_statement (expression_list (identifier) @variable))
(named_expression name: (identifier) @variable.hoisted)

(parameters (identifier) @parameter)
(parameters (_ . (identifier) @parameter))
(parameters (typed_parameter . (_ (identifier) @parameter)))
(parameters (tuple_pattern (identifier) @parameter))
(lambda_parameters (identifier) @parameter)
(lambda_parameters (_ . (identifier) @parameter))

(parameters [(list_splat_pattern (identifier) @unnamed)
  (dictionary_splat_pattern (identifier) @unnamed)
  (typed_parameter [(list_splat_pattern (identifier) @unnamed)
    (dictionary_splat_pattern (identifier) @unnamed)])])
(parameters [(identifier) @unnamed (_ . (identifier) @unnamed)] (positional_separator))
(lambda_parameters [(list_splat_pattern (identifier) @unnamed)
  (dictionary_splat_pattern (identifier) @unnamed)])
(lambda_parameters [(identifier) @unnamed (_ . (identifier) @unnamed)] (positional_separator))

(import_statement name: (dotted_name . (identifier) @import))
(import_statement name: (aliased_import alias: (identifier) @import))
(import_from_statement name: (dotted_name . (identifier) @import .))
(import_from_statement name: (aliased_import alias: (identifier) @import))
(global_statement (identifier) @global)
(nonlocal_statement (identifier) @nonlocal)

(class_definition superclasses: (argument_list (_) @base))
(decorated_definition definition: (class_definition) @open)
(decorated_definition definition: (function_definition) @decorated)
(interpolation expression: (_) @frozen "=")
(exec_statement) @dynamic.all
((call function: (identifier) @_function arguments: (argument_list "(" . ")")) @dynamic
  (#any-of? @_function "locals" "vars" "dir"))
""",
    receivers=frozenset({b"self", b"cls"}),
    roots=frozenset({b"object"}),
    fixed=r"__\w+__",
    constructor=b"__init__",
    allocator=b"__new__",
    dynamic=frozenset({b"eval", b"exec", b"execfile", b"globals"}),
    dynamic_members=frozenset(
        {
            b"getattr",
            b"setattr",
            b"hasattr",
            b"delattr",
            b"vars",
            b"__dict__",
            b"__slots__",
            b"__match_args__",
        }
        | {b"attrgetter", b"methodcaller", b"__getattr__", b"__getattribute__", b"__setattr__"}
    ),
    builtins=frozenset(name.encode() for name in dir(builtins)),
    mangled=True,
    wrappers=(("if 1:\n{indentation}", ""),),
)
