"""From a name or a path, as users give it, to a model folder."""

from __future__ import annotations

from pathlib import Path

from diglot.errors import ModelError, did_you_mean
from diglot.models.folder import ModelFolder
from diglot.models.layouts import read_folder
from diglot.paths import is_folder

_SHIPPED = Path(__file__).parent / "shipped"
"""The models inside the package; a folder's name is the model's."""

_ALIASES = {"default": "encoder"}


def list_models() -> list[ModelFolder]:
    """Return the models inside the package, by name."""
    return [read_folder(path.name, path) for path in _shipped()]


def resolve_model(name_or_folder: str) -> ModelFolder:
    """Find the model that a user means.

    Args:
        name_or_folder: The name of a model inside the package (`static`, `encoder`, or `default`,
            which is the encoder) or the path of a folder. A name wins over a folder of that name
            in the working directory: write `./static` for the folder.

    Raises:
        ModelError: It is neither, or the folder does not hold a model that diglot can load.
    """
    shipped = {path.name: path for path in _shipped()}
    name = _ALIASES.get(name_or_folder, name_or_folder)
    if name in shipped:
        return read_folder(name, shipped[name])
    try:
        path = Path(name_or_folder).expanduser()
    except RuntimeError as error:
        raise ModelError(f"model {name_or_folder!r}: no home folder for `~`") from error
    if name_or_folder and is_folder(path):
        return read_folder(name_or_folder, path)
    names = [*_ALIASES, *shipped]
    hint = did_you_mean(name_or_folder, names)
    accepted = ", ".join(names)
    raise ModelError(
        f"no model {name_or_folder!r}{hint}: accepted are {accepted}, or a model folder"
    )


def _shipped() -> list[Path]:
    return sorted(path for path in _SHIPPED.iterdir() if path.is_dir())
