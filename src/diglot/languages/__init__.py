"""From the text of a source file to its units, in every supported language."""

from __future__ import annotations

from diglot.languages.base import Language
from diglot.languages.extract import extract_units
from diglot.languages.generated import is_generated
from diglot.languages.registry import all_languages, language_named, language_of, languages_named

__all__ = [
    "Language",
    "all_languages",
    "extract_units",
    "is_generated",
    "language_named",
    "language_of",
    "languages_named",
]
