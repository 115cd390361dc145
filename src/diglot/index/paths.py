"""What a path says of its file: test, example, third-party, declarations, or mere re-exports."""

from __future__ import annotations

import re
from functools import lru_cache

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
_DECLARATION = re.compile(r"\.(?:d\.[cm]?ts|pyi)$")
_REEXPORT = frozenset(
    "__init__.py package-info.java module-info.java index.ts index.js index.tsx index.mjs "
    "index.cjs mod.ts doc.go".split()
)


@lru_cache(maxsize=1 << 16)
def is_test(path: str) -> bool:
    """Whether `path` is test code, by its name or folder."""
    return _TEST.search(path) is not None


@lru_cache(maxsize=1 << 16)
def is_example(path: str) -> bool:
    """Whether `path` lies among examples, documentation or benchmarks."""
    return _EXAMPLE.search(path) is not None


@lru_cache(maxsize=1 << 16)
def is_foreign(path: str) -> bool:
    """Whether `path` lies among third-party, compatibility or deprecated code."""
    return _FOREIGN.search(path) is not None


@lru_cache(maxsize=1 << 16)
def is_declaration(path: str) -> bool:
    """Whether `path` only declares types that other files implement."""
    return _DECLARATION.search(path) is not None


def is_reexport(path: str) -> bool:
    """Whether a file of this name usually gathers what others define."""
    return path.rpartition("/")[2] in _REEXPORT
