"""Which files of a folder are candidates for an index.

An entry is left out or taken by the first of these that speaks of it:

1. a `.diglotignore` file;
2. what diglot itself leaves out: hidden entries, dependencies, build outputs, unless git tracks
   something of them; files that are minified by their names, always;
3. `.ignore` files;
4. git, which ignores nothing that it tracks; where it cannot be asked, `.gitignore` files,
   `.git/info/exclude` and the user's excludes.

Whatever is left out is counted by reason. A folder that is not entered counts as one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from diglot.errors import InputError
from diglot.index.exclusions import (
    DEPENDENCIES,
    why_not_file,
    why_not_folder,
    why_not_inside,
)
from diglot.index.git import GitFiles, GitQuestion
from diglot.index.ignore import IGNORE_FILES, IgnoreLayers
from diglot.index.left_out import LeftOut, Skipped
from diglot.index.reading import MAX_SOURCE_BYTES, SkipReason, read_first_line, size_limit
from diglot.index.repository import GIT, repository_rules, repository_top
from diglot.languages.files import kind_of


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
    """Name of the language, or of the kind of file."""
    inode: int
    ctime_ns: int
    """Time of the last change of content or status, in nanoseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a walk found, files and skipped ones by path in code point order."""

    files: list[FileStat]
    skipped: list[Skipped]
    counts: dict[str, dict[str, int]]
    """How much else was left out, by reason and therein by extension (`.dart`) or, for folders
    that were not entered, by name (`node_modules/`), the most frequent first."""


def walk(
    root: Path, *, max_bytes: int = MAX_SOURCE_BYTES, question: GitQuestion | None = None
) -> Listing:
    """List the files of a folder that are candidates for an index.

    Symbolic links are not followed. Where the root lies in a repository, the ignore files above
    it count, unless they would leave out the root itself: who asks for a folder gets it.

    Args:
        root: the folder.
        max_bytes: size of the largest candidate, in bytes; see `reading.size_limit`.
        question: what `ask_git` returned for the root, where the caller asked beforehand.

    Raises:
        InputError: `root` is not a folder that can be read.
    """
    walker = _Walker(root, max_bytes)
    walker.run(question)
    walker.files.sort(key=lambda file: file.path)
    skipped = sorted(walker.left.skipped, key=lambda skipped: skipped.path)
    return Listing(walker.files, skipped, walker.left.counts())


def ask_git(root: Path) -> GitQuestion | None:
    """Ask git about a folder ahead of `walk`; None if it lies in no repository."""
    folder = Path(os.path.realpath(root))
    top = repository_top(folder)
    return GitQuestion(folder, top) if top else None


def why_left_out(root: Path) -> dict[str, SkipReason]:
    """Say of the entries of a folder, not of those below, which are left out of its index, and why.

    Files that are left out after a look inside are not among them.

    Raises:
        InputError: `root` is not a folder that can be read.
    """
    walker = _Walker(root, MAX_SOURCE_BYTES)
    walker.run(None, depth_first=False)
    return walker.left.reasons


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder still to be listed."""

    path: str
    """Relative to the root; empty for the root, else ends with `/`."""
    layers: IgnoreLayers
    """Ignore files of the folders above."""
    in_repository: bool
    """Whether the folder above it lies in a repository."""
    git: GitFiles | None = None
    """What git said of that repository."""
    left_out: SkipReason | None = None
    """Why only what git tracks is taken of it."""

    def tracks(self, path: str) -> bool:
        """Whether git tracks a file, or something in a folder."""
        return self.git is not None and self.git.tracks(path)


