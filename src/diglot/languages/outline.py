"""The constructs of a source file, nested and named, with the comments above them."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

import tree_sitter

from diglot.languages.base import Language, names_of, query_of
from diglot.languages.declarators import DECLARATOR, declared
from diglot.languages.leads import Lead, Leads, Span
from diglot.languages.parse import Captures, find_matches, parse

_FUNCTIONS = frozenset({"function", "method", "prototype"})
CONTAINERS = frozenset({"class", "struct", "trait", "interface", "enum", "type"})
_KINDS = _FUNCTIONS | CONTAINERS | {"scope"}

_LEAST_NESTED_LINES = 3
_MOST_NESTED_FUNCTIONS = 4
"""Functions nested deeper are no units: the text of each is repeated in all around it."""
_DEEPEST = 32
"""Constructs nested deeper are no units: their symbols grow with the depth."""
_NAME_BYTES = 200
_QUOTES = "\"'`"
_TYPE_ARGUMENTS = re.compile(r"<\s*\w[^<>]*>")
_AFTER_NAME = re.compile(
    r"""(?<=[\w*&\]])(?<!operator)\(.*$ # the parameters of a conversion operator
    | (?<!operator)(?<=\w)\s?<\s?\w.*$ # type arguments cut short""",
    re.VERBOSE,
)


@dataclass(slots=True, eq=False)
class Construct:
    """A declaration found in a file; all positions are byte offsets."""

    node: tree_sitter.Node
    """Without wrapper, comments and, where clauses were merged, the clauses after the first."""
    kind: str
    start: int
    end: int
    signature: Span
    body: Span | None
    name: str
    owner: str
    rank: int
    """Index of the query pattern that found it."""
    docs: list[Span] = field(default_factory=list)
    top: int = 0
    """Where its leading comments and decorators begin."""
    symbol: str = ""
    parent: Construct | None = None
    """The innermost unit around it."""
    children: list[Construct] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file holds."""

    units: list[Construct]
    """In order of their declarations, outer before inner."""
    leads: Leads
    docstrings: list[Span]
    """The file's own."""
    tree: tree_sitter.Tree


def read_outline(source: bytes, language: Language) -> Outline | None:
    r"""Parse a file and find its constructs.

    Args:
        source: the file as UTF-8, lines parted by `\n`.
        language: its language.

    Returns:
        The outline, or None if the file cannot be parsed in reasonable time.
    """
    parsed = language.rewrite(source) if language.rewrite else source
    tree = parse(parsed, language)
    if tree is None:
        return None
    found: list[Lead] = []
    constructs: list[Construct] = []
    wrappers: dict[Span, Span] = {}
    docstrings: list[Span] = []
    for rank, captures in find_matches(tree, query_of(language)):
        for label, nodes in captures.items():
            if label == "comment" or label == "attach":
                found.append(Lead(*nodes[0].byte_range, label == "comment"))
            elif label in _KINDS:
                constructs.append(_construct(source, language, rank, label, captures))
            elif label == "outer":
                wrappers[captures["inner"][0].byte_range] = nodes[0].byte_range
            elif label == "docstring":
                docstrings.extend(_docstring(source, language, captures))
            else:
                continue
            break
    leads = Leads(parsed, found, language, source)
    for construct in constructs:
        _unwrap(construct, wrappers, leads)
    units = _nest(parsed, language, constructs, leads)
    if parsed is not source:
        for unit in units:
            unit.top = _before_rewritten(source, parsed, unit.top)
    return Outline(units, leads, _undocumented(units, docstrings), tree)


def _construct(
    source: bytes, language: Language, rank: int, label: str, captures: Captures
) -> Construct:
    node, kind = captures[label][0], label
    start, end = node.byte_range
    while end > start and source[end - 1 : end].isspace():  # some nodes end after the newline
        end -= 1
    name = names_of(language)[rank]
    if not name and (named := _part(captures, label, "name")) is not None:
        if named.type.endswith(DECLARATOR):
            kind, named = declared(kind, named)
        name = _name(source, named, language) if named is not None else ""
    owner = _name(source, captures["owner"][0], language) if "owner" in captures else ""
    body = _part(captures, label, "body")
    stop = body.start_byte if body is not None else end
    block = None if body is None else (stop, min(body.end_byte, end))
    construct = Construct(node, kind, start, end, (start, stop), block, name, owner, rank)
    construct.docs.extend(_docstring(source, language, captures))
    return construct


def _docstring(source: bytes, language: Language, captures: Captures) -> list[Span]:
    """What a match captures as documentation, if it is any."""
    nodes = captures.get("docstring", [])[:1]
    if language.docstring is not None:
        texts = (source[slice(*node.byte_range)].decode(errors="replace") for node in nodes)
        if any(language.docstring(text) is None for text in texts):
            return []
        nodes = [node for node in nodes if node.next_sibling is None]  # no tuple
    return [node.byte_range for node in nodes]


def _part(captures: Captures, label: str, part: str) -> tree_sitter.Node | None:
    """The capture of this name, else the field of this name."""
    if part in captures:
        return captures[part][0]
    return captures[label][0].child_by_field_name(part)


