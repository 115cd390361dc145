"""Python."""

from __future__ import annotations

from diglot.languages.base import Language
from diglot.languages.literals import literal_text

_TEXT = "[(string) (concatenated_string) (parenthesized_expression)]"

LANGUAGE = Language(
    name="python",
    aliases=("py",),
    extensions=(".py", ".pyi", ".pyw"),
    filenames=("SConstruct", "SConscript", "wscript"),
    interpreters=("python", "pypy"),
    grammar="tree_sitter_python",
    line_comments=("#",),
    block_comments=(),
    docstring=literal_text,
    query=f"""
(function_definition
  body: (block . (expression_statement . {_TEXT} @docstring)?)) @function
(class_definition
  body: (block . (expression_statement . {_TEXT} @docstring)?)) @class
(module . (comment)* . (expression_statement . {_TEXT} @docstring))
(decorator) @attach
(comment) @comment
""",
    calls="""
(call function: [(identifier) @callee (attribute attribute: (identifier) @callee)])
""",
)
