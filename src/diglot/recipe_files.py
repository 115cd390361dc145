"""Recipe files: TOML that comes with diglot and is found by name, or that a user wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diglot.documents import parse_toml
from diglot.errors import InputError, did_you_mean
from diglot.paths import is_file

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
        return path, parse_toml(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not TOML that can be read: {error}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _find(name_or_file: str, folder: Path) -> Path:
    try:
        given = Path(name_or_file).expanduser()
    except RuntimeError as error:
        raise InputError(f"recipe {name_or_file}: no home folder for `~`") from error
    if given.suffix == ".toml":
        if not is_file(given):
            raise InputError(f"recipe {name_or_file}: no such file")
        return given
    path = folder / f"{name_or_file}.toml"
    if not is_file(path):
        hint = did_you_mean(name_or_file, names_in(folder))
        accepted = ", ".join([*names_in(folder), "or a .toml file"])
        raise InputError(f"no recipe is named {name_or_file!r}{hint}; accepted: {accepted}")
    return path
