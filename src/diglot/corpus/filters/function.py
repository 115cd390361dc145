"""Filters of functions, after CodeSearchNet (1909.09436, section 2)."""

from __future__ import annotations

import re
from collections.abc import Callable

from diglot.languages import Language
from diglot.languages.functions import FunctionRecord
from diglot.languages.words import split_words

FunctionFilter = Callable[[FunctionRecord, Language], bool]
"""True keeps the function."""

LEAST_LINES = 3

_CONSTRUCTORS = frozenset(
    "__init__ __new__ __del__ __construct __destruct initialize constructor init deinit Finalize "
    "__post_init__ finalize".split()
)
_STANDARD = {
    "java": "toString hashCode equals compareTo clone",
    "csharp": "ToString GetHashCode Equals CompareTo Clone GetEnumerator",
    "kotlin": "toString hashCode equals compareTo",
    "scala": "toString hashCode equals compareTo canEqual",
    "javascript": "toString toJSON valueOf toLocaleString",
    "typescript": "toString toJSON valueOf toLocaleString",
    "tsx": "toString toJSON valueOf toLocaleString",
    "ruby": "to_s to_str inspect hash eql? to_h to_a == === <=> method_missing respond_to_missing?",
    "go": "String GoString Error MarshalJSON UnmarshalJSON Len Less Swap",
    "rust": "fmt eq ne hash clone drop default partial_cmp cmp",
    "swift": "hash encode description ==",
}
_STANDARD_NAMES = {language: frozenset(names.split()) for language, names in _STANDARD.items()}
_TEST_BLOCK = re.compile(
    r"(?:it|test|specify|bench|should|scenario|property)(?:\.\w+)*\s*\(?\s*[\"'`]|TEST\w*\("
)
_MAGIC = re.compile(r"__\w+__|__\w+")
"""Methods that a language calls by itself: in PHP they only begin with underscores."""


def parses(function: FunctionRecord, language: Language) -> bool:
    """Drop what the grammar could not read without an error."""
    return function.parses


def has_lines(function: FunctionRecord, language: Language) -> bool:
    """Drop functions of fewer than 3 lines, the docstring apart; CodeSearchNet (1909.09436, 2)."""
    return sum(bool(line.strip()) for line in function.code.split("\n")) >= LEAST_LINES


def is_no_test(function: FunctionRecord, language: Language) -> bool:
    """Drop tests: CodeSearchNet (1909.09436, 2) drops names that contain "test".

    Here a word of the qualified name must begin with it, so that `latest` stays. Blocks that test
    frameworks take by a sentence (`it("adds", ...)`) are tests too.
    """
    if _TEST_BLOCK.match(function.signature):
        return False
    return not any(word.startswith("test") for word in split_words(function.qualified_name))


def is_no_constructor(function: FunctionRecord, language: Language) -> bool:
    """Drop constructors and destructors; CodeSearchNet (1909.09436, 2)."""
    name = function.name
    if name in _CONSTRUCTORS and function.kind == "method":
        return False
    owner = function.qualified_name.rpartition(".")[0].rpartition(".")[2]
    return not (function.kind == "method" and name.lstrip("~") == owner)


def is_no_standard_method(function: FunctionRecord, language: Language) -> bool:
    """Drop methods that every class may have (`__str__`, `toString`); CodeSearchNet, section 2."""
    if function.kind != "method":
        return True
    if function.name in _STANDARD_NAMES.get(language.name, ()):
        return False
    match = _MAGIC.fullmatch(function.name) if language.name in ("python", "php", "lua") else None
    return match is None or (language.name == "python" and not function.name.endswith("__"))


FUNCTION_FILTERS: dict[str, FunctionFilter] = {
    "unparsable": parses,
    "few_lines": has_lines,
    "test": is_no_test,
    "constructor": is_no_constructor,
    "standard_method": is_no_standard_method,
}
