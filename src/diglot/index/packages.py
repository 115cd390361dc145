"""Find the source folder of an installed package, Python or npm."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from diglot.errors import InputError

_NAME = re.compile(r"@?\w[\w.-]{0,213}(?:/\w[\w.-]{0,213})?")
"""Names of Python and npm packages; nothing that could lead out of their folders."""


def package_folder(name: str, start: Path) -> Path:
    """Return the folder that holds the source of an installed package.

    Looked up, in this order: `node_modules` of `start` and the folders above it; the active
    virtual environment, `.venv` and `venv` of `start` and above; the Python that runs diglot and
    its standard library. A Python package goes by its import name (`yaml`) or by the name of its
    distribution (`PyYAML`).

    Args:
        name: name of the package (`requests`, `lodash`, `@scope/name`).
        start: folder the search begins in.

    Raises:
        InputError: no such package, with the places looked at.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"package {name!r}: accepted are names, such as requests or @scope/name")
    places: list[Path] = []
    for folder in (start, *start.parents):
        modules = folder / "node_modules"
        if modules.is_dir():
            places.append(modules)
            if (modules / name).is_dir():
                return modules / name
    for site in _site_folders(start):
        places.append(site)
        found = _in_site(name, site)
        if found:
            return found
    looked = ", ".join(str(place) for place in places) or "no place"
    raise InputError(f"package {name!r} is not installed; looked in {looked}")


def _site_folders(start: Path) -> Iterator[Path]:
    """Folders of Python packages, nearest first."""
    environments = [os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX")]
    candidates = [Path(environment) for environment in environments if environment]
    candidates += [
        folder / name for folder in (start, *start.parents) for name in (".venv", "venv")
    ]
    seen: set[Path] = set()
    for environment in candidates:
        sites = [*environment.glob("lib/python*/site-packages"), environment / "Lib/site-packages"]
        for site in sites:
            if site.is_dir() and site not in seen:
                seen.add(site)
                yield site
    for entry in (*sys.path, sysconfig.get_path("stdlib")):
        site = Path(entry)
        if entry and site.is_dir() and site not in seen:
            seen.add(site)
            yield site


def _in_site(name: str, site: Path) -> Path | None:
    """The folder of a package in one folder of packages, by import name or distribution."""
    direct = site / name.replace("-", "_").replace(".", "/")
    if direct.is_dir():
        return direct
    wanted = _normalised(name)
    for distribution in importlib.metadata.distributions(path=[str(site)]):
        if _normalised(distribution.name or "") == wanted:
            for top in _top_levels(distribution):
                if (site / top).is_dir():
                    return site / top
    return None


def _top_levels(distribution: importlib.metadata.Distribution) -> list[str]:
    """Top-level folders a distribution installed, the one with most files first."""
    counts: dict[str, int] = {}
    for file in distribution.files or ():
        top = file.parts[0]
        if len(file.parts) > 1 and not top.endswith((".dist-info", ".egg-info", "..")):
            counts[top] = counts.get(top, 0) + 1
    return sorted(counts, key=lambda top: -counts[top])


def _normalised(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
