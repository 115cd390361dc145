"""Ruby."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="ruby",
    aliases=("rb",),
    extensions=(".rb", ".rake", ".gemspec", ".ru", ".podspec"),
    filenames=("Rakefile", "Gemfile", "Guardfile", "Podfile", "Vagrantfile", "Capfile"),
    interpreters=("ruby", "jruby", "rake"),
    grammar="tree_sitter_ruby",
    line_comments=("#",),
    block_comments=(("=begin", "=end"),),
    separators=("::",),
    query="""
[(class) (module)] @class
(assignment
  left: (constant) @name
  right: (call receiver: (constant) @_class method: (identifier) @_new block: (_ body: (_) @body))
  (#any-of? @_class "Class" "Module" "Struct" "Data")
  (#any-of? @_new "new" "define")) @class
(singleton_method object: (constant) @owner) @method
[(method) (singleton_method)] @function
(call
  method: (identifier) @_define
  arguments: (argument_list . (simple_symbol) @name)
  block: (_ body: (_)? @body)
  (#eq? @_define "define_method")) @method
(call
  method: (identifier) @_test
  arguments: (argument_list . (string) @name)
  block: (_ body: (_)? @body)
  (#any-of? @_test "it" "test" "specify" "should" "scenario")) @function
(call
  method: (identifier) @_suite
  arguments: (argument_list . [(string) (constant) (scope_resolution)] @name)
  block: (_)
  (#any-of? @_suite "describe" "context" "feature")) @scope
(call arguments: (argument_list . [(method) (singleton_method)] @inner .)) @outer
(comment) @comment
""",
    calls="""
(call method: [(identifier) (constant)] @callee)
""",
)
