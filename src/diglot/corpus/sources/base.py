"""What a source of a corpus is, and what one hands over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as found. What a single file says of itself goes before what its source says."""

    path: str
    """Relative to the top of its repository, with `/`."""
    data: bytes
    repository: str | None = None
    revision: str | None = None
    licence: str | None = None
    """SPDX expression, where the source tells licences file by file."""
    language: str | None = None
    """Name of the language, where the path does not tell."""
    docstring: str | None = None
    """Documentation of a file that is one function, where `data` does not hold it."""
    split: str | None = None
    """`train`, `validation` or `test`, where the source has been split before."""


@dataclass(frozen=True)
class Fetched:
    """A source that lies on this machine, ready to be read."""

    repository: str
    """`pypi:attrs`, `npm:lodash`, `deb:jq`, `git:https://...`, `folder:name`."""
    revision: str
    """Version, commit, or the start of the digest where there is neither."""
    declared_licence: str
    """SPDX expression that the package's metadata declares; "" if none."""
    digest: str
    """Hash of what was fetched, as `algorithm:hexadecimal`."""
    read: Callable[[Counter[str]], Iterator[RawFile]]
    """Reads the files in a fixed order and counts those it skips by reason."""
    skipped: Counter[str] = field(default_factory=Counter)
    """How many files were skipped, by reason; complete once `files` is exhausted."""

    def files(self) -> Iterator[RawFile]:
        """Files by path (records in the order of their file), the same in every run.

        Raises:
            InputError: What was fetched is damaged or exceeds the bounds of `Limits`.
        """
        self.skipped.clear()
        yield from self.read(self.skipped)


class Source(Protocol):
    """Where files come from. `fetch` is the only part that uses the network."""

    @property
    def spec(self) -> str:
        """The source as a recipe writes it; `parse_source` of it gives an equal source."""

    def fetch(self, cache: Path) -> Fetched:
        """Bring the source into `cache` unless it is there, in one step: whole or not at all.

        Raises:
            InputError: It does not exist, cannot be reached, or the client it needs is missing.
        """


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a hostile or broken source from filling memory or disk."""

    file_bytes: int = 4 << 20
    """A larger file is skipped."""
    total_bytes: int = 2 << 30
    """A source that unpacks to more is refused."""
    files: int = 200_000
    """A source of more files is refused."""
    path_length: int = 4096
    """A file whose path has more characters is skipped, as no file system here could hold it..."""
    depth: int = 128
    """...and one that lies below more folders."""
    paths_length: int = 64 << 20
    """A source whose paths together have more characters is refused."""
    ratio: int = 200
    """An archive that unpacks to more than so many times its size is refused..."""
    ratio_floor: int = 32 << 20
    """...once it has unpacked to this many bytes: small archives of repetitive text may."""

    def is_too_long(self, path: str) -> bool:
        """Whether a path is longer or deeper than is read."""
        return len(path) > self.path_length or path.count("/") > self.depth


LIMITS = Limits()
