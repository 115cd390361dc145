r"""Words of source code and of questions about it, in any script.

An identifier is a phrase: `getUserById` says "get user by id". Search and static embeddings both
read text as words, so both split identifiers here, the same way:

1. a token is a run of letters, digits and underscores in any script (`\w+`);
2. it is split at underscores, at camel-case humps and between letters and digits, and lower-cased;
3. scripts written without spaces (Chinese, Japanese, Thai, ...) are kept as runs for embedding and
   become character bigrams for lexical search, the usual treatment where no dictionary is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"\w+")
_ASCII_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
# Han, kana, Hangul jamo are handled as runs; Hangul syllables too, since particles stick to nouns.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u3190-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_UNSPACED_START = re.compile(f"[{_UNSPACED}]")

_LONGEST_WORD = 64
"""Longer tokens are data (hashes, base64), not words."""
_CACHE_LIMIT = 1 << 20

STOP_WORDS = frozenset(
    "a an and any are as at be been being but by can could did do does doing for from had has "
    "have having how i in into is it its me my of on or our should so some such than that the "
    "their them then there these they this those to us used using uses via was we were what "
    "when where which while who whom why will with would you your".split()
)
"""English words that carry no meaning in a question about code."""


def _split_other(token: str) -> tuple[str, ...]:
    """Split a token that holds non-ASCII letters or underscores."""
    parts: list[str] = []
    for piece in token.split("_"):
        if piece.isascii():
            parts.extend(_ASCII_PARTS.findall(piece))
            continue
        for run in _UNSPACED_RUN.findall(piece):
            if _UNSPACED_START.match(run):
                parts.append(run)
                continue
            start = 0
            for i in range(1, len(run)):
                hump = run[i].isupper() and run[i - 1].islower()
                if hump or run[i].isdigit() != run[i - 1].isdigit():
                    parts.append(run[start:i])
                    start = i
            parts.append(run[start:])
    return tuple(part.lower() for part in parts if part)


class _Words(dict[str, tuple[str, ...]]):
    """Cache: token -> its words."""

    def __missing__(self, token: str) -> tuple[str, ...]:
        if len(token) > _LONGEST_WORD:
            words: tuple[str, ...] = ()
        elif token.isascii() and "_" not in token:
            words = tuple(part.lower() for part in _ASCII_PARTS.findall(token))
        else:
            words = _split_other(token)
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        self[token] = words
        return words


class _Terms(dict[str, str]):
    """Cache: token -> its lexical terms, joined by spaces."""

    def __missing__(self, token: str) -> str:
        words = _WORDS[token]
        terms = [part for word in words for part in bigrams(word)]
        if len(words) > 1:
            terms.append(token.lower())
        if len(self) >= _CACHE_LIMIT:
            self.clear()
        self[token] = joined = " ".join(terms)
        return joined


_WORDS = _Words()
_TERMS = _Terms()


def bigrams(word: str) -> list[str]:
    """Return a run of an unspaced script as overlapping pairs; any other word as it is."""
    if len(word) < 2 or not _UNSPACED_START.match(word):
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]


def tokens(text: str) -> list[str]:
    """Return the runs of letters, digits and underscores of `text`, as they are."""
    return _TOKEN.findall(text)


def split_words(text: str) -> list[str]:
    """Return the lower-cased words of `text` in order, identifiers split.

    Example: `split_words("getUserById(max_age)")` is `["get", "user", "by", "id", "max", "age"]`.
    """
    return [word for token in _TOKEN.findall(text) for word in _WORDS[token]]


def lexical_terms(found: Iterable[str]) -> str:
    """Return the terms of tokens (from `tokens`) for lexical search, joined by spaces.

    Each identifier gives its words and, when it has more than one, itself whole in lower case.
    """
    return " ".join(map(_TERMS.__getitem__, found))


def content_words(text: str) -> list[str]:
    """Return the distinct words of `text` without stop words, in order of first use.

    A text of nothing but stop words keeps them, so that no question becomes empty.
    """
    words = list(dict.fromkeys(split_words(text)))
    return [word for word in words if word not in STOP_WORDS] or words
