"""JavaScript packages, downloaded by `npm pack`, which runs no script of theirs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from diglot.corpus.licences import normalise_licence
from diglot.corpus.sources.archives import open_archive
from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.cache import cached_folder, file_digest
from diglot.corpus.sources.client import find_client, run_client
from diglot.corpus.sources.selection import read_selected
from diglot.documents import parse_json
from diglot.errors import InputError

# Nothing but names and exact versions: `npm pack` of an address or folder would run its scripts.
_SPEC = re.compile(r"((?:@[a-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~-]*)@(\d[A-Za-z0-9.+-]*)")

_OPTIONS = (
    *("--no-update-notifier", "--no-fund", "--no-audit", "--logs-max=0"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=1000"),
)
"""Nothing is asked of the registry but the package; without a network npm gives up in seconds."""


@dataclass(frozen=True)
class Npm:
    """`npm:NAME@VERSION` or `npm:@SCOPE/NAME@VERSION`."""

    name: str
    version: str

    @classmethod
    def parse(cls, text: str) -> Npm:
        """Read `NAME@VERSION`.

        Raises:
            InputError: It is written otherwise.
        """
        match = _SPEC.fullmatch(text)
        if not match:
            raise InputError(f"npm:{text}: write npm:NAME@VERSION, such as npm:lodash@4.17.21")
        return cls(match[1], match[2])

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"npm:{self.name}@{self.version}"

    def fetch(self, cache: Path) -> Fetched:
        """Download the package unless it is in the cache.

        Raises:
            InputError: There is no such package or version, the registry cannot be reached, the
                download is damaged, or npm is missing.
        """
        folder = cached_folder(cache / "npm" / f"{self.name}-{self.version}", self._download)
        [archive] = folder.iterdir()
        return Fetched(
            repository=f"npm:{self.name}",
            revision=self.version,
            declared_licence=_declared_licence(archive),
            digest=file_digest(archive),
            read=partial(_read, archive),
        )

    def _download(self, folder: Path) -> None:
        npm = find_client("npm", "an npm: source")
        # In an empty folder, so that no other project's settings hold.
        run_client(
            [npm, "pack", "--ignore-scripts", *_OPTIONS, "--", f"{self.name}@{self.version}"],
            failing=f"cannot download {self.spec}",
            cwd=folder,
            env={"npm_config_cache": str(folder.parent / ".npm")},
        )


def _read(archive: Path, skipped: Counter[str]) -> Iterator[RawFile]:
    with open_archive(archive, skipped) as content:
        yield from read_selected(content.sizes, content.read, skipped)


def _declared_licence(archive: Path) -> str:
    """`license` of package.json: an expression, or in old packages an object or `licenses`."""
    with open_archive(archive, Counter()) as content:
        if "package.json" not in content.sizes:
            return ""
        data = content.read("package.json")
    try:
        package: Any = parse_json(data)
    except ValueError:
        return ""
    if not isinstance(package, dict):
        return ""
    declared = package.get("license") or package.get("licenses") or ""
    named = declared if isinstance(declared, list) else [declared]
    names = [entry.get("type", "") if isinstance(entry, dict) else entry for entry in named]
    licences = sorted({normalise_licence(str(name)) for name in names})
    return "" if "" in licences else " OR ".join(licences)  # a list is a choice
