"""Which files of a folder are candidates for an index.

An entry is left out or taken by the first of these that speaks of it:

1. a `.diglotignore` file;
2. what diglot itself leaves out: hidden entries, dependencies, build outputs, minified files;
3. `.ignore` files;
4. git's: `.gitignore` files, `.git/info/exclude`, the user's excludes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from diglot.errors import InputError
from diglot.index.ignore import IGNORE_FILES, IgnoreLayers
from diglot.index.reading import MAX_SOURCE_BYTES, SkipReason, read_first_line
from diglot.index.repository import GIT, repository_rules, repository_top
from diglot.languages.registry import language_of

TEXT = "text"
"""Language of a file that is documentation or configuration."""

_HIDDEN_KEPT = frozenset({".github", ".gitlab", ".circleci", ".storybook", ".vitepress"})
_DEPENDENCIES = frozenset(
    {"node_modules", "bower_components", "jspm_packages", "site-packages", "dist-packages"}
)
_LEFT_OUT = _DEPENDENCIES | {"__pycache__", "__pypackages__", "venv", "dist-newstyle", "zig-out"}
"""Folders that hold no source of the project, wherever they are."""
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
_INSIDE_LEFT_OUT = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""Files that mark the folder they are in as a virtual environment or a cache."""
_MACHINE_MADE = (
    *(".min.js", ".min.mjs", ".min.cjs", "-min.js", ".bundle.js"),
    *("package-lock.json", "npm-shrinkwrap.json", "packages.lock.json", "pnpm-lock.yaml"),
)
"""Ends of the names of minified files and lock files."""
_TEXT_NAMES = frozenset(
    {"README", "CHANGELOG", "CHANGES", "CONTRIBUTING", "NEWS", "Makefile", "Dockerfile"}
)
_TEXT_EXTENSIONS = frozenset(
    {
        *(".md", ".mdx", ".markdown", ".rst", ".adoc", ".org", ".txt"),
        *(".sql", ".proto", ".graphql", ".thrift"),
        *(".toml", ".yaml", ".yml", ".json", ".ini", ".cfg", ".conf", ".properties", ".xml"),
    }
)


@dataclass(frozen=True, slots=True)
class FileStat:
    """A candidate file, as it was when walked."""

    path: str
    """Path relative to the root, with `/`."""
    size: int
    """Bytes."""
    mtime_ns: int
    """Time of the last change, in nanoseconds since the epoch."""
    language: str
    """Name of the language, or `text`."""
    ctime_ns: int = 0
    """Time at which the system last saw the file change, in nanoseconds since the epoch."""
    inode: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, folder or link that was left out although no ignore rule says so."""

    path: str
    """Path relative to the root, with `/`; U+FFFD where a name cannot be decoded."""
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Listing:
    """What a walk found, both lists by path in code point order."""

    files: list[FileStat]
    skipped: list[Skipped]


def walk(root: Path, *, text_files: bool = False, max_bytes: int = MAX_SOURCE_BYTES) -> Listing:
    """List the files of a folder that are candidates for an index.

    Symbolic links are not followed. Where the root lies in a repository, the ignore files above
    it count, unless they would leave out the root itself: who asks for a folder gets it.

    Args:
        root: the folder.
        text_files: whether documentation and configuration are candidates besides source code.
        max_bytes: size of the largest candidate, in bytes.

    Raises:
        InputError: `root` is not a folder that can be read.
    """
    walker = _Walker(root, text_files, max_bytes)
    walker.run()
    walker.files.sort(key=lambda file: file.path)
    walker.skipped.sort(key=lambda skipped: skipped.path)
    return Listing(walker.files, walker.skipped)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to be listed."""

    path: str
    """Relative to the root; empty for the root, else ends with `/`."""
    layers: IgnoreLayers
    """Ignore files of the folders above."""
    in_repository: bool
    """Whether the folder above it lies in a repository."""


