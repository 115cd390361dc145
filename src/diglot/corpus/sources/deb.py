"""Debian source packages, downloaded by apt without root and read without dpkg-source.

apt works in folders of our cache, with the package sources of the system, read as sources of
source packages. What upstream published is read, not Debian's patches; `debian/copyright` tells
the licence of each file. `deb-orig:` leaves Debian's part where it is: for mirrors that lack it.
A pinned version that the mirrors have dropped is read from a later revision of the same upstream
version, whose upstream files are the same; the digest tells which it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from diglot.corpus.sources.apt import Apt
from diglot.corpus.sources.archives import open_archive
from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.cache import cached_folder, file_digest
from diglot.corpus.sources.debian_copyright import licence_by_path
from diglot.corpus.sources.selection import read_selected
from diglot.errors import InputError

_SPEC = re.compile(r"([a-z0-9][a-z0-9.+-]+)(?:=([0-9][A-Za-z0-9.+:~-]*))?")
_UPSTREAM = re.compile(r".*\.orig(?:-([A-Za-z0-9-]+))?\.tar\.(?:gz|xz|bz2)")
_PACKAGING = re.compile(r".*\.debian\.tar\.(?:gz|xz|bz2)")
_NATIVE = re.compile(r".*\.tar\.(?:gz|xz|bz2)")
_COPYRIGHT = "debian/copyright"


@dataclass(frozen=True)
class Deb:
    """`deb:` or `deb-orig:`, and `NAME` or `NAME=VERSION`.

    A binary package's name stands for its source package.
    """

    name: str
    version: str | None
    packaging: bool = True
    """Whether Debian's part is brought too (`deb:`), or upstream's archives alone (`deb-orig:`)."""

    @classmethod
    def parse(cls, text: str, *, packaging: bool = True) -> Deb:
        """Read `NAME` or `NAME=VERSION`.

        Raises:
            InputError: It is written otherwise.
        """
        match = _SPEC.fullmatch(text)
        if not match:
            scheme = _scheme(packaging)
            raise InputError(
                f"{scheme}:{text}: write {scheme}:NAME or {scheme}:NAME=VERSION, such as "
                f"{scheme}:jq=1.6-2"
            )
        return cls(match[1], match[2], packaging)

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        version = f"={self.version}" if self.version else ""
        return f"{_scheme(self.packaging)}:{self.name}{version}"

    def fetch(self, cache: Path) -> Fetched:
        """Download the source package unless it is in the cache.

        Without a version the newest one is taken that the system's package sources offer;
        `Fetched.revision` tells which. They are asked once, and again when a version is missing.

        Raises:
            InputError: There is no such package or version, the mirror cannot be reached, the
                download is damaged, or apt is missing.
        """
        folder = self._folder(cache, self.version) if self.version else None
        if folder is None or not folder.is_dir():
            folder = self._download(cache)
        [description] = folder.glob("*.dsc")
        licence_of = _copyright(folder)
        return Fetched(
            repository=f"deb:{description.name.partition('_')[0]}",
            revision=folder.name.removeprefix(f"{self.name}="),
            declared_licence=licence_of(""),
            digest=file_digest(description),  # holds the hashes of the archives
            read=partial(_read, folder),
        )

    def _folder(self, cache: Path, version: str) -> Path:
        return cache / _scheme(self.packaging) / f"{self.name}={version}"

    def _download(self, cache: Path) -> Path:
        apt = Apt(cache / "deb" / "apt")
        found = apt.find(self.name, self.version)
        try:
            return self._bring_first(cache, apt, found)
        except InputError:
            # Mirrors drop superseded versions; the lists may be older than that.
            renewed = apt.find(self.name, self.version, renew=True)
            if renewed == found:
                raise
            return self._bring_first(cache, apt, renewed)

    def _bring_first(self, cache: Path, apt: Apt, versions: list[tuple[str, str]]) -> Path:
        """The newest version whose files the mirror still has."""
        for source, version in versions[:-1]:
            with suppress(InputError):
                return self._bring(cache, apt, source, version)
        return self._bring(cache, apt, *versions[-1])

    def _bring(self, cache: Path, apt: Apt, source: str, version: str) -> Path:
        return cached_folder(
            self._folder(cache, self.version or version),
            lambda partial: apt.download(source, version, partial, packaging=self.packaging),
        )


def _scheme(packaging: bool) -> str:
    return "deb" if packaging else "deb-orig"


def _copyright(folder: Path) -> Callable[[str], str]:
    for archive in _archives(folder, _PACKAGING) or _archives(folder, _NATIVE):
        # The tar of the packaging alone has its files under debian/, which is no top to strip.
        with open_archive(
            archive, Counter(), strip_top=not _PACKAGING.fullmatch(archive.name)
        ) as content:
            if _COPYRIGHT in content.sizes:
                return licence_by_path(content.read(_COPYRIGHT))
    return lambda path: ""


def _archives(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))


def _read(folder: Path, skipped: Counter[str]) -> Iterator[RawFile]:
    licence_of = _copyright(folder)
    with ExitStack() as stack:
        sizes: dict[str, int] = {}
        readers: dict[str, Callable[[], bytes]] = {}
        for archive in _archives(folder, _UPSTREAM) or _archives(folder, _NATIVE):
            content = stack.enter_context(open_archive(archive, skipped))
            match = _UPSTREAM.fullmatch(archive.name)
            prefix = f"{match[1]}/" if match and match[1] else ""
            for path, size in content.sizes.items():
                sizes[prefix + path] = size
                readers[prefix + path] = partial(content.read, path)
        for file in read_selected(sizes, lambda path: readers[path](), skipped):
            yield replace(file, licence=licence_of(file.path) or None)
