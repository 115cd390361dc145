"""Elixir."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="elixir",
    aliases=("ex",),
    extensions=(".ex", ".exs"),
    interpreters=("elixir",),
    grammar="tree_sitter_elixir",
    line_comments=("#",),
    block_comments=(),
    merge_clauses=True,
    query="""
((call
  target: (identifier) @_kind
  (arguments . (alias) @name)
  (do_block) @body) @class
  (#eq? @_kind "defmodule"))
((call
  target: (identifier) @_kind
  (arguments . (alias) @name)
  (do_block) @body) @interface
  (#eq? @_kind "defprotocol"))
((call
  target: (identifier) @_kind
  (arguments . (alias) @owner (keywords . (pair value: (alias) @name)))
  (do_block) @body) @type
  (#eq? @_kind "defimpl"))
((call
  target: (identifier) @_kind
  (arguments
    . [
      (identifier) @name
      (call target: (identifier) @name)
      (binary_operator left: (call target: (identifier) @name) operator: "when")
      (binary_operator left: (identifier) @name operator: "when")
    ])
  (do_block)? @body) @function
  (#any-of? @_kind "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate" "defn"))
((call
  target: (identifier) @_kind
  (arguments . (string) @name)
  (do_block) @body) @function
  (#any-of? @_kind "test" "property"))
((call
  target: (identifier) @_kind
  (arguments . (string) @name)
  (do_block)) @scope
  (#eq? @_kind "describe"))
((unary_operator operand: (call target: (identifier) @_kind)) @docstring
  (#eq? @_kind "moduledoc"))
((unary_operator operand: (call target: (identifier) @_kind)) @comment
  (#any-of? @_kind "doc" "typedoc" "shortdoc"))
((unary_operator operand: (call target: (identifier) @_kind)) @attach
  (#any-of? @_kind "spec" "impl" "deprecated" "dialyzer" "since" "tag"))
(comment) @comment
""",
    calls="""
(call target: [(identifier) @callee (dot right: (identifier) @callee)])
""",
)
