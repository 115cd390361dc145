"""Paragraphs of prose: from read-me files, documentation and docstrings."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from diglot.corpus.filters.english import is_english
from diglot.corpus.filters.summary import clean_summary, is_code
from diglot.languages.docs import is_licence

LEAST_WORDS = 5
MOST_DOCSTRING_CHARACTERS = 100_000
"""Longer docstrings are data."""
LEAST_LETTERS = 0.7
"""Share of letters in what is no blank; prose has 0.95, tables and commands less."""

_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx"})
_TEXT = frozenset({".rst", ".rest", ".txt", ""})
_FOLDERS = frozenset("doc docs documentation guide guides manual tutorial tutorials book".split())
_NOT_PROSE = re.compile(
    r"licen[sc]e|copying|notice|authors|contributors|maintainers|changelog|changes|history|news"
    r"|code_of_conduct|security|codeowners|requirements|cmakelists|robots|third.?party|credits"
    r"|thanks|sources|top_level|entry_points|manifest|todo",
    re.IGNORECASE,
)
_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)\n.*?\n\1\n", re.DOTALL)

_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}\s*")
_TABLE = re.compile(r"[+|]|=+(?: +=+)+\s*$|-+(?: +-+)+\s*$")
_LITERAL_FOLLOWS = re.compile(r"(?:^|[^:])::\s*$")
_EXPLICIT = re.compile(r"\.\.(?: |$)|__ |:[\w -]+:(?:\s|$)|>>> |\$ |```|~~~")
_ITEM = re.compile(r"(?:[-*+•]|\(?(?:\d{1,2}|[a-z#])[.)])[ \t]+")
_SUBSTITUTION = re.compile(r"\|[\w -]+\|_{0,2}|`|(?<!\w)([A-Za-z0-9]+)__?(?=[\s.,;:!?)]|$)")
"""`|name|`, and the underscore of a reference: `name_`."""


_XML_SUMMARY = re.compile(r"<summary>(.*?)(?:</summary>|\Z)", re.DOTALL)
_HTML_CODE = re.compile(r"<pre\b.*?(?:</pre>|\Z)", re.DOTALL)
_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
_HTML_BREAK = re.compile(r"</?p\b[^<>\n]*>")
_TAG_LINE = re.compile(
    r"[ \t]*(?:[@\\](?!brief|description|summary)\w|:\w[^:\n]*:(?:\s|$)|>>>|\.\.\s|</?\w)"
)
_SECTION = re.compile(
    r"[ \t]*(?:Args|Arguments|Keyword Arg\w*|Params?|Parameters?|Other Parameters|Returns?|Yields?"
    r"|Raises|Throws|Attributes|Examples?|Usage|Inputs?|Outputs?|See Also|References|Todo|Methods"
    r"|Options|Requires|Warns)[ \t]*:?[ \t]*$"
)


def prose_source(path: str) -> Literal["readme", "documentation"] | None:
    """Tell whether a file is made to be read by people, by its path alone.

    Args:
        path: path in the repository, with `/`.

    Returns:
        `readme`, `documentation`, or None for code, licences, change logs and lists of names.
    """
    file = PurePosixPath(path)
    suffix = file.suffix.lower()
    if suffix not in _MARKDOWN | _TEXT:
        return None
    if file.name.lower().startswith("readme"):
        return "readme"
    if _NOT_PROSE.match(file.stem) or not suffix:
        return None
    in_folder = any(part.lower() in _FOLDERS for part in file.parts[:-1])
    return "documentation" if suffix != ".txt" or in_folder else None


def read_prose(path: str, text: str) -> list[str]:
    r"""Read the paragraphs of a document, without headings, code, tables, badges and markup.

    Args:
        path: its path, whose ending tells Markdown from reStructuredText and plain text.
        text: the document, lines parted by `\n`.

    Returns:
        English paragraphs of at least 5 words in reading order, each on one line.
    """
    if PurePosixPath(path).suffix.lower() in _MARKDOWN:
        paragraphs = _markdown_paragraphs(_FRONT_MATTER.sub("", text))
    else:
        paragraphs = _text_paragraphs(text)
    return [clean for paragraph in paragraphs if is_prose(clean := clean_summary(paragraph))]


def docstring_paragraphs(docstring: str) -> list[str]:
    """Read the paragraphs of a docstring, without sections of parameters, tags and examples.

    Args:
        docstring: its text, without markers.

    Returns:
        English paragraphs of at least 5 words in order, each on one line.
    """
    if len(docstring) > MOST_DOCSTRING_CHARACTERS:
        return []
    if (summary := _XML_SUMMARY.search(docstring)) is not None:
        docstring = summary[1]
    docstring = _HTML_BREAK.sub("\n\n", _HTML_CODE.sub("\n\n", _FENCED.sub("\n", docstring)))
    kept: list[str] = []
    section = ""
    for block in re.split(r"\n[ \t]*\n", docstring):
        lines = block.split("\n")
        is_heading = len(lines) > 1 and _UNDERLINE.fullmatch(lines[1].strip()) is not None
        if _SECTION.match(lines[0]):
            section = "underlined" if is_heading else "indented"
        elif is_heading or (section == "indented" and lines[0][:1].strip()):
            section = ""  # entries of an indented section are indented, what follows it is not
        if section:
            continue
        ends = (
            at for at, line in enumerate(lines) if _TAG_LINE.match(line) or _SECTION.match(line)
        )
        end = next(ends, len(lines))
        if end < len(lines) and _SECTION.match(lines[end]):
            section = "indented"
        kept.append("\n".join(lines[:end]))
    paragraphs = _text_paragraphs("\n\n".join(kept))
    return [clean for paragraph in paragraphs if is_prose(clean := clean_summary(paragraph))]


def is_prose(paragraph: str) -> bool:
    """Whether a paragraph is English text of some length, and no licence, list or data."""
    words = paragraph.split()
    if len(words) < LEAST_WORDS:
        return False
    letters = sum(map(str.isalpha, paragraph))
    visible = sum(map(len, words))
    if letters < LEAST_LETTERS * visible or is_code(paragraph) or is_licence(paragraph):
        return False
    return is_english(paragraph)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _markdown_paragraphs(text: str) -> list[str]:
    paragraphs = []
    in_paragraph = False
    for token in _markdown().parse(text):
        if token.type in ("paragraph_open", "paragraph_close"):
            in_paragraph = token.type == "paragraph_open"
        elif token.type == "inline" and in_paragraph:
            paragraphs.append(_inline_text(token.children or []))
    return paragraphs


def _inline_text(children: list[Token]) -> str:
    """What a reader sees of a paragraph, images apart."""
    pieces = []
    for child in children:
        if child.type == "text":
            pieces.append(child.content)
        elif child.type == "code_inline":
            pieces.append(f"`{child.content}`")
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
    return "".join(pieces)


def _text_paragraphs(text: str) -> list[str]:
    """Paragraphs and items of reStructuredText or plain text."""
    paragraphs: list[list[str]] = []
    lines = text.expandtabs(4).split("\n")
    skipping = False
    """Within what is indented under a directive or after `::`."""
    fresh = True
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        stripped = line.strip()
        if not stripped:
            fresh = True
            continue
        indented = line[0] == " "
        if indented and (fresh or skipping):
            skipping = True
            continue
        if not indented:
            skipping = False
        if _UNDERLINE.fullmatch(stripped) or _TABLE.match(stripped):
            fresh = True
        elif not indented and _UNDERLINE.fullmatch(following) and len(following) >= len(stripped):
            fresh = True  # a heading
        elif not indented and _EXPLICIT.match(line):
            skipping = True
            fresh = True
        else:
            item = None if indented else _ITEM.match(line)
            if fresh or item:
                paragraphs.append([])
            paragraphs[-1].append(stripped[item.end() :] if item else stripped)
            fresh = False
            skipping = _LITERAL_FOLLOWS.search(stripped) is not None
    return [_without_markup(" ".join(paragraph)) for paragraph in paragraphs]


def _without_markup(paragraph: str) -> str:
    """Take off what only reStructuredText has, and clean_summary does not know."""
    paragraph = clean_summary(
        _LITERAL_FOLLOWS.sub(lambda match: match[0].replace("::", ":"), paragraph)
    )
    return _SUBSTITUTION.sub(r"\1", paragraph)
