"""What a corpus is made of and how: the TOML files in `recipes/corpora`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from diglot.corpus.schema import SPLITS, Split
from diglot.errors import InputError
from diglot.languages.registry import language_named

PACKAGED = Path(__file__).parents[1] / "recipes" / "corpora"
"""Recipes in an installed package."""
CHECKED_OUT = Path(__file__).parents[3] / "recipes" / "corpora"
"""The same in a checkout."""

DIALECTS = {"tsx": "typescript"}
"""Languages that a recipe names together with another, and the datasheet counts with it."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SourceEntry:
    """One source of a recipe."""

    spec: str
    """Scheme, name and version (`pypi:attrs==24.2.0`), or a folder; see `sources/`."""
    split: Split | None = None
    """Where all of it goes; by default chance decides, by the name of the repository."""
    licence: str | None = None
    """SPDX expression, where the source itself does not tell."""
    languages: tuple[str, ...] = ()
    """The only languages to take from it; all of the recipe if empty."""
    exclude: tuple[str, ...] = ()
    """Paths to leave out, as patterns of `fnmatch` in which `*` goes across folders."""


@dataclass(frozen=True, kw_only=True)
class CorpusRecipe:
    """All that decides what is in a corpus."""

    name: str
    languages: tuple[str, ...] = ()
    """Languages to keep; all that diglot reads if empty."""
    licences: str | tuple[str, ...] = "permissive"
    """`permissive`, `any`, or the SPDX identifiers that are allowed."""
    without: tuple[str, ...] = ()
    """Names of filters that are switched off."""
    largest_share: float = 1.0
    """Share of a language's pairs that one repository may supply."""
    similarity: float = 0.7
    """Jaccard similarity of token shingles from which texts are near-duplicates."""
    seed: int = 0
    """Of the split by the names of repositories."""
    evaluation: tuple[str, ...] = ()
    """Files of evaluation sets that the corpus must not contain, besides the built-in ones."""
    sources: tuple[SourceEntry, ...] = field(default=())

    def __post_init__(self) -> None:
        for language in self.languages:
            language_named(language)
        if not 0 < self.largest_share <= 1:
            raise InputError(f"largest_share is {self.largest_share}; accepted: above 0, up to 1")
        if not 0 < self.similarity <= 1:
            raise InputError(f"similarity is {self.similarity}; accepted: above 0, up to 1")
        specs = [source.spec for source in self.sources]
        for spec in specs:
            if specs.count(spec) > 1:
                raise InputError(f"source {spec} is named more than once")

    def wanted(self, entry: SourceEntry, language: str) -> bool:
        """Whether a language is to be taken from a source."""
        named = DIALECTS.get(language, language)
        return all(
            not chosen or language in chosen or named in chosen
            for chosen in (self.languages, entry.languages)
        )

    def record(self) -> dict[str, Any]:
        """The recipe as plain values, as it is hashed and written into the datasheet."""
        return asdict(self)


def load_recipe(name_or_file: str) -> CorpusRecipe:
    """Read a recipe by its name or from a TOML file.

    Raises:
        InputError: There is none, or it holds a key or value that is not accepted.
    """
    path = _find(name_or_file)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}") from error
    where = f"recipe {path}"
    sources = table.pop("sources", [])
    if not isinstance(sources, list):
        raise InputError(f"{where}: sources is {sources!r}; accepted: [[sources]] tables")
    entries = tuple(
        _made(SourceEntry, entry, f"{where}, source {number}")
        for number, entry in enumerate(sources, 1)
    )
    for entry in entries:
        if entry.split is not None and entry.split not in SPLITS:
            raise InputError(
                f"{where}: split of {entry.spec} is {entry.split!r}; accepted: {', '.join(SPLITS)}"
            )
        for language in entry.languages:
            language_named(language)
    return _made(CorpusRecipe, {"name": path.stem, **table, "sources": entries}, where)


def recipe_names() -> list[str]:
    """Names of the recipes that come with diglot."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


def check_filters(names: Collection[str], known: Collection[str]) -> None:
    """Check that the filters to switch off exist.

    Raises:
        InputError: One does not.
    """
    for name in names:
        if name not in known:
            raise InputError(f"no filter is named {name!r}; accepted: {', '.join(known)}")


def _folder() -> Path:
    return PACKAGED if PACKAGED.is_dir() else CHECKED_OUT


def _find(name_or_file: str) -> Path:
    given = Path(name_or_file).expanduser()
    if given.suffix == ".toml":
        if not given.is_file():
            raise InputError(f"recipe {name_or_file}: no such file")
        return given
    path = _folder() / f"{name_or_file}.toml"
    if not path.is_file():
        accepted = ", ".join([*recipe_names(), "or a .toml file"])
        raise InputError(f"no recipe is named {name_or_file!r}; accepted: {accepted}")
    return path


def _made(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """Make a value of a TOML table whose keys and types must fit."""
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise InputError(f"{where}: unknown key {key!r}; accepted: {', '.join(known)}")
        values[key] = tuple(value) if isinstance(value, list) else value
        _check(known[key].type, values[key], f"{where}: {key}")
    try:
        return kind(**values)
    except TypeError as error:
        raise InputError(f"{where}: {error}") from error
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


_ACCEPTED: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "a string"),
    "str | None": ((str,), "a string"),
    "Split | None": ((str,), "a string"),
    "float": ((float, int), "a number"),
    "int": ((int,), "a whole number"),
    "str | tuple[str, ...]": ((str, tuple), "a string or a list of strings"),
    "tuple[str, ...]": ((tuple,), "a list of strings"),
    "tuple[SourceEntry, ...]": ((tuple,), "[[sources]] tables"),
}
"""What a field of some type may be in TOML."""


def _check(annotation: object, value: object, where: str) -> None:
    types, accepted = _ACCEPTED[str(annotation)]
    right = isinstance(value, types) and not isinstance(value, bool)
    if right and isinstance(value, tuple) and "str" in str(annotation):
        right = all(isinstance(item, str) for item in value)
    if not right:
        raise InputError(f"{where} is {value!r}; accepted: {accepted}")
