"""Recipe files: TOML that comes with diglot and is found by name, or that a user wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from diglot.errors import InputError, did_you_mean

_PACKAGED = Path(__file__).parent / "recipes"
"""In an installed package."""
_CHECKED_OUT = Path(__file__).parents[2] / "recipes"
"""In a checkout."""


def recipe_folder() -> Path:
    """Where the recipes that come with diglot lie."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKED_OUT


def names_in(folder: Path) -> list[str]:
    """Names of the recipes of a folder."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def read_recipe(name_or_file: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Find a recipe and read it.

    Args:
        name_or_file: one of `names_in(folder)`, or a path that ends in `.toml`.
        folder: where those with a name lie.

    Returns:
        The file, and its content.

    Raises:
        InputError: There is none, or it is not TOML.
    """
    path = _find(name_or_file, folder)
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}") from error


def _find(name_or_file: str, folder: Path) -> Path:
    given = Path(name_or_file).expanduser()
    if given.suffix == ".toml":
        if not given.is_file():
            raise InputError(f"recipe {name_or_file}: no such file")
        return given
    path = folder / f"{name_or_file}.toml"
    if not path.is_file():
        hint = did_you_mean(name_or_file, names_in(folder))
        accepted = ", ".join([*names_in(folder), "or a .toml file"])
        raise InputError(f"no recipe is named {name_or_file!r}{hint}; accepted: {accepted}")
    return path
