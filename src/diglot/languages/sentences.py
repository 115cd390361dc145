"""The first sentence of a docstring."""

from __future__ import annotations

import re

_MOST_CHARACTERS = 10_000
"""Longer sentences are data."""
_LEADING_TAG = re.compile(
    r"^[ \t]*[@\\](?:brief|short|description|desc|summary|abstract|details?)\b[ \t]*:?[ \t]*",
    re.MULTILINE | re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"""\A(?:
      [ \t]*(?:[@\\]\w+|[-=*~_\#/]{3,})[ \t]*(?:\n\s*|\Z)       # a bare tag, a ruled line
    | [ \t]*:?call-seq:[^\n]*(?:\n(?:[ \t][^\n]*)?)*\n            # RDoc: how it is called
    )+""",
    re.VERBOSE,
)
"""What may stand above the description."""
_XML_SUMMARY = re.compile(r"<summary>(.*?)(?:</summary>|\Z)", re.DOTALL)
_XML_TAG = re.compile(r"</?[a-z]+\b[^<>]*>")
_KERNEL_NAME = re.compile(r"^(\w+)(?:\(\))?[ \t]+-+[ \t]+(?=\w)")
_END_OF_PARAGRAPH = re.compile(
    r"""[ \t]*(?:
      $                                          # blank line
    | @\w | \\(?:param|returns?|retval|throws?|see|sa|note|code|details?|tparam|ingroup)\b
    | :\w[^:]*:(?:\s|$) | \.\.[ ]\w              # field or directive of reST
    | >>> | ``` | ~~~ | [|+][-=|+\s] | \#{1,6}\s # doctest, fence, table, heading
    | [-*+•][ ] | \(?\d{1,2}[.)][ ]              # item of a list
    | ([-=~^_*\#])\1{2,}\s*$                     # underline
    | <(?:p|pre|ul|ol|li|h\d|table|blockquote|br|dl|example|code|param|returns?|remarks)\b
    | (?:Args|Arguments|Keyword[ ]Arg\w*|Params?|Parameters?|Returns?|Yields?|Raises|Throws
      |Attributes|Examples?|Usage|Notes?|Inputs?|Outputs?|Warnings?|See[ ]Also|References|Todo
      |Options):?[ \t]*$
    )""",
    re.VERBOSE,
)
_START_TAG = re.compile(r"[ \t]*<(?:p|br)\b[^>]*>[ \t]*")
_BREAK = re.compile(r"<(?:p|pre|ul|ol|h\d|table|blockquote|dl)\b[^>]*>|<br\s*/?>\s*<br\s*/?>")
_END = re.compile(r"[.!?][\"'”’`)\]*]*(?=\s|$)|[。！？]")  # noqa: RUF001
_ABBREVIATIONS = frozenset(
    "e.g. i.e. eg. ie. etc. vs. cf. fig. figs. eq. no. nos. approx. dr. mr. mrs. ms. prof. st. "
    "resp. incl. excl. viz. al. ca. dept. est. inc. ltd. jr. sr. sec. sect. ch. vol. pp. p. "
    "ref. refs. def. aka. min. max. avg. temp. misc. spec. opt. orig. rev. ver. esp.".split()
)
_AT_END_TOO = frozenset("etc. al. inc. min. max. spec. misc. temp. ref. def.".split())
"""Abbreviations that also end sentences: there they do if a capital follows."""
_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,}$|^[A-Z]\.$")
"""Initials and dotted abbreviations (`a.k.a.`)."""


def first_sentence(docstring: str, name: str = "") -> str:
    """Find the first sentence of a docstring, at most its first paragraph.

    Full stops of abbreviations, versions and dotted names end no sentence. What precedes a
    leading `@brief`, `@description` or `<summary>` is passed over; a docstring that begins with
    tags or sections alone has none.

    Args:
        docstring: its text, without markers.
        name: the documented function's name, taken off where it is the heading.

    Returns:
        The sentence on one line; empty if there is none.
    """
    paragraph = _first_paragraph(docstring, name)
    for match in _END.finditer(paragraph):
        if _ends_sentence(paragraph, match):
            return paragraph[: match.end()]
    return paragraph


def _first_paragraph(docstring: str, name: str) -> str:
    """First paragraph of prose, on one line."""
    if (summary := _XML_SUMMARY.search(docstring)) is not None:
        docstring = summary[1]
    docstring = _PREAMBLE.sub("", docstring.lstrip()).lstrip()
    if (tag := _LEADING_TAG.search(docstring)) is not None and docstring[:1] in "@\\":
        docstring = docstring[tag.end() :]
    docstring = _START_TAG.sub("", docstring, count=1) if docstring[:1] == "<" else docstring
    heading = _KERNEL_NAME.match(docstring)
    if heading is not None and heading[1] == name:
        docstring = docstring[heading.end() :]
    kept: list[str] = []
    for line in docstring.lstrip("\n").split("\n"):
        if _END_OF_PARAGRAPH.match(line):
            break
        if (cut := _BREAK.search(line)) is not None:
            kept.append(line[: cut.start()])
            break
        kept.append(line)
    return " ".join(" ".join(kept)[:_MOST_CHARACTERS].split())


def _ends_sentence(paragraph: str, match: re.Match[str]) -> bool:
    """Whether a full stop ends a sentence."""
    rest = paragraph[match.end() :].lstrip()
    if not rest:
        return True
    before = paragraph[: match.start() + 1]
    if before.count("(") > before.count(")") and ")" in rest:
        return False
    if before[-1] != ".":
        return True
    word = before.rsplit(None, 1)[-1].lstrip("([{\"'`*_")
    if word.lower() in _AT_END_TOO:
        return rest[:1].isupper()
    if word.lower() in _ABBREVIATIONS or _DOTTED.search(word):
        return False
    if before[:-1].isdigit():  # the number of an item
        return False
    return not (word.endswith("..") and rest[:1].islower())