class _Walker:
    def __init__(self, root: Path, text_files: bool, max_bytes: int) -> None:
        self.files: list[FileStat] = []
        self.skipped: list[Skipped] = []
        self._root = Path(os.path.realpath(root))
        self._text_files = text_files
        self._max_bytes = max_bytes
        # An installed package is searched for what its project built.
        self._outputs_beside = {} if _DEPENDENCIES & {*self._root.parts} else _OUTPUT_BESIDE
        self._offset = ""
        """Path of the root as ignore rules see it, from the top of its repository."""

    def run(self) -> None:
        folders = [self._start()]
        while folders:
            folders += self._visit(folders.pop())

    def _start(self) -> _Folder:
        top = repository_top(self._root)
        layers = self._layers_above(top) if top else None
        if top and layers is not None:
            self._offset = _as_prefix(self._root.relative_to(top).parts)
            return _Folder("", layers, in_repository=True)
        return _Folder("", IgnoreLayers(git=repository_rules(self._root)), in_repository=False)

    def _layers_above(self, top: Path) -> IgnoreLayers | None:
        """Ignore files from a repository's top to above the root; None if they ignore the root."""
        layers = IgnoreLayers(git=repository_rules(top))
        parts = self._root.relative_to(top).parts
        for depth, name in enumerate(parts):
            path = _as_prefix(parts[:depth])
            layers = layers.within(top / path, path, IGNORE_FILES)
            if self._leaves_out_folder(layers, path + name, name, frozenset()):
                return None
        return layers

    def _visit(self, folder: _Folder) -> list[_Folder]:
        """List a folder: take its files, return the folders in it that are to be listed."""
        try:
            with os.scandir(self._root / folder.path) as listing:
                entries = {entry.name: entry for entry in listing}
        except OSError as error:
            if not folder.path:
                raise InputError(
                    f"cannot read the folder {self._root}: {error.strerror}"
                ) from error
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                self._skip(folder.path.removesuffix("/"), SkipReason.UNREADABLE)
            return []
        entered = self._enter(folder, entries.keys())
        if entered is None:
            return []
        taken = (self._take(entered, entry, entries.keys()) for entry in entries.values())
        return [subfolder for subfolder in taken if subfolder]

    def _take(self, folder: _Folder, entry: os.DirEntry[str], siblings: Set[str]) -> _Folder | None:
        """Take an entry of a folder; return it if it is a folder to be listed."""
        path = folder.path + entry.name
        try:
            if entry.is_symlink():
                self._take_link(folder, entry, path)
            elif entry.is_dir(follow_symlinks=False):
                judged = self._offset + path
                if not self._leaves_out_folder(folder.layers, judged, entry.name, siblings):
                    return replace(folder, path=f"{path}/")
            elif entry.is_file(follow_symlinks=False):
                self._take_file(folder, entry, path)
        except (FileNotFoundError, NotADirectoryError):
            pass  # it vanished: what is not there needs no telling
        except OSError:
            self._skip(path, SkipReason.UNREADABLE)
        return None

    def _enter(self, folder: _Folder, names: Set[str]) -> _Folder | None:
        """Add a folder's own ignore files; None if what it holds shows that it is left out."""
        path, layers, in_repository = folder.path, folder.layers, folder.in_repository
        judged = self._offset + path
        if path and layers.diglot_verdict(judged.removesuffix("/"), True) is not False:
            if GIT in names and in_repository:
                self._skip(path.removesuffix("/"), SkipReason.NESTED_REPOSITORY)
                return None
            if names & _INSIDE_LEFT_OUT:
                return None
        if GIT in names and path:
            layers = replace(layers, git=repository_rules(self._root / path, judged))
            in_repository = True
        if names & IGNORE_FILES:
            layers = layers.within(self._root / path, judged, names)
        return _Folder(path, layers, in_repository)

    def _leaves_out_folder(
        self, layers: IgnoreLayers, judged: str, name: str, siblings: Set[str]
    ) -> bool:
        if name == GIT:
            return True
        verdict = layers.diglot_verdict(judged, True)
        if verdict is not None:
            return verdict
        beside = self._outputs_beside.get(name) or _VENDORED_BESIDE.get(name)
        return (
            name in _LEFT_OUT
            or (name.startswith(".") and name not in _HIDDEN_KEPT)
            or (beside is not None and not beside.isdisjoint(siblings))
            or layers.is_ignored(judged, True)
        )

    def _leaves_out_file(self, layers: IgnoreLayers, judged: str, name: str) -> bool:
        verdict = layers.diglot_verdict(judged, False)
        if verdict is not None:
            return verdict
        return (
            name.startswith(".") or name.endswith(_MACHINE_MADE) or layers.is_ignored(judged, False)
        )

    def _take_file(self, folder: _Folder, entry: os.DirEntry[str], path: str) -> None:
        language = self._language(entry.name)
        may_be_script = language is None and "." not in entry.name
        if not (language or may_be_script):
            return
        if self._leaves_out_file(folder.layers, self._offset + path, entry.name):
            return
        status = entry.stat(follow_symlinks=False)
        if status.st_size > self._max_bytes:
            if language:
                self._skip(path, SkipReason.TOO_LARGE)
            return
        if language is None:
            script = language_of(entry.name, read_first_line(Path(entry.path)))
            if script is None:
                return
            language = script.name
        if not _is_encodable(path):
            self._skip(path, SkipReason.UNENCODABLE_NAME)
            return
        self.files.append(
            FileStat(
                *(path, status.st_size, status.st_mtime_ns, language),
                *(status.st_ctime_ns, status.st_ino),
            )
        )

    def _take_link(self, folder: _Folder, entry: os.DirEntry[str], path: str) -> None:
        """Tell of a symbolic link that hides something; one into the root hides nothing."""
        layers, judged, name = folder.layers, self._offset + path, entry.name
        if self._leaves_out_file(layers, judged, name) or self._leaves_out_folder(
            layers, judged, name, frozenset()
        ):
            return
        try:
            target = Path(os.path.realpath(entry.path, strict=True))
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            self._skip(path, SkipReason.LINK_LOOP)
            return
        if not target.is_relative_to(self._root) and (target.is_dir() or self._language(name)):
            self._skip(path, SkipReason.LINK_OUTSIDE)

    def _language(self, name: str) -> str | None:
        """Language of a file as far as its name tells."""
        language = language_of(name)
        if language:
            return language.name
        is_text = self._text_files and (
            name in _TEXT_NAMES or PurePath(name).suffix.lower() in _TEXT_EXTENSIONS
        )
        return TEXT if is_text else None

    def _skip(self, path: str, reason: SkipReason) -> None:
        printable = os.fsencode(path).decode("utf-8", "replace")
        self.skipped.append(Skipped(printable, reason))


def _as_prefix(parts: tuple[str, ...]) -> str:
    return "".join(f"{part}/" for part in parts)


def _is_encodable(path: str) -> bool:
    """Say whether a path is text that can be written: bytes that are not become surrogates."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