@dataclass(slots=True)
class _Walker:
    """One walk. What it finds is in the first fields."""

    root: Path
    max_bytes: int
    files: list[FileStat] = field(default_factory=list)
    left: LeftOut = field(default_factory=LeftOut)
    offset: str = ""
    """Path of the root as ignore rules see it, from the top of its repository."""
    outputs: bool = True
    """Whether build outputs are left out."""

    def __post_init__(self) -> None:
        self.root = Path(os.path.realpath(self.root))
        # An installed package is searched for what its project built.
        self.outputs = not DEPENDENCIES & {*self.root.parts}

    def run(self, question: GitQuestion | None, *, depth_first: bool = True) -> None:
        """List the root, and unless told otherwise all that is in it."""
        folders = self._visit(self._start(question))
        while folders and depth_first:
            folders += self._visit(folders.pop())

    def _start(self, question: GitQuestion | None) -> _Folder:
        top = repository_top(self.root)
        if top:
            question = question or GitQuestion(self.root, top)
            layers = self._layers_above(top)
            git = question.answer()
            # Git lists nothing of a folder that it ignores.
            ignores_root = git is not None and self.root != top and not git.lists_any
            if layers is not None and not ignores_root:
                self.offset = _as_prefix(self.root.relative_to(top).parts)
                return _Folder("", layers, in_repository=True, git=git)
        return _Folder("", IgnoreLayers(git=repository_rules(self.root)), in_repository=False)

    def _layers_above(self, top: Path) -> IgnoreLayers | None:
        """Ignore files from a repository's top to above the root; None if they ignore the root."""
        layers = IgnoreLayers(git=repository_rules(top))
        parts = self.root.relative_to(top).parts
        for depth, name in enumerate(parts):
            path = _as_prefix(parts[:depth])
            layers = layers.within(top / path, path, IGNORE_FILES)
            above = _Folder("", layers, in_repository=True)
            own = why_not_folder(name, frozenset())
            if self._why_not(above, path + name, own, is_directory=True):
                return None
        return layers

    def _visit(self, folder: _Folder) -> list[_Folder]:
        """List a folder: take its files, return the folders in it that are to be listed."""
        try:
            with os.scandir(self.root / folder.path) as listing:
                entries = {entry.name: entry for entry in listing}
        except OSError as error:
            if not folder.path:
                raise InputError(f"cannot read the folder {self.root}: {error.strerror}") from error
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                self.left.note(folder.path.removesuffix("/"), SkipReason.UNREADABLE)
            return []
        entered = self._enter(folder, entries.keys())
        if entered is None:
            return []
        taken = (self._take(entered, entry, entries.keys()) for entry in entries.values())
        return [subfolder for subfolder in taken if subfolder]

    def _enter(self, folder: _Folder, names: Set[str]) -> _Folder | None:
        """Add a folder's own ignore files; None if what it holds shows that it is left out."""
        path, layers = folder.path, folder.layers
        judged = self.offset + path
        if path and layers.diglot_verdict(judged.removesuffix("/"), True) is not False:
            if GIT in names and folder.in_repository:
                self.left.note(path.removesuffix("/"), SkipReason.NESTED_REPOSITORY)
                return None
            own = why_not_inside(names)
            if own and not folder.tracks(path.removesuffix("/")):
                self.left.note_folder(path.removesuffix("/"), own)
                return None
            folder = replace(folder, left_out=folder.left_out or own)
        if GIT in names and path:
            top = self.root / path
            layers = replace(layers, git=repository_rules(top, judged))
            git = GitQuestion(top, top).answer(path)
            folder = replace(folder, in_repository=True, git=git)
        if names & IGNORE_FILES:
            layers = layers.within(self.root / path, judged, names)
        return replace(folder, layers=layers)

    def _take(self, folder: _Folder, entry: os.DirEntry[str], siblings: Set[str]) -> _Folder | None:
        """Take an entry of a folder; return it if it is a folder to be listed."""
        path = folder.path + entry.name
        try:
            if entry.is_symlink():
                self._take_link(folder, entry, path)
            elif entry.is_dir(follow_symlinks=False):
                return self._take_folder(folder, path, entry.name, siblings)
            elif entry.is_file(follow_symlinks=False):
                self._take_file(folder, entry, path)
        except (FileNotFoundError, NotADirectoryError):
            pass  # it vanished: what is not there needs no telling
        except OSError:
            self.left.note(path, SkipReason.UNREADABLE)
        return None

    def _take_folder(
        self, folder: _Folder, path: str, name: str, siblings: Set[str]
    ) -> _Folder | None:
        if name == GIT:
            return None
        own = folder.left_out or why_not_folder(name, siblings, outputs=self.outputs)
        why = self._why_not(folder, path, own, is_directory=True)
        if why:
            self.left.note_folder(path, why)
            return None
        brought_back = folder.layers.diglot_verdict(self.offset + path, True) is False
        return replace(folder, path=f"{path}/", left_out=None if brought_back else own)

    def _take_file(self, folder: _Folder, entry: os.DirEntry[str], path: str) -> None:
        name = entry.name
        if name == GIT:
            return
        why = self._why_not(folder, path, why_not_file(name) or folder.left_out)
        if why:
            self.left.note(path, why)
            return
        kind = kind_of(name)
        if kind is None and "." in name:
            self.left.note(path, SkipReason.UNKNOWN)
            return
        status = entry.stat(follow_symlinks=False)
        is_large = status.st_size > size_limit(name, self.max_bytes)
        if kind is None and not is_large:
            kind = kind_of(name, read_first_line(Path(entry.path)))
        if kind is None:
            self.left.note(path, SkipReason.UNKNOWN)
        elif is_large:
            self.left.note(path, SkipReason.TOO_LARGE)
        elif not _is_encodable(path):
            self.left.note(path, SkipReason.UNENCODABLE_NAME)
        else:
            self.files.append(
                FileStat(
                    path,
                    status.st_size,
                    status.st_mtime_ns,
                    kind,
                    status.st_ino,
                    status.st_ctime_ns,
                )
            )

    def _take_link(self, folder: _Folder, entry: os.DirEntry[str], path: str) -> None:
        """Tell of a symbolic link that hides something; one into the root hides nothing."""
        name = entry.name
        own = why_not_folder(name, frozenset(), outputs=self.outputs)
        if self._why_not(folder, path, why_not_file(name) or folder.left_out) or self._why_not(
            folder, path, own or folder.left_out, is_directory=True
        ):
            return
        try:
            target = Path(os.path.realpath(entry.path, strict=True))
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            self.left.note(path, SkipReason.LINK_LOOP)
            return
        if not target.is_relative_to(self.root) and (target.is_dir() or kind_of(name)):
            self.left.note(path, SkipReason.LINK_OUTSIDE)

    def _why_not(
        self, folder: _Folder, path: str, own: SkipReason | None, *, is_directory: bool = False
    ) -> SkipReason | None:
        """Say why an entry is left out; None if it is not.

        Args:
            folder: the folder it is in.
            path: its path from the root.
            own: why diglot would leave it out of its own accord.
            is_directory: whether it is a folder.
        """
        layers, judged = folder.layers, self.offset + path
        verdict = layers.diglot_verdict(judged, is_directory)
        if verdict is not None:
            return SkipReason.IGNORED_BY_DIGLOT if verdict else None
        if own and (own is SkipReason.MACHINE_MADE or not folder.tracks(path)):
            return own
        verdict = layers.plain_verdict(judged, is_directory)
        if verdict is not None:
            return SkipReason.IGNORED_PLAINLY if verdict else None
        if folder.git and (not is_directory or folder.git.lists(path)):
            ignored = folder.git.ignores(path)
        else:  # a folder of which git lists nothing may be empty
            ignored = layers.git_ignores(judged, is_directory)
        return SkipReason.IGNORED_BY_GIT if ignored else None


def _as_prefix(parts: tuple[str, ...]) -> str:
    return "".join(f"{part}/" for part in parts)


def _is_encodable(path: str) -> bool:
    """Say whether a path is text that can be written: bytes that are not become surrogates."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
