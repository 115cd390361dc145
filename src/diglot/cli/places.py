"""What a search is pointed at: folders, files, installed packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from diglot.cli.output import shown_path
from diglot.errors import InputError

if TYPE_CHECKING:
    from diglot.index import Index


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to index, and what of it to search."""

    root: Path
    globs: Sequence[str]
    """Globs that narrow the search."""
    files: Sequence[str] = ()
    """Names of the only files to search, which `globs` stand for; empty for the whole folder."""
    typed: Mapping[str, Path] = field(default_factory=dict)
    """How the user named the folder, under the empty name, and files of it."""

    def shown(self, name: str) -> str:
        """A path of the index as the user would type it, with `/`."""
        if name in self.typed:
            return self.typed[name].as_posix()
        if "" in self.typed:
            return (self.typed[""] / name).as_posix()
        return shown_path(self.root, name)

    def left_out(self, index: Index) -> list[str]:
        """Say which of the files are not in the index, and why."""
        entries = index.view.catalogue.files
        indexed = {entry.path for entry in entries if not entry.skipped} if self.files else set()
        missing = [name for name in self.files if name not in indexed]
        if not missing:
            return []
        from diglot.index.walk import why_left_out  # late, as all of the index

        reasons: dict[str, str] = {entry.path: entry.skipped for entry in entries}
        reasons.update(why_left_out(self.root))
        return [
            f"{self.shown(name)} is not indexed: " + (reasons.get(name) or "it is not yet")
            for name in missing
        ]


def places_to_search(
    paths: Sequence[Path], package: str | None, globs: Sequence[str]
) -> list[Place]:
    """Turn the arguments of a search into places.

    Files are searched in the index of the folder they are in, several of one folder at once.

    Args:
        paths: folders and files; without any, the current folder.
        package: name of an installed package, instead of paths.
        globs: globs that the user narrows the search to.

    Raises:
        InputError: a path or package does not exist, or both were given.
    """
    from diglot.index.globs import exact_glob, path_filter

    if package is not None:
        if paths:
            raise InputError(f"--package {package}: does not go together with PATH {paths[0]}")
        return [Place(_package_folder(package), globs)]
    folders: dict[Path, Path] = {}
    files: dict[Path, dict[str, Path]] = {}
    for path in paths or (Path(),):
        typed = path.expanduser()
        full = typed.resolve()
        if full.is_file():
            files.setdefault(full.parent, {}).setdefault(full.name, typed)
        elif full.is_dir():
            folders.setdefault(full, typed)
        else:
            raise InputError(f"path {path}: no such file or folder; a query of words needs quotes")
    selects = path_filter(globs)
    places = [Place(folder, globs, typed={"": typed}) for folder, typed in folders.items()]
    for folder, names in files.items():
        selected = [name for name in names if selects(name)]
        if folder not in folders:
            # A file name as glob, even if there is none: no glob at all would select everything.
            exact = [exact_glob(name) for name in selected] or [""]
            places.append(Place(folder, exact, selected, names))
    return places


def _package_folder(package: str) -> Path:
    from diglot.index.packages import package_folder  # late: it takes a tenth of a fast search

    return package_folder(package, Path.cwd())
