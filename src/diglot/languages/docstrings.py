"""Docstrings: which comments are one, their text, their style and their first sentence."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence

from diglot.languages.base import Language
from diglot.languages.docs import is_directive, unmarked, without_directives

_DOC_BLOCKS = ("/**", "/*!", "{-|", "=begin", "@doc", "@moduledoc")
_DOC_LINES = ("///", "--- ", "-- |", "//!")
_OF_FILE = re.compile(
    r"[@\\](?:file(?:overview)?|module|packageDocumentation|licen[sc]e|namespace|typedef|callback"
    r"|defgroup|addtogroup|name|\{|\})(?:\b|(?<=[{}]))"
)
"""Marks of a comment that documents something else than the declaration under it."""

_PYTHON_STYLES = {
    "numpy": re.compile(
        r"^[ \t]*(?:Parameters|Other Parameters|Returns|Yields|Receives|Raises|Warns|Attributes"
        r"|Methods|See Also|Notes|References|Examples)[ \t]*\n[ \t]*-{3,}[ \t]*$",
        re.MULTILINE,
    ),
    "google": re.compile(
        r"^(?P<margin>[ \t]*)(?:Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments"
        r"|Returns?|Yields?|Raises|Attributes|Examples?|Notes?|Warnings?|References|See Also"
        r"|Todo):[ \t]*\n(?P=margin)[ \t]+\S",
        re.MULTILINE,
    ),
    "rest": re.compile(
        r"^[ \t]*:(?:param|parameter|arg|argument|key|keyword|type|raises?|except|exception|var"
        r"|ivar|cvar|vartype|returns?|rtype|yields?|ytype)\b[^:\n]*:",
        re.MULTILINE,
    ),
    "epydoc": re.compile(
        r"^[ \t]*@(?:param|type|return|rtype|raise|keyword|ivar|cvar|var|note|see)\b[^:\n]*:",
        re.MULTILINE,
    ),
}
_DOXYGEN = re.compile(
    r"^[ \t]*[@\\](?:brief|param|returns?|retval|details?|note|tparam|throws?|see|sa|ingroup)\b",
    re.MULTILINE,
)
_YARD = re.compile(
    r"^[ \t]*@(?:param|return|yield\w*|raise|option|overload|example|see|api|note|since"
    r"|deprecated|abstract|private|todo)\b",
    re.MULTILINE,
)
_BLOCK_STYLES = {
    "java": "javadoc",
    "kotlin": "javadoc",
    "scala": "javadoc",
    "javascript": "jsdoc",
    "typescript": "jsdoc",
    "tsx": "jsdoc",
    "php": "phpdoc",
    "c": "doxygen",
    "cpp": "doxygen",
}


def choose_docstring(texts: Sequence[str], language: Language) -> list[int]:
    """Pick, of the comments and the literal that document a declaration, those that are one.

    Where literals are documentation, that is the literal; comments above are comments. Elsewhere it
    is the nearest documentation comment, or else the nearest plain one; lines of comments go
    together.

    Args:
        texts: source texts of comments and literals, in order, from `Construct.docs`.
        language: their language.

    Returns:
        Indices of `texts`; none where nothing is a docstring.
    """
    if not texts:
        return []
    if language.docstring is not None:
        return [len(texts) - 1] if language.docstring(texts[-1]) is not None else []
    kinds = [_comment_kind(text, language) for text in texts]
    for wanted in ("doc", "plain"):
        at = next((at for at in reversed(range(len(kinds))) if kinds[at][0] == wanted), None)
        if at is None:
            continue
        first = at
        if not kinds[at][1]:
            while first and kinds[first - 1] == kinds[at]:
                first -= 1
        chosen = [
            index
            for index in range(first, at + 1)
            if first == at or not is_directive(unmarked(texts[index], language))
        ]
        is_of_file = any(_OF_FILE.search(texts[index]) for index in chosen)
        return [] if is_of_file else chosen
    return []


def docstring_text(texts: Sequence[str], language: Language) -> str:
    """Take markers, indentation and directives to tools off the comments or literal of one.

    Args:
        texts: source texts that `choose_docstring` picked.
        language: their language.
    """
    if language.docstring is not None:
        return inspect.cleandoc(language.docstring(texts[0]) or "").strip()
    return without_directives("\n".join(unmarked(text, language) for text in texts))


def docstring_style(docstring: str, opening: str, language: Language) -> str:
    """Tell by what convention a docstring is written.

    Args:
        docstring: its text, without markers.
        opening: the beginning of its source, with the marker.
        language: its language.

    Returns:
        google, numpy, rest (field lists), epydoc, javadoc, jsdoc, phpdoc, yard, godoc, doxygen,
        xmldoc (C#), or plain; empty without docstring.
    """
    if not docstring:
        return ""
    name = language.name
    if name == "python":
        for style, pattern in _PYTHON_STYLES.items():
            if pattern.search(docstring):
                return style
        return "plain"
    if name == "go":
        return "godoc"
    if name == "ruby":
        return "yard" if _YARD.search(docstring) else "plain"
    if language.xml_docs and opening.startswith("///"):
        return "xmldoc"
    if name in ("c", "cpp"):
        is_marked = opening.startswith(("/**", "/*!", "///", "//!"))
        return "doxygen" if is_marked or _DOXYGEN.search(docstring) else "plain"
    return _BLOCK_STYLES.get(name, "plain") if opening.startswith("/**") else "plain"


def _comment_kind(text: str, language: Language) -> tuple[str, bool]:
    """Whether a comment is a documentation comment or a plain one, and whether a block."""
    if text.startswith(_DOC_BLOCKS) and not text.startswith("/**/"):
        return "doc", True
    if text.startswith(_DOC_LINES) and not text.startswith("////"):
        return "doc", False
    return "plain", any(text.startswith(opening) for opening, _ in language.block_comments)
