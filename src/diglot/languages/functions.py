"""From the text of a source file to its functions, with all that can be read off them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from diglot.languages.base import Language
from diglot.languages.calls import Calls
from diglot.languages.comments import Comment, comments_within, read_comments
from diglot.languages.docstrings import choose_docstring, docstring_style, docstring_text
from diglot.languages.lines import Characters, Lines, with_plain_ends
from diglot.languages.outline import CONTAINERS, Construct, Outline, read_outline
from diglot.languages.registry import written_in
from diglot.languages.scopes import read_bindings
from diglot.languages.sentences import first_sentence

Span = tuple[int, int]
"""First character, and the one after the last, from 0."""

_MACROS = frozenset({"preproc_function_def", "macro_definition"})
"""Text to be replaced, whose body no grammar reads."""
_DOTTED = re.compile(r"[\w$]+(?:\.~?[\w$]+)+")
"""A name that says what it belongs to: `Page::load`, `exports.load`."""
_AFTER_SIGNATURE = " \t\n{:=;,\\"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name that the file binds, where it occurs in a function."""

    name: str
    role: Literal["class", "function", "parameter", "variable"]
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class FunctionRecord:
    """A function or method with a body. All spans are characters of the file."""

    kind: Literal["function", "method"]
    qualified_name: str
    name: str
    start: int
    """Where the construct begins, its comments and decorators included."""
    end: int
    start_line: int
    """From 1."""
    end_line: int
    """Inclusive."""
    signature: str
    """Text of `signature_span` without comments, on one line."""
    signature_span: Span
    docstring: str
    """Without markers and indentation; empty if there is none."""
    docstring_style: str
    docstring_spans: list[Span]
    """The literal or the comments that it was read from."""
    summary: str
    """First sentence of the docstring, as written."""
    body_span: Span
    """The block without the docstring, braces included."""
    code: str
    """The construct without `cuts`."""
    cuts: list[Span]
    """What the docstring takes up, whole lines where it can be."""
    identifiers: list[Identifier]
    """By first occurrence."""
    callees: list[str]
    """Names that the body calls, in order, once each."""
    comments: list[Comment]
    """Those inside the body."""
    parses: bool
    """Whether the grammar could read all of it."""

    def with_docstring(self, docstring: str, language: Language) -> FunctionRecord:
        """This function with a docstring that its source keeps apart from the code."""
        return replace(
            self,
            docstring=docstring,
            docstring_style=docstring_style(docstring, "", language),
            summary=first_sentence(docstring, self.name),
        )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What training reads off one file."""

    text: str
    r"""What all spans refer to: the file without byte order mark, its lines parted by `\n`."""
    language: Language
    """As the content says: C++ for a header named like C that holds C++."""
    functions: list[FunctionRecord]
    """By start, outer before inner."""
    docstrings: list[tuple[str, int]]
    """Docstrings of the file, its types and functions, with their first characters, in order."""


def read_functions(text: str, language: Language) -> SourceFile | None:
    r"""Find the functions of a file, and all documentation.

    Declarations without body (prototypes, abstract methods) and macros are no functions.

    Args:
        text: the whole file; lines may end in `\n`, `\r\n` or `\r`.
        language: its language.

    Returns:
        The functions, or None where the file cannot be parsed in reasonable time.
    """
    text = with_plain_ends(text.removeprefix("\ufeff"))
    language = written_in(text, language)
    source = (text + "\n").encode(errors="replace")  # some grammars hang at a bare end of file
    outline = read_outline(source, language)
    if outline is None:
        return None
    return _Reading(text, source, language, outline).file()


class _Reading:
    """One file on its way from outline to functions."""

    def __init__(self, text: str, source: bytes, language: Language, outline: Outline) -> None:
        self.text = text
        self.language = language
        self.outline = outline
        self.lines = Lines(text)
        self.span = Characters(source).span
        self.calls = Calls(outline.tree, source, language)
        self.bindings = read_bindings(outline.tree.root_node, source, language) or []
        self.occurrences = sorted(
            (*self.span(span), at)
            for at, binding in enumerate(self.bindings)
            for span in binding.spans
        )
        self.comments = read_comments(
            self.lines, map(self.span, outline.leads.comments_within(0, len(source))), language
        )

    def file(self) -> SourceFile:
        functions = []
        docstrings = []
        for construct in self.outline.units:
            docs = [self.span(span) for span in self._docs(construct)]
            docs = [docs[at] for at in choose_docstring(self._texts(docs), self.language)]
            docstring = docstring_text(self._texts(docs), self.language) if docs else ""
            if docstring:
                docstrings.append((docstring, docs[0][0]))
            is_function = construct.kind in ("function", "method")
            if is_function and construct.body and construct.node.type not in _MACROS:
                functions.append(self._function(construct, docs if docstring else [], docstring))
        docstrings.extend(self._of_file({start for _, start in docstrings}))
        docstrings.sort(key=lambda item: item[1])
        functions.sort(key=lambda function: (function.start, -function.end))
        return SourceFile(self.text, self.language, functions, docstrings)

    def _docs(self, construct: Construct) -> list[Span]:
        """Comments and literals of a construct, but those of later clauses of a function."""
        if construct.body is None or construct.kind in CONTAINERS or self.language.docstring:
            return construct.docs
        return [span for span in construct.docs if span[0] < construct.body[0]]

    def _of_file(self, taken: set[int]) -> list[tuple[str, int]]:
        """Docstrings of the file itself: literals, and comments above all code but licences."""
        spans = [self.span(span) for span in self.outline.docstrings]
        found = [(docstring_text(self._texts([span]), self.language), span[0]) for span in spans]
        if self.language.docstring is None:
            header = {self.span(span)[0] for span in self.outline.leads.header} - taken
            found.extend(
                (comment.text, comment.start)
                for comment in self.comments
                if comment.start in header
            )
        return [(text, start) for text, start in found if text]

    def _function(self, construct: Construct, docs: list[Span], docstring: str) -> FunctionRecord:
        text = self.text
        start, end = self.span((construct.top, construct.end))
        body = self._body(construct, docs)
        signature = self._signature_span(self.span(construct.signature))
        cuts = self._cuts(start, end, docs, signature[0])
        opening = text[slice(*docs[0])] if docs else ""
        name = construct.name
        return FunctionRecord(
            kind=cast(Literal["function", "method"], construct.kind),
            qualified_name=construct.symbol,
            name=name.rpartition(".")[2] if _DOTTED.fullmatch(name) else name,
            start=start,
            end=end,
            start_line=self.lines.number(start),
            end_line=self.lines.number(end - 1),
            signature=self._signature(*signature),
            signature_span=signature,
            docstring=docstring,
            docstring_style=docstring_style(docstring, opening, self.language),
            docstring_spans=docs,
            summary=first_sentence(docstring, name),
            body_span=body,
            code=_without(text, start, end, cuts),
            cuts=cuts,
            identifiers=self._identifiers(start, end),
            callees=self.calls.within(*cast(Span, construct.body)),
            comments=_within(self.comments, body, self.lines.number(end - 1)),
            parses=not construct.node.has_error,
        )

    def _texts(self, spans: Sequence[Span]) -> list[str]:
        return [self.text[start:end] for start, end in spans]

    def _body(self, construct: Construct, docs: list[Span]) -> Span:
        """The block, from behind its docstring."""
        start, end = self.span(cast(Span, construct.body))
        if docs and start <= docs[-1][0]:
            after = docs[-1][1]
            rest = self.text[after:end].lstrip("; \t\n")
            start = end - len(rest)
        return start, end

    def _signature_span(self, span: Span) -> Span:
        """The declaration up to its body, without the punctuation and comments between them."""
        start, end = span
        comments = comments_within(self.comments, start, end)
        while True:
            end = start + len(self.text[start:end].rstrip(_AFTER_SIGNATURE))
            if not comments or comments[-1].end < end:
                return start, end
            end = comments.pop().start

    def _signature(self, start: int, end: int) -> str:
        comments = comments_within(self.comments, start, end)
        spans = [(comment.start, comment.end) for comment in comments]
        return " ".join(_without(self.text, start, end, spans).split())

    def _cuts(self, start: int, end: int, docs: list[Span], declaration: int) -> list[Span]:
        """What a docstring takes up of a construct; whole lines, where nothing else is on them.

        With it go the lines that part it from the declaration (`#ifdef`): their end is outside.
        """
        text = self.text
        cuts: list[Span] = []
        for first, last in docs:
            line = max(text.rfind("\n", 0, first) + 1, start)
            newline = text.find("\n", last, end)
            after = end if newline < 0 else newline + 1
            if not text[line:first].strip() and not text[last:after].strip():
                first, last = line, after
            if cuts and not text[cuts[-1][1] : first].strip():
                first = cuts.pop()[0]
            cuts.append((first, last))
        if cuts and cuts[0][0] == start:  # code begins with the declaration, not its indentation
            cuts[0] = start, end - len(text[cuts[0][1] : end].lstrip())
        if cuts and self.language.between is not None:
            first, last = cuts[-1]
            gap = text[last:declaration].encode(errors="replace")
            for match in self.language.between.finditer(gap):
                rest = gap[match.end() :].lstrip().decode(errors="replace")
                cuts[-1] = first, declaration - len(rest)
        return cuts

    def _identifiers(self, start: int, end: int) -> list[Identifier]:
        """Bindings that occur in a span of characters."""
        found: dict[int, list[Span]] = {}
        first = bisect_left(self.occurrences, (start,))
        last = bisect_left(self.occurrences, (end,), lo=first)
        for begin, stop, at in self.occurrences[first:last]:
            found.setdefault(at, []).append((begin, stop))
        bindings = self.bindings
        return [Identifier(bindings[at].name, bindings[at].role, found[at]) for at in found]


def _within(comments: list[Comment], body: Span, end_line: int) -> list[Comment]:
    """Comments of a body; none describes lines beyond the function."""
    return [
        replace(comment, last_line=end_line) if comment.last_line > end_line else comment
        for comment in comments_within(comments, *body)
    ]


def _without(text: str, start: int, end: int, cuts: Sequence[Span]) -> str:
    """Text of a span without parts of it."""
    pieces = []
    for first, last in cuts:
        pieces.append(text[start:first])
        start = last
    pieces.append(text[start:end])
    return "".join(pieces)
