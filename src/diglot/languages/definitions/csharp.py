"""C#."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="csharp",
    aliases=("c#", "cs"),
    extensions=(".cs", ".csx"),
    grammar="tree_sitter_c_sharp",
    xml_docs=True,
    query="""
[(class_declaration) (record_declaration)] @class
(struct_declaration) @struct
(interface_declaration) @interface
(enum_declaration) @enum
(delegate_declaration) @type
[(method_declaration) (constructor_declaration)] @method
((destructor_declaration) @method (#set! name "Finalize"))
(operator_declaration operator: _ @name) @method
(conversion_operator_declaration type: (_) @name) @method
(indexer_declaration accessors: (_) @body (#set! name "this")) @method
(property_declaration
  accessors: (accessor_list (accessor_declaration body: (_))) @body) @method
(property_declaration value: (arrow_expression_clause) @body) @method
(local_function_statement) @function
(attribute_list) @attach
(comment) @comment
""",
    calls="""
(invocation_expression
  function: [
    (identifier) @callee
    (generic_name . (identifier) @callee)
    (member_access_expression
      name: [(identifier) @callee (generic_name . (identifier) @callee)])
    (conditional_access_expression
      (member_binding_expression
        name: [(identifier) @callee (generic_name . (identifier) @callee)]))
  ])
(object_creation_expression
  type: [
    (identifier) @callee
    (generic_name . (identifier) @callee)
    (qualified_name name: (identifier) @callee)
  ])
""",
)
