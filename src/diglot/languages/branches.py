"""Branches of a preprocessor that cut through constructs, of which a grammar can read only one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_QUIET = re.compile(
    rb"""
      //[^\n]*+ | /\*.*?(?:\*/|\Z)
    | "(?:[^"\\\n]|\\.)*+" | '(?:[^'\\\n]|\\.)*+'
    | ^[ \t]*\#[ \t]*(?:define|undef|include|pragma|error|warning|line)\b(?:\\\n|[^\n])*+
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
"""What may hold brackets and directives that count for nothing."""
_DIRECTIVE = re.compile(
    rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b((?:\\\n|[^\n])*+)",
    re.MULTILINE,
)
_NEVER = re.compile(rb"\s*(?:0|false)\s*\Z")
_INK = re.compile(rb"[^\s]")
_WORDS = re.compile(rb"\s*[a-z_]\w*[\w\s]*")
"""A branch that is the beginning of a declaration: `static`, `inline unsigned`."""
_NO_BRACKETS = bytes(set(range(256)).difference(b"(){}"))
_COUNTS = {ord("("): 1, ord(")"): -1, ord("{"): 1, ord("}"): -1}

Span = tuple[int, int]


@dataclass(slots=True)
class _Group:
    """One `#if` up to its `#endif`."""

    directives: list[Span] = field(default_factory=list)
    conditions: list[bytes] = field(default_factory=list)


def with_whole_branches(source: bytes) -> bytes:
    """Blank out directives, and all branches but one, where a branch opens what it does not close.

    Grammars read `#if` around whole statements and declarations only. Of the branches of a group
    in which a bracket stays open, that end before the `{` of a body, or that are a few words of a
    declaration, the first stays that is not `#if 0`; all others and the directives become spaces.

    Returns:
        As many bytes, with the same ends of lines.
    """
    if b"#" not in source or not _DIRECTIVE.search(source):
        return source
    plain = bytearray(_QUIET.sub(_blanked, source))
    written = bytearray(source)
    groups: list[_Group] = []
    for match in _DIRECTIVE.finditer(bytes(plain)):
        word = match[1]
        if word.startswith(b"if"):
            groups.append(_Group())
        if not groups:
            continue
        groups[-1].directives.append(match.span())
        groups[-1].conditions.append(match[2] if word == b"if" else b"")
        if word == b"endif":
            group = groups.pop()
            for start, end in _superfluous(group, plain):
                blank = _blank(plain[start:end])
                written[start:end] = plain[start:end] = blank
    return bytes(written)


def _superfluous(group: _Group, plain: bytearray) -> list[Span]:
    """What of a group to blank out: nothing where each branch is whole."""
    ends = [end for _, end in group.directives[:-1]]
    starts = [start for start, _ in group.directives[1:]]
    branches = list(zip(ends, starts, strict=True))
    texts = [bytes(plain[start:end]) for start, end in branches]
    after = _INK.search(plain, group.directives[-1][1])
    is_cut = after is not None and after[0] == b"{" and _is_unfinished(texts)
    is_part = any(map(_WORDS.fullmatch, texts))
    if not is_cut and not is_part and all(map(_is_whole, texts)):
        return []
    kept = next((at for at, text in enumerate(group.conditions[:-1]) if not _NEVER.match(text)), 0)
    if is_part and len(branches) == 1:
        kept = -1  # a declaration can do without: `#ifdef X`, `static`, `#endif`
    return [*group.directives, *(span for at, span in enumerate(branches) if at != kept)]


def _is_unfinished(branches: list[bytes]) -> bool:
    """Whether what follows the group as a block belongs to what a branch begins."""
    texts = [text for branch in branches if (text := branch.rstrip())]
    return any(text[-1:] not in (b";", b"}", b"{") for text in texts)


def _is_whole(branch: bytes) -> bool:
    """Whether all brackets of a branch open and close in it."""
    depth = 0
    for bracket in branch.translate(None, _NO_BRACKETS):
        depth += _COUNTS[bracket]
        if depth < 0:
            return False
    return not depth


def _blanked(match: re.Match[bytes]) -> bytes:
    return _blank(match[0])


def _blank(text: bytes | bytearray) -> bytes:
    return re.sub(rb"[^\n]", b" ", text)
