"""TypeScript."""

from __future__ import annotations

from diglot.languages.scopes.base import ScopeRules
from diglot.languages.scopes.rules.javascript import COMMON, DYNAMIC, EXPANSIONS, FIXED_MEMBERS
from diglot.languages.scopes.rules.javascript import RULES as JAVASCRIPT

TYPE_PARAMETERS = """
(type_identifier) @name
(type_parameter name: (type_identifier) @class)
"""
QUERY = """
[(class_declaration) (abstract_class_declaration)] @scope.types
[(interface_declaration) (type_alias_declaration) (function_type) (constructor_type)
 (method_signature) (abstract_method_signature) (call_signature) (construct_signature)
 (index_signature) (conditional_type)] @scope
(function_signature) @scope.function
(abstract_class_declaration) @scope.opaque

(nested_type_identifier name: (type_identifier) @ignored)
(required_parameter (accessibility_modifier) pattern: (identifier) @foreign)
(required_parameter "readonly" pattern: (identifier) @foreign)
(class_body (public_field_definition
  name: [(property_identifier) (private_property_identifier)] @field))
(class_body (method_signature name: [(property_identifier) (private_property_identifier)] @method))
(class_body (abstract_method_signature name: (property_identifier) @method))
(class_body (decorator) . (method_definition name: (_) @foreign))
(public_field_definition decorator: (decorator) name: (_) @foreign)
(abstract_class_declaration decorator: (decorator)) @open
(extends_clause value: (_) @base)
(implements_clause (_) @base)

(required_parameter pattern: (identifier) @target)
(optional_parameter pattern: (identifier) @target)
(class_declaration type_parameters: (type_parameters (type_parameter name: (_) @class.around)))
(abstract_class_declaration
  type_parameters: (type_parameters (type_parameter name: (_) @class.around)))
(class type_parameters: (type_parameters (type_parameter name: (_) @class.around)))
(mapped_type_clause name: (type_identifier) @class)
(infer_type . (type_identifier) @class)
(abstract_class_declaration name: (type_identifier) @class.outer)
(interface_declaration name: (type_identifier) @class.outer)
(type_alias_declaration name: (type_identifier) @class.outer)
(enum_declaration name: (identifier) @class)
(internal_module name: (identifier) @class)
(function_signature name: (identifier) @function.outer)
(index_signature name: (identifier) @parameter)
(required_parameter (accessibility_modifier) pattern: (identifier) @import.parameter)
(required_parameter "readonly" pattern: (identifier) @import.parameter)
(ambient_declaration) @frozen
(import_alias . (identifier) @import)
(import_require_clause (identifier) @import)
"""
"""What TypeScript adds to JavaScript."""

RULES = ScopeRules(
    query=TYPE_PARAMETERS + COMMON + QUERY,
    namespaces=JAVASCRIPT.namespaces,
    fixed=JAVASCRIPT.fixed,
    fixed_members=FIXED_MEMBERS,
    dynamic=DYNAMIC,
    expansions=EXPANSIONS,
    sigils=JAVASCRIPT.sigils,
    wrappers=JAVASCRIPT.wrappers,
)
