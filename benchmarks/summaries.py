"""The first sentence of a function's documentation, where it can serve as a question."""

from __future__ import annotations

import html
import re

LEAST_WORDS, MOST_WORDS = 3, 40
_MOST_FOREIGN = 0.1
"""Share of characters beyond ASCII above which a sentence is taken not to be English."""

_TAG_LINE = re.compile(r"^[ \t]*(?:@\w|:(?:param|return|rtype|raises|type)\b)", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n[ \t]*\n|<p\s*/?>|</p>|<(?:ul|ol|pre|table|blockquote|h\d)\b", re.I)
_INLINE_TAG = re.compile(r"\{@(?:code|literal|link|linkplain|value|see)\s+#?([^{}]*)\}")
_ROLE = re.compile(r":[\w:]+:`~?([^`<]*?)(?:\s*<[^`]*>)?`")
_CALL_LABEL = re.compile(r"^\S+\([^)]*\)\s+(?=\S)|^\S*#\S+\s+(?=\S)")
_MARKUP = re.compile(r"</?[a-zA-Z]\w*(?:\s[^<>]*)?/?>|`+_?|\*\*|\$")
_SENTENCE = re.compile(
    r".*?(?<!\be\.g)(?<!\bi\.e)(?<!\beg)(?<!\betc)(?<!\bcf)(?<!\bvs)[.!?](?=\s+[^a-z\s]|\s*$)"
)
_NO_SENTENCE = re.compile(
    r"https?:|www\.|\b(?:TODO|FIXME|XXX)\b|[@\\{}]|===|:$|^[\w.]+\(", re.IGNORECASE
)
"""Addresses, notes to do, tags, LaTeX, headings, the beginning of a list, a declaration."""
_SAYS_NOTHING = re.compile(
    r"^(?:getter|setter|accessor|constructor|wrapper|alias|helper|shorthand)s?\b"
    r".{0,4}\b(?:for|of|to)\b"
    r"|^(?:implements?|overrides?|satisf(?:y|ies)|inherits?|same as|like|see|deprecated)\b"
    r"|^(?:note|assum(?:es?|ing)|must|not|called|call with|taken|methods)\b"
    r"|^(?:is )?(?:only )?used\b|^this is\b"
    r"|\b(?:must|should) (?:only |not )?be (?:called|held|locked)\b|\bmust hold\b|\bin tests\b"
    r"|^(?:does the following|the main method|recursive (?:method|function))\b|\bnon-javadoc\b",
    re.IGNORECASE,
)
"""References to something else, and what callers must know instead of what the function does."""
_WORD = re.compile(r"\w+(?:['-]\w+)*")


def summary(docs: str, name: str) -> str | None:
    """Return the first sentence of documentation as a question, or None if it cannot be one.

    The first paragraph before any tag counts. Markup goes, and so does the function's own name
    where it opens the sentence. Unusable are sentences under 3 or over 40 words, not in English,
    with addresses, LaTeX or notes to do, cut off before a list, or that do not say what the
    function does.

    Args:
        docs: Documentation without comment markers.
        name: The function's name, unqualified.
    """
    before_tags = _TAG_LINE.split(docs, maxsplit=1)[0]
    paragraph = _PARAGRAPH.split(before_tags.strip(), maxsplit=1)[0]
    text = " ".join(_plain(paragraph).split())
    sentence = match[0] if (match := _SENTENCE.match(text)) else text
    sentence = _without_name(sentence, name)
    words = len(_WORD.findall(sentence))
    foreign = sum(not character.isascii() for character in sentence)
    if not LEAST_WORDS <= words <= MOST_WORDS or foreign > _MOST_FOREIGN * len(sentence):
        return None
    if _NO_SENTENCE.search(sentence) or _SAYS_NOTHING.search(sentence):
        return None
    return sentence


def _without_name(sentence: str, name: str) -> str:
    """Drop the name that opens a sentence as its subject (`Foo returns ...`).

    Where the name is the verb (`Open the file`) it stays; where it is neither, nothing is left.
    """
    rest = sentence.removeprefix(name).removeprefix("()")
    if rest == sentence or not rest.startswith((" ", ":", ",")):
        return sentence
    rest = rest.lstrip(" :,-")
    if re.match(r"\w+s\b", rest):
        return rest
    return sentence if name.isalpha() and name[1:].islower() else ""


def _plain(text: str) -> str:
    """Take off the markup of Javadoc, HTML, reStructuredText and Markdown."""
    text = _INLINE_TAG.sub(lambda tag: _CALL_LABEL.sub("", tag[1].strip()), text)
    text = _ROLE.sub(r"\1", text)
    return html.unescape(_MARKUP.sub("", text))
