"""Python packages that are installed here: nothing is downloaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from functools import partial
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import cast

from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.pypi import declared_licence
from diglot.corpus.sources.selection import read_selected
from diglot.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Installed:
    """`installed:NAME`: a distribution in this Python's environment."""

    name: str

    @classmethod
    def parse(cls, text: str) -> Installed:
        """Read `NAME`.

        Raises:
            InputError: It is no name of a distribution.
        """
        if not _NAME.fullmatch(text):
            raise InputError(f"installed:{text}: write installed:NAME, such as installed:rich")
        return cls(re.sub(r"[-_.]+", "-", text).lower())

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"installed:{self.name}"

    def fetch(self, cache: Path) -> Fetched:
        """Look the distribution up; it is read where it lies.

        Raises:
            InputError: It is not installed, or does not say which files are its own.
        """
        try:
            distribution = metadata.distribution(self.name)
        except metadata.PackageNotFoundError as error:
            raise InputError(f"{self.spec}: no such distribution is installed here") from error
        if distribution.files is None:
            raise InputError(f"{self.spec}: its installer kept no list of its files")
        digest = blake2b(digest_size=16)
        for file in _read(distribution, Counter()):
            path = file.path.encode()
            digest.update(b"%d %d " % (len(path), len(file.data)) + path + file.data)
        return Fetched(
            repository=f"pypi:{self.name}",
            revision=distribution.version,
            declared_licence=declared_licence(cast(Message, distribution.metadata)),
            digest=f"blake2b-128:{digest.hexdigest()}",
            read=partial(_read, distribution),
        )


def _read(distribution: metadata.Distribution, skipped: Counter[str]) -> Iterator[RawFile]:
    files = {}
    for file in distribution.files or ():
        path = Path(str(file.locate()))
        # What tells of the installation differs between machines; programs lie outside.
        if ".dist-info" in file.parts[0] or ".." in file.parts or "__pycache__" in file.parts:
            continue
        if path.is_file() and not path.is_symlink():
            files[file.as_posix()] = path
    sizes = {name: path.stat().st_size for name, path in files.items()}
    yield from read_selected(sizes, lambda name: files[name].read_bytes(), skipped)
