"""Ruby."""

from __future__ import annotations

from diglot.languages.scopes.base import ScopeRules

RULES = ScopeRules(
    query="""
[(identifier) (constant) (instance_variable) (class_variable) (hash_key_symbol)] @name
(hash_key_symbol) @ignore
(constant) @name.class
(constant) @capital

[(class) (module) (singleton_class)] @scope.class
[(method) (singleton_method)] @scope.gate
[(block) (do_block) (lambda)] @scope

(call !receiver method: (identifier) @name.function)
(call receiver: (_) method: (identifier) @member.function)
(call receiver: (self) method: (identifier) @own.function)
(assignment left: (call method: (identifier) @ignored @foreign))
(operator_assignment left: (call method: (identifier) @ignored @foreign))
(scope_resolution name: (constant) @member.class)
[(instance_variable) (class_variable)] @own.variable
(alias (identifier) @ignored @foreign)
(undef (identifier) @ignored @foreign)
(setter (identifier) @ignored @foreign)
(simple_symbol) @symbol
(simple_symbol) @spelled
[(string (string_content) @spelled) (bare_symbol (string_content) @spelled)
 (delimited_symbol (string_content) @spelled)]
(bare_string (string_content) @spelled)
(superclass (_) @base)
((call !receiver method: (identifier) @_mixin arguments: (argument_list (_))) @opens
  (#any-of? @_mixin "include" "extend" "prepend" "delegate" "delegate_missing_to"))

(class name: (constant) @class.outer)
(module name: (constant) @class.outer)
(assignment left: (constant) @import.class)
(method name: (identifier) @method)
(singleton_method object: (self) name: (identifier) @method)
(singleton_method object: (constant) name: (identifier) @ignored @foreign)
(assignment left: (identifier) @variable.assigned)
(operator_assignment left: (identifier) @variable.assigned)
(left_assignment_list (identifier) @variable.assigned)
(destructured_left_assignment (identifier) @variable.assigned)
(rest_assignment (identifier) @variable.assigned)
(exception_variable (identifier) @variable.assigned)
(for pattern: (identifier) @variable.assigned)
(as_pattern name: (identifier) @variable.assigned)
(array_pattern (identifier) @variable.assigned)
(array_pattern (splat_parameter name: (identifier) @variable.assigned))
(find_pattern (identifier) @variable.assigned)
(find_pattern (splat_parameter name: (identifier) @variable.assigned))
(keyword_pattern value: (identifier) @variable.assigned)
(in_clause pattern: (identifier) @variable.assigned)
(keyword_pattern key: (hash_key_symbol) @import !value)
(pair key: (hash_key_symbol) @name.short !value)
(pair key: (hash_key_symbol) @frozen !value)
(method_parameters (identifier) @parameter)
(method_parameters (_ name: (identifier) @parameter))
(block_parameters (identifier) @parameter)
(block_parameters (_ name: (identifier) @parameter))
(lambda_parameters (identifier) @parameter)
(lambda_parameters (_ name: (identifier) @parameter))
(destructured_parameter (identifier) @parameter)
(destructured_parameter (splat_parameter name: (identifier) @parameter))
(keyword_parameter name: (identifier) @import.parameter)
""",
    namespaces=frozenset({"function", "class"}),
    roots=frozenset({b"Object", b"BasicObject"}),
    fixed=(
        r"_|_\d|it|String|Array|Hash|Integer|Float|Symbol|Object|BasicObject|Module|Class|Kernel"
        r"|Numeric|Range|Regexp|Proc|Time|Struct|Enumerable|Comparable|Exception|\w*Error|NilClass"
        r"|TrueClass|FalseClass|IO|File|Dir|Set|Date|DateTime|Thread|Math|Process|Random|Rational"
    ),
    fixed_members=(
        r"initialize|initialize_copy|to_\w+|inspect|hash|eql\?|equal\?|each|call|coerce|method_missing"
        r"|respond_to\?|respond_to_missing\?|inherited|included|extended|prepended|method_added"
        r"|marshal_dump|marshal_load|new|name|class|send|size|length|call|succ|dup|clone|freeze"
    ),
    dynamic=frozenset({b"binding", b"eval", b"instance_eval", b"class_eval", b"module_eval"}),
    dynamic_members=frozenset(
        {b"send", b"public_send", b"__send__", b"method_missing", b"define_method", b"class_eval"}
        | {b"instance_variable_get", b"instance_variable_set", b"instance_variables", b"eval"}
        | {
            b"instance_eval",
            b"instance_exec",
            b"class_exec",
            b"binding",
            b"method",
            b"public_method",
        }
        | {b"instance_method", b"respond_to?", b"methods", b"instance_methods", b"const_get"}
    ),
    ordered=True,
    bare_calls=True,
    sigils=b"@",
    access=(b".", b"&.", b"::"),
)
