"""The queries of protocol `function-search/1`: what functions say of themselves."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from benchmarks.documentation import SourceFile
from benchmarks.summaries import summary
from diglot.index.names import file_name
from diglot.index.question import WordMatcher, analyse
from diglot.languages.generated import is_generated
from diglot.languages.outline import Construct
from diglot.languages.words import split_words

LEAST_BODY_LINES = 3
_WORD = re.compile(r"[^\W_]+")
_STANDARD = re.compile(
    r"__\w+__?|__construct|toString|hashCode|equals|clone|compareTo|String|Error"
)
"""Names of functions whose meaning the language fixes."""


@dataclass(frozen=True, slots=True)
class FunctionQuery:
    """A summary, and the function that it was taken from."""

    repository: str
    text: str
    path: str
    symbol: str
    start_line: int
    """Of the declaration in the searched tree, from 1."""
    code_line: int
    """Where the function is named, after annotations."""
    end_line: int
    """Inclusive."""
    shares_word: bool
    """Whether a content word of the text is, in some form, in the function's path or symbol."""
    is_sampled: bool = True
    """Whether chance chose it, and not only that it shares no word."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The queries on a repository, and how many there could have been.

    A sample of all, and besides it those that share no word, of which a sample holds few.
    """

    queries: list[FunctionQuery]
    usable: int
    """Functions with a usable, unique summary."""
    leaked: int
    """Those among them whose summary stands in the searched tree all the same; never asked."""


def select_queries(
    repository: str, files: Sequence[SourceFile], limit: int, seed: int
) -> Selection:
    """Choose functions by chance, the same ones for the same seed, more for a higher limit.

    Args:
        repository: Name of the repository.
        files: All its files.
        limit: How many queries at most: of the sample, and again of those that share no word.
        seed: Of the choice.
    """
    found = [query for file in files for query in _queries(repository, file)]
    times = Counter(normalised(query.text) for query in found)
    usable = [query for query in found if times[normalised(query.text)] == 1]
    usable = [query for query in usable if not _is_test(query.path)]
    searched = " ".join(normalised(file.undocumented()) for file in files)
    asked = [query for query in usable if normalised(query.text) not in searched]
    random.Random(f"{seed} {repository}").shuffle(asked)
    others = [replace(query, is_sampled=False) for query in asked[limit:] if not query.shares_word]
    return Selection(asked[:limit] + others[:limit], len(usable), len(usable) - len(asked))


def normalised(text: str) -> str:
    """Words alone, in lower case and with a space around each: neither marks nor breaks count."""
    return " ".join(["", *_WORD.findall(text.casefold()), ""])


def _queries(repository: str, file: SourceFile) -> Iterable[FunctionQuery]:
    if is_generated(file.source[:4000].decode(errors="replace")):
        return
    for function in file.functions:
        text = summary(file.docs(function), function.name)
        if text is None or not _says_much(file, function):
            continue
        yield FunctionQuery(
            repository=repository,
            text=text,
            path=file.path,
            symbol=function.symbol,
            start_line=file.line(function.start),
            code_line=_named_at(file, function),
            end_line=file.line(function.end - 1),
            shares_word=_shares_word(text, file.path, function.symbol),
        )


def _says_much(file: SourceFile, function: Construct) -> bool:
    """Whether a function is neither short, nor a constructor, nor one that every class has."""
    owner = function.parent.name if function.parent is not None else ""
    if function.name == owner or _STANDARD.fullmatch(function.name):
        return False
    body = file.undocumented(function.signature[1], function.end)
    return len(re.findall(r"^.*\w.*$", body, re.MULTILINE)) >= LEAST_BODY_LINES


def _named_at(file: SourceFile, function: Construct) -> int:
    start, end = function.signature
    found = re.search(rf"\b{re.escape(function.name)}\b".encode(), file.source[start:end])
    return file.line(start + found.start() if found else start)


def _is_test(path: str) -> bool:
    # Folders of tests are capitalised in some languages.
    return file_name(path).is_test or file_name(path.lower()).is_test


def _shares_word(text: str, path: str, symbol: str) -> bool:
    matcher = WordMatcher(analyse(text).words)
    name = PurePosixPath(path).with_suffix("").as_posix()
    return any(matcher[word] for word in split_words(f"{name} {symbol}"))
