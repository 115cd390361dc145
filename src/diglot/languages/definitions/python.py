"""Python."""

from __future__ import annotations

from diglot.languages.base import Language

LANGUAGE = Language(
    name="python",
    aliases=("py",),
    extensions=(".py", ".pyi", ".pyw"),
    filenames=("SConstruct", "SConscript", "wscript"),
    interpreters=("python", "pypy"),
    grammar="tree_sitter_python",
    line_comments=("#",),
    block_comments=(),
    query="""
(function_definition
  body: (block . (expression_statement (string) @docstring)?)) @function
(class_definition
  body: (block . (expression_statement (string) @docstring)?)) @class
(module . (comment)* . (expression_statement (string) @docstring))
(decorator) @attach
(comment) @comment
""",
    calls="""
(call function: [(identifier) @callee (attribute attribute: (identifier) @callee)])
""",
)
