"""Lua."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="lua",
    extensions=(".lua", ".luau", ".rockspec"),
    interpreters=("lua", "luajit"),
    grammar="tree_sitter_lua",
    line_comments=("---", "--"),
    block_comments=(("--[[", "]]"), ("--[=[", "]=]")),
    separators=(":",),
    query="""
(function_declaration name: (method_index_expression)) @method
(function_declaration) @function
(assignment_statement
  (variable_list . name: (_) @name .)
  (expression_list . value: (function_definition body: (_)? @body) .)) @function
(assignment_statement
  (variable_list . name: (_) @name .)
  (expression_list . value: (table_constructor) .)) @scope
(field value: (function_definition body: (_)? @body)) @function
(field value: (table_constructor)) @scope
(variable_declaration . (assignment_statement) @inner .) @outer
(comment) @comment
""",
    calls="""
(function_call
  name: [
    (identifier) @callee
    (dot_index_expression field: (_) @callee)
    (method_index_expression method: (_) @callee)
  ])
""",
)
