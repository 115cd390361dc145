"""What diglot itself leaves out of an index: what is no source of the project, by its name."""

from __future__ import annotations

from collections.abc import Set

from diglot.index.reading import SkipReason

DEPENDENCIES = frozenset(
    {"node_modules", "bower_components", "jspm_packages", "site-packages", "dist-packages"}
)
"""Folders of installed packages."""
_CACHES = frozenset({"__pycache__", "__pypackages__", "venv", "dist-newstyle", "zig-out"})
_HIDDEN_KEPT = frozenset({".github", ".gitlab", ".circleci", ".storybook", ".vitepress"})
_PYTHON_PROJECT = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
_OUTPUT_BESIDE = {
    "build": _PYTHON_PROJECT
    | {"package.json", "CMakeLists.txt", "meson.build", "build.gradle", "build.gradle.kts"},
    "dist": _PYTHON_PROJECT | {"package.json"},
    "target": frozenset({"Cargo.toml", "pom.xml", "build.sbt"}),
    "_build": frozenset({"mix.exs", "dune-project"}),
}
"""Build outputs, and what stands beside them: elsewhere such a name may well hold sources."""
_VENDORED_BESIDE = {
    "vendor": frozenset({"go.mod", "composer.json", "Gemfile", "Cargo.toml"}),
    "deps": frozenset({"mix.exs"}),
    "Pods": frozenset({"Podfile"}),
}
"""Copies of other projects, likewise."""
_ENVIRONMENT_MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""Files that mark the folder they are in as a virtual environment or a cache."""
_MACHINE_MADE = (
    *(".min.js", ".min.mjs", ".min.cjs", "-min.js", ".bundle.js"),
    *("package-lock.json", "npm-shrinkwrap.json", "packages.lock.json", "pnpm-lock.yaml"),
)
"""Ends of the names of minified files and lock files."""


def why_not_folder(name: str, siblings: Set[str], *, outputs: bool = True) -> SkipReason | None:
    """Say why a folder is left out by its name; None if it is not.

    Args:
        name: its name.
        siblings: names of all entries of the folder it is in.
        outputs: whether build outputs are left out; of an installed package they are all there is.
    """
    if name in DEPENDENCIES:
        return SkipReason.DEPENDENCIES
    if name in _CACHES:
        return SkipReason.ENVIRONMENT
    if name.startswith(".") and name not in _HIDDEN_KEPT:
        return SkipReason.HIDDEN
    if outputs and not siblings.isdisjoint(_OUTPUT_BESIDE.get(name, ())):
        return SkipReason.BUILD_OUTPUT
    if not siblings.isdisjoint(_VENDORED_BESIDE.get(name, ())):
        return SkipReason.VENDORED
    return None


def why_not_inside(names: Set[str]) -> SkipReason | None:
    """Say why a folder is left out by what it holds; None if it is not."""
    return None if names.isdisjoint(_ENVIRONMENT_MARKS) else SkipReason.ENVIRONMENT


def why_not_file(name: str) -> SkipReason | None:
    """Say why a file is left out by its name; None if it is not.

    What is machine-made was written by nobody, whether git tracks it or not.
    """
    if name.endswith(_MACHINE_MADE):
        return SkipReason.MACHINE_MADE
    return SkipReason.HIDDEN if name.startswith(".") else None