def _name(source: bytes, node: tree_sitter.Node, language: Language) -> str:
    end = min(node.end_byte, node.start_byte + _NAME_BYTES)
    text = source[node.start_byte : end].decode(errors="replace")
    if text.isidentifier():
        return text
    text = " ".join(text.split()).removeprefix("@test ")  # as the tests of Bats begin
    if text[:1] in _QUOTES:
        return text.strip(_QUOTES)
    while (plain := _TYPE_ARGUMENTS.sub("", text)) != text:
        text = plain
    for separator in language.separators:
        text = text.replace(separator, ".")
    return _AFTER_NAME.sub("", text).strip(":. ")


def _unwrap(construct: Construct, wrappers: dict[Span, Span], leads: Leads) -> None:
    """Extend a declaration over `export`, `template<...>` and the like."""
    span = (construct.start, construct.end)
    while (outer := wrappers.get(span)) is not None and outer != span:
        span = outer
    construct.start, construct.end = span
    construct.signature = (leads.after_decorators(span[0]), construct.signature[1])


def _before_rewritten(source: bytes, parsed: bytes, top: int) -> int:
    """Move the beginning of a declaration before what was blanked out on its line."""
    line = source.rfind(b"\n", 0, top) + 1
    if parsed[line:top].strip():
        return top
    return top - len(source[line:top].lstrip())


def _nest(
    source: bytes, language: Language, constructs: list[Construct], leads: Leads
) -> list[Construct]:
    """Nest by position, name, attach leading comments, and drop what is no unit."""
    stack: list[Construct] = []
    units: list[Construct] = []
    previous = (-1, -1)
    for construct in sorted(constructs, key=lambda item: (item.start, -item.end, item.rank)):
        span = (construct.start, construct.end)
        if span == previous or not construct.name:
            continue
        previous = span
        left: Construct | None = None
        while stack and stack[-1].end <= construct.start:
            left = stack.pop()
        if not _is_wanted(source, construct, stack):
            continue
        _place(construct, stack)
        if construct.kind == "scope":
            stack.append(construct)
            continue
        construct.top, comments = leads.above(construct.start)
        end = leads.end_of_line(construct.end)
        if language.merge_clauses and left is not None and _continues(source, left, construct):
            left.end = end
            left.docs.extend(comments)
            left.body = _joined(left.body, construct.body)
            if left.kind == "prototype":
                left.kind = construct.kind
            stack.append(left)
            continue
        construct.docs[:0] = comments
        construct.end = end
        stack.append(construct)
        units.append(construct)
    return _settle(units)


def _continues(source: bytes, left: Construct, construct: Construct) -> bool:
    """Whether a construct is the next clause of the function that ended before it."""
    return (
        left.symbol == construct.symbol
        and left.kind in _FUNCTIONS
        and construct.kind in _FUNCTIONS
        and not source[left.end : construct.top].strip()
    )


def _joined(left: Span | None, right: Span | None) -> Span | None:
    return (left[0], right[1]) if left and right else left or right


def _is_wanted(source: bytes, construct: Construct, stack: list[Construct]) -> bool:
    """Whether a construct is large enough for where it is."""
    if len(stack) >= _DEEPEST:
        return False
    functions = sum(item.kind in _FUNCTIONS for item in stack)
    if construct.kind == "scope":
        return True
    if construct.kind == "prototype":
        return not functions
    is_member_type = construct.kind == "type" and any(item.kind in CONTAINERS for item in stack)
    if not functions and not is_member_type:
        return True
    lines = source.count(b"\n", construct.start, construct.end) + 1
    return lines >= _LEAST_NESTED_LINES and functions <= _MOST_NESTED_FUNCTIONS


def _place(construct: Construct, stack: list[Construct]) -> None:
    """Set symbol, parent and kind by what is around."""
    scope = stack[-1] if stack else None
    parts = (scope.symbol if scope else "", construct.owner, construct.name)
    construct.symbol = ".".join(filter(None, parts))
    construct.parent = next((item for item in reversed(stack) if item.kind != "scope"), None)
    around = construct.parent
    if construct.kind == "function" and around is not None and around.kind in CONTAINERS:
        construct.kind = "method"


def _settle(units: list[Construct]) -> list[Construct]:
    """Drop the prototypes of functions defined in the file, and link children."""
    defined = {unit.symbol for unit in units if unit.kind in ("function", "method")}
    kept = []
    for unit in units:
        if unit.kind == "prototype":
            if unit.symbol in defined:
                continue
            inside = unit.parent is not None and unit.parent.kind in CONTAINERS
            unit.kind = "method" if inside or unit.owner else "function"
        kept.append(unit)
        if unit.parent is not None:
            unit.parent.children.append(unit)
    return kept


def _undocumented(units: list[Construct], docstrings: list[Span]) -> list[Span]:
    """Give docstrings to the innermost units around them, and return the others."""
    starts = [unit.start for unit in units]
    others = []
    for start, end in docstrings:
        at = bisect_right(starts, start) - 1
        unit = units[at] if at >= 0 else None
        while unit is not None and unit.end < end:
            unit = unit.parent
        if unit is None:
            others.append((start, end))
        else:
            unit.docs.append((start, end))
    return others
