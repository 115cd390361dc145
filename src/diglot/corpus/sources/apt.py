"""apt in folders of our own: no root, and nothing of the system is changed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from pathlib import Path

from filelock import FileLock

from diglot.corpus.sources.client import find_client, run_client
from diglot.errors import InputError
from diglot.private import private_files, private_folder

_ONE_LINE = re.compile(r"(deb-src (?:\[[^]]*\] )?)(\S+) +\S+ .*\bmain\b.*\n")
_RELEASES = ("bookworm", "trixie")
"""Releases of Debian whose source packages are known whichever one this machine runs, so that a
recipe's pinned versions are found."""


class Apt:
    """An apt that knows the source packages of the system's package sources.

    Args:
        folder: where its lists and settings lie.

    Raises:
        InputError: apt is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._apt_get = find_client("apt-get", "a deb: source")
        self._apt_config = find_client("apt-config", "a deb: source")
        self._apt_cache = find_client("apt-cache", "a deb: source")
        self._folder = folder.absolute()
        self._settings = self._folder / "apt.conf"

    def find(self, name: str, version: str | None, *, renew: bool = False) -> list[tuple[str, str]]:
        """Name of the source package and its versions, the newest first, or the one given.

        Mirrors drop a revision when the next one comes. Where the version given is gone, those of
        the same upstream version stand in: Debian's archive keeps upstream's files under one name
        as they are.

        Args:
            name: of a source package or of one of its binary packages.
            version: the version wanted, or None.
            renew: whether to ask the mirrors first; else they are asked if it is not found.

        Raises:
            InputError: There is no such package or version; the message lists those there are.
        """
        private_folder(self._folder)
        with private_files(), FileLock(self._folder.with_suffix(".lock")):
            known = self._settings.is_file() and not renew
            found = self._versions(name) if known else []
            if not found or version not in (None, *(offered for _, offered in found)):
                self._update()
                found = self._versions(name)
        if not found:
            raise InputError(f"deb:{name}: the system's package sources have no such package")
        fitting = [entry for entry in found if version in (None, entry[1])]
        if fitting:
            return fitting
        upstream = _upstream(version or "")
        if same := [entry for entry in found if upstream and _upstream(entry[1]) == upstream]:
            return same
        available = ", ".join(dict.fromkeys(offered for _, offered in found))
        raise InputError(f"deb:{name}={version}: there is no such version; there is {available}")

    def download(self, source: str, version: str, folder: Path, *, packaging: bool) -> None:
        """Download the files of a source package; apt checks their hashes and its signatures.

        Args:
            source: name of the source package.
            version: of it.
            folder: where to.
            packaging: whether to bring Debian's part too, not upstream's archives alone.

        Raises:
            InputError: They cannot be had.
        """
        for part in ([],) if packaging else (["--dsc-only"], ["--tar-only"]):
            options = ["--quiet", "--download-only", "--only-source", *part, "source"]
            run_client(
                [self._apt_get, "-c", self._settings, *options, f"{source}={version}"],
                failing=f"cannot download deb:{source}={version}",
                cwd=folder,
            )

    def _versions(self, name: str) -> list[tuple[str, str]]:
        """Names and versions of the source packages behind a name, the newest first."""
        from debian.deb822 import Sources
        from debian.debian_support import version_compare

        for options in (["--only-source"], []):
            shown = run_client(
                [self._apt_cache, "-c", self._settings, "showsrc", *options, name],
                failing=f"cannot look up deb:{name}",
            )
            found = {
                (stanza["Package"], stanza["Version"])
                for stanza in Sources.iter_paragraphs(shown.decode(), use_apt_pkg=False)
                if stanza.get("Package")
            }
            if found:
                newest = cmp_to_key(version_compare)
                return sorted(found, key=lambda entry: (newest(entry[1]), entry[0]), reverse=True)
        return []

    def _update(self) -> None:
        main, extra = self._system_sources()
        parts = self._folder / "sources.list.d"
        for folder in (parts, self._folder / "lists" / "partial", self._folder / "cache"):
            folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "status").touch()
        (parts / "system.list").write_text(
            "".join(_one_line_sources([main, *extra.glob("*.list")])), encoding="utf-8"
        )
        stanzas = "\n".join(_stanza_sources(extra.glob("*.sources")))
        (parts / "system.sources").write_text(stanzas, encoding="utf-8")
        self._settings.write_text(
            f'Dir::Etc::sourcelist "/dev/null";\n'
            f'Dir::Etc::sourceparts "{parts}";\n'
            f'Dir::State::lists "{self._folder / "lists"}";\n'
            f'Dir::State::status "{self._folder / "status"}";\n'
            f'Dir::Cache "{self._folder / "cache"}";\n'
            'APT::Sandbox::User "";\n'
            'Acquire::Languages "none";\n',
            encoding="utf-8",
        )
        try:
            run_client(
                [self._apt_get, "-c", self._settings, "--quiet", "update"],
                failing="cannot bring apt's lists of source packages",
            )
        except InputError:
            # Package sources of binary packages alone fail; they do not matter.
            if not any((self._folder / "lists").glob("*_Sources*")):
                self._settings.unlink()
                raise

    def _system_sources(self) -> tuple[Path, Path]:
        """The system's list of package sources, and the folder with further ones."""
        wanted = ["LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d"]
        shell = run_client(
            [self._apt_config, "shell", *wanted], failing="cannot read the settings of apt"
        )
        settings = dict(word.split("=", 1) for word in shlex.split(shell.decode()))
        return Path(settings["LIST"]), Path(settings["PARTS"])


def _upstream(version: str) -> str:
    """Epoch and upstream version; "" of a package that has no upstream but Debian."""
    return version.rpartition("-")[0]


def _one_line_sources(lists: Iterable[Path]) -> Iterator[str]:
    lines = {
        f"deb-src {line.split(maxsplit=1)[1].strip()}\n"
        for path in lists
        if path.is_file()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("deb ", "deb\t", "deb-src ", "deb-src\t"))
    }
    for line in list(lines):
        if (match := _ONE_LINE.fullmatch(line)) and _is_debian(match[2]):
            lines.update(f"{match[1]}{match[2]} {release} main\n" for release in _RELEASES)
    yield from sorted(lines)


def _is_debian(address: str) -> bool:
    """Whether an address is that of Debian's archive, or a mirror of it."""
    return any(word.rstrip("/").endswith("/debian") for word in address.split())


def _stanza_sources(files: Iterable[Path]) -> Iterator[str]:
    from debian.deb822 import Deb822

    for path in sorted(files):
        text = path.read_text(encoding="utf-8")
        for stanza in Deb822.iter_paragraphs(text, use_apt_pkg=False):
            if stanza.get("Enabled", "yes").lower() not in ("no", "false"):
                stanza["Types"] = "deb-src"
                if _is_debian(stanza.get("URIs", "")) and "main" in stanza.get("Components", ""):
                    suites = stanza.get("Suites", "").split()
                    stanza["Suites"] = " ".join(dict.fromkeys([*suites, *_RELEASES]))
                yield stanza.dump()
