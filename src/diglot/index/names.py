"""What names say: of a file its role, of a symbol its words.

They are asked of the same names again and again, hence kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from diglot.languages.words import split_words

_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|specs?|testing|testdata|fixtures|test_helpers?|e2e)(?:/|$)"
    r"|(?:^|/)(?:test_[^/]*|[^/]*[_.-](?:test|tests|spec)|conftest)\.[^/]+$"
    r"|(?:^|/)[^/]*[a-z0-9](?:Tests?|TestCase|Spec|Suite|IT)\.(?:java|kt|scala|cs|php|swift|groovy)$",
)
_EXAMPLE = re.compile(
    r"(?:^|/)(?:_?examples?|samples?|demos?|docs?|docs?_src|tutorials?|playground|sandbox|"
    r"bench|benches|benchmarks?)(?:/|$)",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    r"(?:^|/)(?:third_?party|external|vendor(?:ed)?|_vendor|deps|compat|_compat|legacy|deprecated|"
    r"polyfills?)(?:/|$)",
    re.IGNORECASE,
)
_REEXPORT = frozenset(
    "__init__.py package-info.java module-info.java index.ts index.js index.tsx index.mjs "
    "index.cjs mod.ts doc.go".split()
)


_KEPT = 1 << 17
_FOLDERS = 3
"""Folders nearest to a file whose names count."""


@dataclass(frozen=True, slots=True)
class FileName:
    """What a path says."""

    stem_words: tuple[str, ...]
    """Words of the file's name without its extensions."""
    folder_words: tuple[str, ...]
    """Words of the nearest folders' names."""
    stems: frozenset[str]
    """Spellings of the stem to compare with symbols: as it is, joined, singular; lower case."""
    is_test: bool
    is_example: bool
    """Among examples, documentation or benchmarks."""
    is_foreign: bool
    """Among third-party, compatibility or deprecated code."""
    is_reexport: bool
    """Named like files that gather what others define."""


@dataclass(frozen=True, slots=True)
class SymbolName:
    """What a qualified symbol says."""

    whole: str
    """Lower case."""
    last: str
    """Its last part, lower case."""
    words: tuple[str, ...]
    last_words: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(split_words(text)))


@lru_cache(maxsize=_KEPT)
def file_name(path: str) -> FileName:
    """Read a path, relative to the root of its tree."""
    folders, _, name = path.rpartition("/")
    stem = name.partition(".")[0] or name
    joined = stem.lower().replace("_", "").replace("-", "")
    return FileName(
        stem_words=_words(stem),
        folder_words=_words(" ".join(folders.split("/")[-_FOLDERS:])),
        stems=frozenset((stem.lower(), joined, joined.rstrip("s"))),
        is_test=_TEST.search(path) is not None,
        is_example=_EXAMPLE.search(path) is not None,
        is_foreign=_FOREIGN.search(path) is not None,
        is_reexport=name in _REEXPORT,
    )


@lru_cache(maxsize=_KEPT)
def symbol_name(symbol: str) -> SymbolName:
    """Read a qualified symbol."""
    whole = symbol.lower()
    last = symbol.rpartition(".")[2]
    return SymbolName(whole, last.lower(), _words(symbol), _words(last))
