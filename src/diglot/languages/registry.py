"""Which language a file is written in."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from pathlib import PurePosixPath

from diglot.errors import InputError, did_you_mean
from diglot.languages import definitions
from diglot.languages.base import Language


@cache
def all_languages() -> tuple[Language, ...]:
    """Every language that has a definition, by name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(definitions.__path__))
    found = (importlib.import_module(f"{definitions.__name__}.{name}") for name in modules)
    return tuple(sorted((module.LANGUAGE for module in found), key=lambda item: item.name))


def language_named(name: str) -> Language:
    """Find a language by its name, another of its names or an extension, in any case.

    Raises:
        InputError: no language has this name.
    """
    languages = _names()
    known = languages.get(name.lower().removeprefix("."))
    if known is None:
        accepted = ", ".join(language.name for language in all_languages())
        hint = did_you_mean(name, languages)
        raise InputError(f"unknown language {name!r}{hint}; accepted: {accepted}")
    return known


def languages_named(name: str) -> tuple[Language, ...]:
    """Find all languages that a name stands for when code is filtered by it.

    Args:
        name: as `language_named` takes it; `typescript` and `ts` stand for TSX too, and `h`, an
            extension that two languages have, for both.

    Raises:
        InputError: no language has this name.
    """
    language = language_named(name)
    dialects = [one for one in all_languages() if one.dialect_of == language.name]
    is_extension = name.lower().removeprefix(".") not in (language.name, *language.aliases)
    if is_extension and language.superset is not None:
        dialects.append(language_named(language.superset[0]))
    return (language, *dialects)


def language_of(path: str, first_line: str = "") -> Language | None:
    """Find the language of a file by its name, else by its `#!` line.

    Args:
        path: path or name of the file.
        first_line: the file's first line, read only where the name says nothing.

    Returns:
        The language, or None for a text of no known language.
    """
    by_name, by_interpreter = _tables()
    file = PurePosixPath(path.replace("\\", "/"))
    language = (
        by_name.get(file.name) or by_name.get(file.suffix) or by_name.get(file.suffix.lower())
    )
    if language or not first_line.startswith("#!"):
        return language
    words = (PurePosixPath(word).name for word in first_line[2:].split())
    # `/usr/bin/env -S NAME=VALUE program` runs the program.
    programs = (word for word in words if word != "env" and word[:1] != "-" and "=" not in word)
    return by_interpreter.get(next(programs, "").rstrip("0123456789."))


def written_in(text: str, language: Language) -> Language:
    """Tell whether a text is of the language its name says, or of a superset of it.

    Args:
        text: the whole file.
        language: what `language_of` found for its name.

    Returns:
        `language`, or C++ for a header of C that holds C++.
    """
    if language.superset is not None and re.search(language.superset[1], text, re.MULTILINE):
        return language_named(language.superset[0])
    return language


@cache
def _names() -> dict[str, Language]:
    """Languages by extension without the dot, other name and name, which wins."""
    names: dict[str, Language] = {}
    for of in ("extensions", "aliases"):
        for language in all_languages():
            names.update((name.lstrip("."), language) for name in getattr(language, of))
    return names | {language.name: language for language in all_languages()}


@cache
def _tables() -> tuple[dict[str, Language], dict[str, Language]]:
    """Languages by file name or extension, and by interpreter."""
    by_name: dict[str, Language] = {}
    by_interpreter: dict[str, Language] = {}
    for language in all_languages():
        by_name.update(dict.fromkeys(language.extensions + language.filenames, language))
        by_interpreter.update(dict.fromkeys(language.interpreters, language))
    return by_name, by_interpreter
