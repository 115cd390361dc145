"""C#."""

from __future__ import annotations

from diglot.languages.scopes.base import ScopeRules

RULES = ScopeRules(
    query="""
[(identifier) (implicit_parameter)] @name

(class_declaration (type_parameter_list)) @scope.types
(struct_declaration (type_parameter_list)) @scope.types
(record_declaration (type_parameter_list)) @scope.types
(interface_declaration (type_parameter_list)) @scope.types
[(class_declaration) (struct_declaration) (record_declaration) (interface_declaration)
 (enum_declaration)] @scope.class
[(method_declaration) (constructor_declaration) (destructor_declaration)
 (local_function_statement) (operator_declaration) (conversion_operator_declaration)
 (indexer_declaration) (accessor_declaration)] @scope.function
[(lambda_expression) (anonymous_method_expression)] @scope.arrow
[(block) (for_statement) (foreach_statement) (using_statement) (catch_clause) (switch_section)
 (switch_expression_arm) (query_expression) (delegate_declaration)] @scope

(using_directive (_) @ignore)
(namespace_declaration name: (_) @ignore)
(file_scoped_namespace_declaration name: (_) @ignore)
(qualified_name name: (identifier) @member)
(qualified_name name: (generic_name . (identifier) @member))
(member_access_expression name: (identifier) @member)
(member_access_expression name: (generic_name . (identifier) @member))
(member_access_expression expression: "this" name: (identifier) @own)
(member_binding_expression name: (identifier) @member)
(attribute_argument name: (identifier) @ignore)
(initializer_expression (assignment_expression left: (identifier) @member))
(with_initializer . (identifier) @member)
(property_pattern_clause (subpattern . (identifier) @member . (_)))
(tuple_element name: (identifier) @ignore)
(argument name: (identifier) @keyword)
(tuple_expression (argument name: (identifier) @member))
(invocation_expression
  function: (identifier) arguments: (argument_list (argument name: (identifier))) @arguments)
(anonymous_object_creation_expression ["{" ","] . (identifier) @expand.assign . ["," "}"])
(anonymous_object_creation_expression (identifier) @member . "=")
((invocation_expression function: (identifier) @_nameof arguments: (argument_list) @frozen)
  (#eq? @_nameof "nameof"))
(base_list [(identifier) (qualified_name)] @base)
(base_list (generic_name . (identifier) @base))
(base_list (primary_constructor_base_type . (identifier) @base))
(class_declaration (attribute_list)) @open
((class_declaration (modifier) @_partial) @open (#eq? @_partial "partial"))
((struct_declaration (modifier) @_partial) @open (#eq? @_partial "partial"))

(class_declaration name: (identifier) @class.outer)
(struct_declaration name: (identifier) @class.outer)
(record_declaration name: (identifier) @class.outer)
(interface_declaration name: (identifier) @class.outer)
(enum_declaration name: (identifier) @class.outer)
(delegate_declaration name: (identifier) @class.outer)
(type_parameter name: (identifier) @class)
(class_declaration (type_parameter_list (type_parameter name: (identifier) @class.around)))
(struct_declaration (type_parameter_list (type_parameter name: (identifier) @class.around)))
(record_declaration (type_parameter_list (type_parameter name: (identifier) @class.around)))
(interface_declaration (type_parameter_list (type_parameter name: (identifier) @class.around)))
(method_declaration name: (identifier) @function.outer)
(local_function_statement name: (identifier) @function.outer)
(property_declaration name: (identifier) @variable)
(event_declaration name: (identifier) @variable)
(variable_declarator name: (identifier) @variable)
(tuple_pattern name: (identifier) @variable)
(foreach_statement left: (identifier) @variable)
(declaration_expression name: (identifier) @variable)
(declaration_pattern name: (identifier) @variable)
(recursive_pattern name: (identifier) @variable)
(catch_declaration name: (identifier) @variable)
(from_clause name: (identifier) @variable)
(let_clause . (identifier) @variable)
(join_clause . (identifier) @variable)
(join_into_clause (identifier) @variable)
(query_expression (identifier) @variable)
(parameter name: (identifier) @parameter)
(parameter_list name: (identifier) @parameter)
(implicit_parameter) @parameter
(labeled_statement . (identifier) @label)
(goto_statement (identifier) @name.label)
(enum_member_declaration name: (identifier) @import)
(record_declaration (parameter_list (parameter name: (identifier) @import.parameter @foreign)))
(string_literal (string_literal_content) @spelled)
(verbatim_string_literal) @spelled
(method_declaration (explicit_interface_specifier) name: (identifier) @foreign)
(property_declaration (explicit_interface_specifier) name: (identifier) @foreign)
""",
    fixed=r"_|value|field|var|dynamic|nameof|await|async|nint|nuint|notnull|unmanaged|\w+Attribute",
    fixed_members=(
        r"Main|ToString|Equals|GetHashCode|GetType|Finalize|MemberwiseClone|ReferenceEquals|Dispose"
        r"|DisposeAsync|GetEnumerator|GetAsyncEnumerator|MoveNext|Current|Add|Deconstruct|Slice"
        r"|GetAwaiter|GetResult|IsCompleted|Count|Length|Invoke"
    ),
    dynamic_members=frozenset({b"GetMethod", b"GetProperty", b"GetField", b"InvokeMember"}),
    types_apart=True,
    expansions={"assign": "{old} = {new}"},
    sigils=b"@",
    wrappers=(("class W {", "\n}"),),
)
