"""Cleaning and filters of summaries, after CodeSearchNet and CodeSage (2402.01935, section 3)."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress

from diglot.corpus.filters.english import is_english
from diglot.languages import Language
from diglot.languages.docs import is_licence
from diglot.languages.functions import FunctionRecord

SummaryFilter = Callable[[str, FunctionRecord, Language], bool]
"""Of a cleaned summary, its function and language; True keeps it. Without, code stands alone."""

LEAST_TOKENS = 3
MOST_TOKENS = 256
MOST_CHARACTERS = 10_000
LEAST_BODY_LINES = 2
LEAST_LETTERS = 0.6
"""Share of letters and digits in what is no blank; prose has 0.95."""

_REPLACEMENTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # References of Javadoc, JSDoc, XML docs, reST and Doxygen become what they show.
        (r"\{@(?:link|linkplain|tutorial)\s+[^\s{}]+[\s|]+([^{}]+)\}", r"\1"),
        (r"\{@(?:link|linkplain|code|literal|value|see|type)\s+([^{}]*)\}", r"\1"),
        (r"<(?:see|seealso|paramref|typeparamref)\s+\w+=\"(?:\w:)?([^\"]*)\"\s*/?>", r"\1"),
        (r":(?:[a-z]+:)?[a-z]+:`[~!]?([^`<]+?)(?:\s*<[^`>]*>)?`", r"\1"),
        (r"`([^`<]+?)\s*<[^`>]*>`_{1,2}", r"\1"),
        (r"(?<!\w)[@\\](?:c|p|a|e|em|b|ref|link|endlink|code|endcode)\s+(?=\w)", ""),
        (r"\[`([^`]+)`\](?:\[[^\]]*\]|\([^)]*\))?", r"\1"),
        (r"\[([^\[\]]+)\]\[[^\[\]]*\]", r"\1"),
        # Addresses.
        (r"!?\[([^\]]*)\]\((?:[^()\s]|\([^()\s]*\))*\)", r"\1"),
        (r"(?:https?|ftp)://[^\s<>()\"'`]*[^\s<>()\"'`.,;:!?]|www\.\S*[^\s.,;:!?]", ""),
        # HTML and other tags of documentation.
        (r"<!--.*?-->", ""),
        (
            r"</?(?:a|abbr|b|big|blockquote|br|c|center|cite|code|dd|div|dl|dt|em|font|h[1-6]|hr|i"
            r"|img|kbd|li|ol|p|para|pre|s|samp|small|span|strike|strong|sub|summary|sup|table|td"
            r"|th|tr|tt|u|ul|var)\b[^<>]*>",
            "",
        ),
        (r"(?<!\w)[@\\](?:brief|short|summary|desc(?:ription)?|abstract|inner|static)\b:?", ""),
        (r"(?<!\w)[@\\](?:param|returns?|throws?|see|since|author|type|api|private)\b.*", ""),
        # Markup of text.
        (r"``([^`]+)``", r"\1"),
        (r"`([^`]+)`", r"\1"),
        (r"\*\*(\S(?:[^*]*\S)?)\*\*", r"\1"),
        (r"(?<![\w*])\*(\w(?:[^*\n]*\w)?)\*(?![\w*])", r"\1"),
        (r"(?<=\s)(?:\(\s*\)|\[\s*\])", ""),
    )
)
_UNADORNED = re.compile(r"(?!.*www\.)[\w\s,.;!?'\"()=:#-]*")
"""What holds no markup, no tag and no address."""
_LOOSE = re.compile(r" (?=[.,;:!?](?:\s|$))")
"""Blanks that what was taken off leaves before punctuation."""
_LEADING = re.compile(r"^(?:[-*+:,;>|]+(?:\s+|$))+")
"""Markers of lists and quotations, and what taking off a tag leaves."""
_MOJIBAKE = re.compile(r"[ÂÃâ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")  # noqa: RUF001
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u2010\u2011", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u3000", " "),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufffd"),
        "\u2026": "...",
    }
)

_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(
    r"""[;{}]\s*$ | ^\W*$ | ^[$@]?[\w.]+(?:::\w+)*\s*\([^()]*\)\s*(?:[-=]>.*|:.*|;)?\.?$
    | ^(?:[$@]?[\w.\[\]]+)\s*(?:[-+*/|&]?=|:=)\s*\S
    | ^(?:if|for|while|switch|elif|foreach)\s*\(.*\)\s*[{:;]? | ^else\b.*[{:] | ^return\b.*;
    | ^(?:var|let|const|int|char|void|public|private|static|final|def|func|fn|import|from|use)
      \s+[\w$*]+\s*(?:[=(;]|import\b) | ^[#]\s*(?:if|ifdef|include|define|endif)\b
    | (?:&&|\|\||==|!=|\+\+|->\w+\() | [=]>\s*[{(]""",
    re.VERBOSE,
)
_STOCK_OPENING = re.compile(
    r"""\W*(?:
      (?:please\s+)?(?:see|refer\s+to|cf\.?|same\s+as|as\s+per|consult)\b
    | (?:inherit(?:s|ed|doc)?|overrid(?:es?|den|ing))\b
      \W*(?:(?:from|by|in|of|for|the|method|function|abstract|base|parent|super)\W+)*\S*
      (?:\W+(?:class|interface|method|function|trait|protocol))?\W*$
    | (?:implements?|implementation\s+(?:of|for))\s+(?:the\s+)?
      (?:\w+[.\#:]+\S+|\S+\s+(?:interface|method|protocol|trait|class))\W*$
    | doc(?:umentation)?\s+inherited
    | (?:todo|fixme|xxx|hack|bug|wip|nb|hm+|eslint|jshint|jslint|istanbul|nolint|noqa)\b
    | (?:this\s+\w+\s+(?:is|was)\s+)?(?:auto-?|automatically\s+)?generated\b
    | do\s+not\s+(?:edit|modify)\b
    | (?:this\s+(?:function|method)\s+is\s+)?(?:deprecated|obsolete)\b
    | (?:class\s+|default\s+|private\s+|public\s+)*(?:constructor|destructor|ctor)\b.{0,40}$
    | (?:getter|setter|accessor|mutator)(?:\s+(?:and|or)\s+setter)?(?:\s+method)?\W*$
    | (?:this\s+\w+\s+is\s+)?(?:not\s+(?:yet\s+)?documented|undocumented)\b
    | (?:no|missing|add)\s+(?:a\s+)?(?:doc|docs|documentation|description|docstring)\b
    | (?:method|function)\s+(?:description|stub)\b
    | (?:for\s+)?(?:internal|private)(?:\s+(?:use|helper|method|function|api|only))*\W*$
    | (?:helper|utility|convenience|auxiliary|callback|dummy|stub|noop|no-op|placeholder)
      (?:\s+(?:function|method|routine|only))*\W*$
    | (?:copied|taken|borrowed|adapted|adopted|ported|stolen|derived|based|inspired|lifted
      |cribbed|code|backported)\s+(?:almost\s+|verbatim\s+|directly\s+|mostly\s+)*(?:from|on|by)\b
    | (?:created|written|modified|author(?:ed)?|contributed|added|copyright)\s*(?:by|on|:|in)\b
    | (?:example|examples|usage|note|notes|warning|args?|arguments|params?|parameters
      |returns?|input|inputs|output|outputs|default|since|version|syntax|type|see\s+also)\s*:
    | (?:public|private|protected)
      (?:\s+(?:api|methods?|functions?|interface|members?|static|virtual|helpers?))*\W*$
    | (?:(?:begin|end)\s+(?:of\s+)?\w+|section|helpers?|utilities|utils|methods|functions)\W*$
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_STOCK_PHRASE = re.compile(
    r"inherit-?doc|\(non-javadoc\)|\bauto-?generated (?:method|stub|by|code|catch)|lorem ipsum"
    r"|description (?:goes )?here|\$(?:Id|Revision|Date)\b|%\(\w+\)s|\{\{.*\}\}",
    re.IGNORECASE,
)


def clean_summary(text: str) -> str:
    """Take off a summary what is no prose, on one line.

    Unicode is repaired (UTF-8 read as Windows-1252, invisible characters, typographic quotes) and
    composed; addresses and tags of HTML and of documentation go, references and inline markup
    leave what they show; CodeSage (2402.01935, 3). Of more than 10,000 characters, which are data,
    nothing is left.
    """
    if len(text) > MOST_CHARACTERS:
        return ""
    if not _UNADORNED.fullmatch(text):
        for pattern, replacement in _REPLACEMENTS:
            text = pattern.sub(replacement, text)
        text = html.unescape(text)
    if _MOJIBAKE.search(text):
        with suppress(UnicodeError):
            text = text.encode("cp1252").decode()
    text = " ".join(unicodedata.normalize("NFC", text).translate(_PLAIN).split())
    text = _LOOSE.sub("", "".join(filter(str.isprintable, text)))
    return _LEADING.sub("", text).strip()


def is_code(text: str) -> bool:
    """Whether a line is a statement, a signature or an expression rather than a sentence."""
    return _CODE.search(text) is not None


def is_long_enough(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Drop summaries of fewer than 3 words; CodeSearchNet (1909.09436, 2), CodeSage (3)."""
    return sum(_WORD.search(word) is not None for word in summary.split()) >= LEAST_TOKENS


def is_short_enough(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Drop summaries of more than 256 words; CodeSage (2402.01935, 3)."""
    return len(summary.split()) <= MOST_TOKENS


def is_in_english(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Keep English only, as far as `is_english` can tell; CodeSage (2402.01935, 3)."""
    return is_english(summary)


def has_body(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Drop summaries of functions with at most one line of body; CodeSage (2402.01935, 3)."""
    start, end = function.body_span
    after = function.end - end
    body = function.code[after - function.end + start : -after or None]
    lines = sum(_WORD.search(line) is not None for line in body.split("\n"))
    return lines >= LEAST_BODY_LINES


def is_whole(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Drop what only leads up to a list ("Does the following:")."""
    return not summary.endswith(":")


def says_something(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Drop stock phrases that say nothing of the function ("See the base class", "TODO")."""
    return not (_STOCK_OPENING.match(summary) or _STOCK_PHRASE.search(summary))


def is_no_licence(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Drop licence and copyright notices."""
    return not is_licence(summary)


def is_no_code(summary: str, function: FunctionRecord, language: Language) -> bool:
    """Drop commented-out code, signatures and decoration."""
    if is_code(summary):
        return False
    visible = len(summary) - summary.count(" ")
    letters = sum(map(len, _WORD.findall(summary)))
    return letters >= LEAST_LETTERS * visible


SUMMARY_FILTERS: dict[str, SummaryFilter] = {
    "few_tokens": is_long_enough,
    "many_tokens": is_short_enough,
    "unfinished": is_whole,
    "not_english": is_in_english,
    "boilerplate": says_something,
    "licence": is_no_licence,
    "code": is_no_code,
    "short_body": has_body,
}
