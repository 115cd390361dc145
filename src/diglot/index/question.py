"""What a query says: its words, their rarity, and the symbols it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from diglot.index.quotes import Frame, Literal, find_frames, find_literals, message_parts, spellings
from diglot.languages.words import bigrams, content_words, lexical_terms, split_words, tokens

_QUALIFIED = re.compile(r"[^\W\d]\w*(?:(?:::|\.|->|#|\\|/|:)[^\W\d]\w*)*[!?]?(?:\(\))?")
_SEPARATOR = re.compile(r"::|->|[.#\\/:]")
_MENTION = re.compile(r"[^\W\d]\w*(?:(?:::|\.|->|#|\\)[^\W\d]\w*)*")
_LONGEST = 8000
"""Characters of a query that are read: as much as is kept of a unit."""
_ACTIONS = frozenset(
    "add allocate append apply assert assign attach bind build calculate call cancel change "
    "check clean clear clone close collect combine compare compile compute concatenate "
    "configure connect construct consume convert copy count create decode decompress decrypt "
    "define delete deserialize destroy detach detect determine disable discard dispatch "
    "display download draw drop dump emit enable encode encrypt ensure enqueue escape "
    "estimate evaluate execute expand export extract fetch fill filter find finish flatten "
    "flush fold format forward generate get give handle hash import increment initialize "
    "inject insert install invoke iterate join list load lock log look make map mark match "
    "measure merge modify move normalize notify obtain open parse perform pop prepare prepend "
    "print process produce provide push put query quote raise read receive record redirect "
    "reduce refresh register reject release reload remove rename render repeat replace report "
    "reset resize resolve restore retrieve retry return reverse rewrite rotate round run "
    "sample save scan search select send serialize set show shuffle sign skip sort split "
    "start stop store strip subscribe swap tell throw toggle tokenize transform translate "
    "traverse trim truncate try turn unescape unlock unregister unwrap update upload validate "
    "verify visit wait walk wrap write yield".split()
)
"""Verbs that open the description of a function."""
_SHORTEST_PREFIX = 3
_COMMON_PREFIX = 4
_LONGEST_ENDING = 3
_MOST_NEIGHBOURS = 40
"""Words of a query whose neighbours are looked at."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, analysed."""

    text: str
    words: tuple[str, ...]
    """Distinct content words, lower case, identifiers split, CJK as bigrams."""
    identifiers: tuple[str, ...]
    """Distinct identifiers of several words, whole, lower case."""
    symbol: str
    """The symbol the whole query names, with `.` between parts, lower case; else empty."""
    mentions: frozenset[str]
    """Code-like names inside a query in words, lower case."""
    names: tuple[str, ...]
    """Spellings of the name that a query without white space may be, in its case, `.` between
    parts; the likeliest first."""
    literals: tuple[Literal, ...]
    """Runs of its own text that may stand in the code as they are."""
    message_parts: tuple[tuple[str, ...], ...]
    """Parts of the error message that it may be, without the values it was filled with; and the
    same in smaller parts."""
    frames: tuple[Frame, ...]
    """Places in files that it names, as stack traces do; the innermost first."""
    neighbours: tuple[tuple[str, str], ...]
    """Words that follow each other in it, lower case, identifiers whole."""
    asks_for_action: bool
    """Whether its first content word says what a function does: "parse ...", "returns ..."."""
    asks_for_tests: bool
    asks_for_examples: bool


def _normal_symbol(text: str) -> str:
    return _SEPARATOR.sub(".", text.rstrip("!?()")).lower()


def _base_forms(verb: str) -> set[str]:
    """What a verb in the third person may come from, and the verb itself."""
    return {verb, verb.removesuffix("s"), verb.removesuffix("es")}


def _looks_like_code(name: str) -> bool:
    inner = name[1:]
    return "_" in inner.strip("_") or bool(_SEPARATOR.search(name)) or inner != inner.lower()


def analyse(text: str) -> Question:
    """Analyse a query: natural language, a symbol (`Foo::bar`) or a line of code, in any script.

    Only its first 8,000 characters count, so that a pasted file is answered in bounded time.
    """
    # What cannot be encoded, such as undecodable bytes of a command line, is no part of a word.
    stripped = text.strip()[:_LONGEST].encode("utf-8", "replace").decode()
    words = tuple(dict.fromkeys(part for word in content_words(stripped) for part in bigrams(word)))
    parts = {*split_words(stripped), *words}
    symbol = _normal_symbol(stripped) if _QUALIFIED.fullmatch(stripped) else ""
    mentions = frozenset(
        name
        for mention in _MENTION.findall(stripped)
        if not symbol and _looks_like_code(mention)
        for name in (_normal_symbol(mention), _normal_symbol(mention).rpartition(".")[2])
    )
    present = set(words)
    found = tokens(stripped)
    terms = dict.fromkeys(lexical_terms(found).split())
    lowered = [token.lower() for token in found[:_MOST_NEIGHBOURS]]
    identifiers = tuple(term for term in terms if term not in parts)
    return Question(
        text=stripped,
        words=words,
        identifiers=identifiers,
        symbol=symbol,
        mentions=mentions,
        names=spellings(stripped),
        literals=find_literals(stripped),
        message_parts=message_parts(stripped),
        frames=find_frames(stripped),
        neighbours=tuple(dict.fromkeys(pairwise(lowered))),
        asks_for_action=bool(words) and not _ACTIONS.isdisjoint(_base_forms(words[0])),
        asks_for_tests=not present.isdisjoint({"test", "tests", "testing", "spec", "specs"}),
        asks_for_examples=not present.isdisjoint({"example", "examples", "demo", "sample"}),
    )


def _same_word(one: str, other: str) -> bool:
    """Whether two words look like forms of one: a prefix of each other, or short endings apart."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHORTEST_PREFIX:
        return False
    if longer.startswith(shorter):
        return True
    common = next(i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return common >= _COMMON_PREFIX and max(len(one), len(other)) - common <= _LONGEST_ENDING


class WordMatcher(dict[str, int]):
    """Which words of a question a word stands for, as a bit mask; remembers its answers."""

    def __init__(self, words: tuple[str, ...]) -> None:
        """Prepare to match `words`, the question's."""
        super().__init__()
        self._by_start: dict[str, list[tuple[int, str]]] = {}
        for bit, word in enumerate(words):
            self._by_start.setdefault(word[:_SHORTEST_PREFIX], []).append((1 << bit, word))

    def __missing__(self, word: str) -> int:
        near = self._by_start.get(word[:_SHORTEST_PREFIX], ())
        mask = self[word] = sum(bit for bit, mine in near if _same_word(mine, word))
        return mask
