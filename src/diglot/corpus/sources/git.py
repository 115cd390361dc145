"""Git repositories at a revision, without a work tree: nothing in them can run."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.cache import cached_folder
from diglot.corpus.sources.client import client_environment, find_client, run_client
from diglot.corpus.sources.selection import read_selected
from diglot.errors import InputError

GIT_OPTIONS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
)
"""Keep a repository's own configuration from running programs."""
GIT_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}


@dataclass(frozen=True)
class Git:
    """`git:URL_OR_PATH@REVISION`; the revision is a commit, tag or branch."""

    location: str
    revision: str

    @classmethod
    def parse(cls, text: str) -> Git:
        """Read `URL_OR_PATH@REVISION`.

        Raises:
            InputError: It is written otherwise.
        """
        location, _, revision = text.rpartition("@")
        # In user@host:path without a revision, the part after @ has a colon, which none can have.
        if not location or not revision or ":" in revision or location.endswith("//"):
            raise InputError(f"git:{text}: write git:URL_OR_PATH@REVISION")
        return cls(location, revision)

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"git:{self.location}@{self.revision}"

    def fetch(self, cache: Path) -> Fetched:
        """Find the commit in a local repository, or bring it from afar unless it is in the cache.

        A branch stays at the commit it was first fetched at; `Fetched.revision` tells which.

        Raises:
            InputError: There is no such repository or revision, it cannot be reached, or git is
                missing.
        """
        find_client("git", "a git: source")
        local = Path(self.location).expanduser()
        if local.is_dir():
            repository, name = local, local.resolve().name.removesuffix(".git")
            revision = self.revision
        else:
            key = sha256(f"{self.location}\0{self.revision}".encode()).hexdigest()[:16]
            stem = re.sub(r"[^\w.-]", "_", self.location.rstrip("/").rpartition("/")[2])
            repository = cached_folder(cache / "git" / f"{stem}-{key}", self._clone)
            name, revision = _without_credentials(self.location), "refs/diglot/fetched"
        failing = f"{self.spec}: no such revision"
        arguments = ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        commit = _git(repository, *arguments, failing=failing).decode().strip()
        return Fetched(
            repository=f"git:{name}",
            revision=commit,
            declared_licence="",
            digest=f"git:{commit}",
            read=partial(_read, repository, commit),
        )

    def _clone(self, folder: Path) -> None:
        failing = f"cannot fetch {_without_credentials(self.location)}"
        _git(folder, "init", "--quiet", "--bare", failing=failing)
        fetch = ("fetch", "--quiet", "--no-tags", "--end-of-options", self.location)
        try:  # the one commit; some servers give a commit only by way of a branch or tag
            _git(folder, *fetch[:3], "--depth=1", *fetch[3:], self.revision, failing=failing)
            found = "FETCH_HEAD"
        except InputError:
            _git(folder, *fetch, "+refs/*:refs/*", failing=failing)
            found = self.revision
        failing = f"{self.spec}: no such revision"
        parse = ("rev-parse", "--verify", "--end-of-options", f"{found}^{{commit}}")
        commit = _git(folder, *parse, failing=failing).decode().strip()
        _git(folder, "update-ref", "refs/diglot/fetched", commit, failing=failing)


def _git(repository: Path, *arguments: str, failing: str) -> bytes:
    return run_client(
        ["git", *GIT_OPTIONS, "-C", repository, *arguments], failing=failing, env=GIT_ENVIRONMENT
    )


def _without_credentials(location: str) -> str:
    parts = urlsplit(location)
    if not parts.scheme or "@" not in parts.netloc:
        return location
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _read(repository: Path, commit: str, skipped: Counter[str]) -> Iterator[RawFile]:
    failing = f"cannot read the commit {commit} of {repository}"
    listing = _git(
        repository, "ls-tree", "-r", "-z", "--long", "--full-tree", commit, failing=failing
    )
    sizes, objects = {}, {}
    for entry in listing.split(b"\0")[:-1]:
        about, _, name = entry.partition(b"\t")
        mode, kind, object_id, size = about.split()
        path = name.decode("utf-8", "surrogateescape")
        if kind == b"commit":
            skipped["submodule"] += 1
        elif mode == b"120000":
            skipped["link or device"] += 1
        elif not path.isprintable():
            skipped["unprintable path"] += 1
        else:
            sizes[path], objects[path] = int(size), object_id
    with _object_reader(repository) as read:
        yield from read_selected(sizes, lambda path: read(objects[path]), skipped)


class _Objects:
    """A running `git cat-file --batch`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def __call__(self, object_id: bytes) -> bytes:
        """The content of an object."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(object_id + b"\n")
        self._process.stdin.flush()
        header = self._process.stdout.readline().split()
        if len(header) != 3:
            raise InputError(f"the repository lacks the object {object_id.decode()}")
        data = self._process.stdout.read(int(header[2]))
        self._process.stdout.read(1)  # the newline after each object
        return data


@contextmanager
def _object_reader(repository: Path) -> Iterator[_Objects]:
    process = subprocess.Popen(
        ["git", *GIT_OPTIONS, "-C", repository, "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=client_environment(GIT_ENVIRONMENT),
    )
    with process:
        try:
            yield _Objects(process)
        finally:
            process.kill()
