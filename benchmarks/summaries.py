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
_SENTENCE = re.compile(r".*?(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bcf)(?<!\bvs)[.!?](?=\s+[^a-z\s]|\s*$)")
_UNUSABLE = re.compile(
    r"https?:|www\.|\b(?:TODO|FIXME|XXX)\b|@|\\|[{}]|non-javadoc|^deprecated|^see\b"
    r"|^(?:getter|setter|accessor|constructor|wrapper|alias|helper|shorthand)\b.{0,4}\b(?:for|of|to)\b"
    r"|^(?:implements?|overrides?|satisf(?:y|ies)|inherits?)\b|^(?:same as|like|note)\b"
    r"|^[\w.]+\(|===",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def summary(docs: str, name: str) -> str | None:
    """Return the first sentence of documentation as a question, or None if it cannot be one.

    The first paragraph before any tag counts. Markup goes, and so does the function's own name
    where it opens the sentence. Unusable are sentences under 3 or over 40 words, not in English,
    with addresses, LaTeX or notes to do, cut off before a list, or that only refer elsewhere.

    Args:
        docs: Documentation without comment markers.
        name: The function's name, unqualified.
    """
    before_tags = _TAG_LINE.split(docs, maxsplit=1)[0]
    paragraph = _PARAGRAPH.split(before_tags.strip(), maxsplit=1)[0]
    text = " ".join(_plain(paragraph).split())
    sentence = match[0] if (match := _SENTENCE.match(text)) else text
    rest = sentence.removeprefix(name).removeprefix("()")
    if rest != sentence and rest.startswith((" ", ":", ",")):
        sentence = rest.lstrip(" :,-")
    words = len(_WORD.findall(sentence))
    foreign = sum(not character.isascii() for character in sentence)
    if not LEAST_WORDS <= words <= MOST_WORDS or foreign > _MOST_FOREIGN * len(sentence):
        return None
    if _UNUSABLE.search(sentence) or sentence.endswith(":"):
        return None
    return sentence


def _plain(text: str) -> str:
    """Take off the markup of Javadoc, HTML, reStructuredText and Markdown."""
    text = _INLINE_TAG.sub(lambda tag: _CALL_LABEL.sub("", tag[1].strip()), text)
    text = _ROLE.sub(r"\1", text)
    return html.unescape(_MARKUP.sub("", text))
