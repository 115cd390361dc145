"""What a corpus is made of and how: the TOML files in `recipes/corpora`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from diglot.corpus.schema import Split
from diglot.errors import InputError, did_you_mean
from diglot.languages.registry import language_named
from diglot.recipe_files import names_in, read_recipe, recipe_folder
from diglot.tables import check_range, from_table

DIALECTS = {"tsx": "typescript"}
"""Languages that a recipe names together with another, and the datasheet counts with it."""


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

    def __post_init__(self) -> None:
        names = tuple(language_named(language).name for language in self.languages)
        object.__setattr__(self, "languages", names)


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
    sources: tuple[SourceEntry, ...] = ()

    def __post_init__(self) -> None:
        names = tuple(language_named(language).name for language in self.languages)
        object.__setattr__(self, "languages", names)
        check_range("largest_share", self.largest_share, most=1, above=True)
        check_range("similarity", self.similarity, most=1, above=True)
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
    path, table = read_recipe(name_or_file, recipe_folder() / "corpora")
    return from_table(CorpusRecipe, {"name": path.stem, **table}, f"recipe {path}")


def recipe_names() -> list[str]:
    """Names of the recipes that come with diglot."""
    return names_in(recipe_folder() / "corpora")


def check_filters(names: Collection[str], known: Collection[str]) -> None:
    """Check that the filters to switch off exist.

    Raises:
        InputError: One does not.
    """
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise InputError(f"no filter is named {name!r}{hint}; accepted: {', '.join(known)}")
