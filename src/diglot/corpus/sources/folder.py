"""A folder on this machine; what git ignores in it is left out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from shutil import which
from stat import S_ISDIR, S_ISREG

from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.client import run_client
from diglot.corpus.sources.git import GIT_ENVIRONMENT, GIT_OPTIONS
from diglot.corpus.sources.selection import INTERNAL, read_selected
from diglot.errors import InputError


@dataclass(frozen=True)
class Folder:
    """`folder:PATH`, or a path alone."""

    path: str

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"folder:{self.path}"

    def fetch(self, cache: Path) -> Fetched:
        """List the folder; it is read where it lies. Its revision is the hash of its content.

        Raises:
            InputError: There is no such folder, or it cannot be read.
        """
        root = Path(self.path).expanduser()
        if not root.is_dir():
            raise InputError(f"{self.spec}: there is no such folder")
        digest = blake2b(digest_size=16)
        for file in _read(root, Counter()):
            path = file.path.encode()
            digest.update(b"%d %d " % (len(path), len(file.data)) + path + file.data)
        return Fetched(
            repository=f"folder:{root.resolve().name}",
            revision=digest.hexdigest()[:16],
            declared_licence="",
            digest=f"blake2b-128:{digest.hexdigest()}",
            read=partial(_read, root),
        )


def _read(root: Path, skipped: Counter[str]) -> Iterator[RawFile]:
    sizes = {}
    for path in _paths(root):
        try:
            status = (root / path).lstat()
        except FileNotFoundError:  # deleted, but git still lists it
            continue
        except OSError:
            skipped["unreadable"] += 1
            continue
        if S_ISDIR(status.st_mode):
            skipped["submodule"] += 1  # git lists it as one entry
        elif not S_ISREG(status.st_mode):
            skipped["link or device"] += 1
        elif not path.isprintable():
            skipped["unprintable path"] += 1
        else:
            sizes[path] = status.st_size

    def read(path: str) -> bytes:
        try:
            return (root / path).read_bytes()
        except OSError as error:
            raise InputError(f"cannot read {root / path}: {error.strerror}") from error

    yield from read_selected(sizes, read, skipped)


def _paths(root: Path) -> Iterator[str]:
    if which("git") and any((above / ".git").exists() for above in (root, *root.resolve().parents)):
        listed = run_client(
            ["git", *GIT_OPTIONS, "-C", root, *"ls-files -co --exclude-standard -z".split()],
            failing=f"cannot list the git work tree {root}",
            env=GIT_ENVIRONMENT,
        )
        if listed:  # else git ignores the folder itself, but who asks for it gets it
            # A file that is in conflict is listed once a side.
            yield from sorted({os.fsdecode(name) for name in listed.split(b"\0") if name})
            return

    def fail(error: OSError) -> None:
        raise InputError(f"cannot read the folder {error.filename}: {error.strerror}") from error

    for folder, subfolders, names in os.walk(root, onerror=fail):
        subfolders[:] = [name for name in subfolders if name not in INTERNAL]
        here = Path(folder)
        links = [name for name in subfolders if (here / name).is_symlink()]
        yield from ((here / name).relative_to(root).as_posix() for name in [*names, *links])
