"""Python packages.

A package's source distribution is taken where the index has one: it holds the documentation
besides the code. pip cannot download one without running the package's build code, so it is
looked up in the package's page of the index that pip is configured for (`simple_index.py`).
Otherwise pip downloads the wheel for this machine, which runs nothing; its README is the
description in its metadata.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from functools import partial
from pathlib import Path

from diglot.corpus.licences import normalise_licence
from diglot.corpus.sources import simple_index
from diglot.corpus.sources.archives import Archive, open_archive
from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.cache import cached_folder, file_digest
from diglot.corpus.sources.client import find_client, run_client
from diglot.corpus.sources.selection import read_selected
from diglot.errors import InputError

_SPEC = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([A-Za-z0-9][A-Za-z0-9.+!-]*)")
_LICENCE_FILE = re.compile(
    r"[^/]+\.dist-info/(?:licenses/)?((?:LICEN[CS]E|COPYING|NOTICE).*)", re.I
)
_README_NAMES = {"text/markdown": "README.md", "text/x-rst": "README.rst"}


@dataclass(frozen=True)
class PyPI:
    """`pypi:NAME==VERSION`."""

    name: str
    version: str

    @classmethod
    def parse(cls, text: str) -> PyPI:
        """Read `NAME==VERSION`.

        Raises:
            InputError: It is written otherwise.
        """
        match = _SPEC.fullmatch(text)
        if not match:
            raise InputError(f"pypi:{text}: write pypi:NAME==VERSION, such as pypi:attrs==24.2.0")
        return cls(re.sub(r"[-_.]+", "-", match[1]).lower(), match[2])

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"pypi:{self.name}=={self.version}"

    def fetch(self, cache: Path) -> Fetched:
        """Download the source distribution, or else the wheel, unless it is in the cache.

        Raises:
            InputError: There is no such package or version, the index cannot be reached, the
                download is damaged, or pip is missing.
        """
        folder = cached_folder(cache / "pypi" / f"{self.name}-{self.version}", self._download)
        [archive] = folder.iterdir()
        metadata = _metadata(archive)
        return Fetched(
            repository=f"pypi:{self.name}",
            revision=self.version,
            declared_licence=declared_licence(metadata),
            digest=file_digest(archive),
            read=partial(_read_wheel if archive.suffix == ".whl" else _read_sdist, archive),
        )

    def _download(self, folder: Path) -> None:
        pip = _pip()
        if simple_index.download_sdist(pip, self.name, self.version, folder):
            return
        options = [
            "--retries",
            "1",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-input",
            "--quiet",
        ]
        requirement = f"{self.name}=={self.version}"
        run_client(
            [*pip, "download", *options, "--dest", folder, "--", requirement],
            failing=f"cannot download {self.spec}",
        )


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [find_client("pip", "a pypi: source")]


def _metadata(archive: Path) -> Message:
    """The core metadata of a wheel or source distribution; empty if it has none."""
    wheel = archive.suffix == ".whl"
    pattern = re.compile(r"[^/]+\.dist-info/METADATA" if wheel else "PKG-INFO")
    with open_archive(archive, Counter(), strip_top=not wheel) as content:
        found = [path for path in content.sizes if pattern.fullmatch(path)]
        data = content.read(found[0]) if found else b""
    return message_from_string(data.decode("utf-8", "replace"))


def declared_licence(metadata: Message) -> str:
    """The licence that metadata declares, from the most exact field that tells."""
    for field in ("License-Expression", "License"):
        licence = normalise_licence(metadata.get(field, ""))
        if licence:
            return licence
    classifiers = [value for value in metadata.get_all("Classifier", []) if "License ::" in value]
    licences = {normalise_licence(value) for value in classifiers} - {""}
    return " AND ".join(sorted(licences))


def _read_sdist(archive: Path, skipped: Counter[str]) -> Iterator[RawFile]:
    with open_archive(archive, skipped) as content:
        yield from read_selected(content.sizes, content.read, skipped)


def _read_wheel(archive: Path, skipped: Counter[str]) -> Iterator[RawFile]:
    with open_archive(archive, skipped, strip_top=False) as content:
        view = _as_repository(content, _metadata(archive))
        yield from read_selected(view.sizes, view.read, skipped)


def _as_repository(wheel: Archive, metadata: Message) -> Archive:
    """A wheel as its repository would look: licences and README at the top, no metadata."""
    inside = {path: path for path in wheel.sizes if ".dist-info/" not in path}
    for path in sorted(wheel.sizes):
        if match := _LICENCE_FILE.fullmatch(path):
            inside.setdefault(match[1], path)
    sizes = {path: wheel.sizes[name] for path, name in inside.items()}
    kind = metadata.get("Description-Content-Type", "text/x-rst").partition(";")[0].strip()
    readme = _README_NAMES.get(kind.lower(), "README.txt")
    description = str(metadata.get_payload()) or metadata.get("Description", "")
    text = description.encode()
    if description.strip():
        sizes[readme] = len(text)
    return Archive(sizes, lambda path: text if path == readme else wheel.read(inside[path]))
