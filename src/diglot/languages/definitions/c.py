"""C."""

from __future__ import annotations

import re

from diglot.languages.base import Language
from diglot.languages.branches import with_whole_branches

_MACRO = re.compile(
    rb"""
      ^[ \t]*[A-Z][A-Z0-9_]{3,}(?:\([^()\n]*\))?[ \t]*$(?!\s*[{(:]) # alone on its line
    | ^[ \t]*(?:[A-Z]\w*_[A-Z0-9_]+[ \t]+)+ # before a declaration
      (?=(?:template|class|struct|enum|union|typedef|inline|static|constexpr|extern|using)\b)
    | \b[A-Z][A-Z0-9]*_(?:API|EXPORTS?|PUBLIC|DLL)_?\b # linkage
    | \b(class|struct)[ \t]+[A-Z][A-Z0-9_]{2,}(?:\([^()\n]*\))?
      (?=[ \t]+\w+\s*(?:final\s*)?[:{])
    """,
    re.MULTILINE | re.VERBOSE,
)

_TYPED = re.compile(rb"^([ \t]*[A-Z]\w*_[A-Z]+\()([\w \t*]+)\)(?=\s*\w+\s*\()", re.MULTILINE)
"""A macro around the type of a function: `PyAPI_FUNC(int)`."""

BETWEEN = re.compile(rb"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|pragma)\b(?:\\\n|[^\n])*+", re.MULTILINE)


def readable(source: bytes) -> bytes:
    """Blank out what stands where the grammar has nothing.

    Macros (`MY_API`, `MY_BEGIN_NAMESPACE`), and branches of `#if` that cut through constructs.
    """
    typed = _TYPED.sub(lambda match: b" " * len(match[1]) + match[2] + b" ", source)
    return with_whole_branches(_MACRO.sub(_blanked, typed))


def _blanked(match: re.Match[bytes]) -> bytes:
    kept = match[1] or b""
    return kept + b" " * (len(match[0]) - len(kept))


LANGUAGE = Language(
    name="c",
    extensions=(".c", ".h"),
    grammar="tree_sitter_c",
    superset=(
        "cpp",
        r"^[ \t]*(?:namespace\b[^;]*\{|template\s*<|class\s+\w[^;]*\{|using\s+namespace\b"
        r"|(?:public|private|protected)\s*:)|\bstd::\w",
    ),
    between=BETWEEN,
    rewrite=readable,
    query="""
(function_definition
  declarator: [
    (function_declarator)
    (pointer_declarator)
    (array_declarator)
    (parenthesized_declarator)
    (attributed_declarator)
  ] @name) @function
(declaration
  declarator: [(function_declarator) (pointer_declarator) (array_declarator)] @name) @prototype
(preproc_function_def value: (_)? @body) @function
(type_definition
  type: [(struct_specifier body: (_) @body) (union_specifier body: (_) @body)]
  declarator: (type_identifier) @name) @struct
(type_definition
  type: (enum_specifier body: (_) @body)
  declarator: (type_identifier) @name) @enum
(type_definition declarator: (_) @name) @type
[(struct_specifier body: (_)) (union_specifier body: (_))] @struct
(enum_specifier body: (_)) @enum
(type_definition
  type: [
    (struct_specifier body: (_))
    (union_specifier body: (_))
    (enum_specifier body: (_))
  ] @inner) @outer
(comment) @comment
""",
    calls="""
(call_expression function: [(identifier) @callee (field_expression field: (_) @callee)])
""",
)
