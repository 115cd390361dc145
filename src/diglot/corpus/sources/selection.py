"""Which files of a source belong in a corpus, and reading those.

Left out are copies of other projects, which belong to their own repositories and licences, and
what a machine made from sources that are there too: minified files, bundles, lock files.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from diglot.corpus.sources.base import LIMITS, Limits, RawFile
from diglot.errors import InputError

_VENDORED = frozenset(
    {
        *("node_modules", "bower_components", "jspm_packages", "site-packages", "dist-packages"),
        *("vendored", "_vendor", "_vendored_packages", "Godeps", "Pods", "Carthage"),
        *("third_party", "thirdparty", "third-party", "3rdparty", "3rd_party", "3rd-party"),
    }
)
_VENDOR_DEPTH = 3
"""Further down, `vendor` is part of a name, as in Java's packages."""
INTERNAL = frozenset(
    {".git", ".hg", ".svn", ".bzr", ".tox", ".nox", ".venv", "venv", ".eggs", "__pycache__"}
)
"""Folders of tools."""
_BUILT = frozenset({"dist", "build", "umd", "bundles", "_build"})
_BUILT_FROM = frozenset({"src", "lib", "source"})
"""Where a folder of `_BUILT` stands beside one of these, it holds what was made of it."""
_MINIFIED = re.compile(r"[.-]min\.(js|mjs|cjs|css)$|\.(bundle|pack)\.js$|\.(js|mjs|cjs|css)\.map$")
_LOCK_FILES = frozenset(
    {
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
        *("Cargo.lock", "poetry.lock", "uv.lock", "composer.lock", "Gemfile.lock", "go.sum"),
    }
)
_BINARY_PROBE = 8000
"""Bytes in which a NUL makes a file binary, as git judges."""


def skip_reason(path: str, paths: Sequence[str]) -> str | None:
    """Why a file is left out of a corpus, judged by its path; None if it is not.

    Args:
        path: relative to the top of the repository, with `/`.
        paths: all paths of the repository, likewise, in ascending order.
    """
    *parents, name = path.split("/")
    for depth, parent in enumerate(parents):
        if parent in INTERNAL or parent.endswith(".egg-info"):
            return "internal"
        if parent in _VENDORED or (parent == "vendor" and depth <= _VENDOR_DEPTH):
            return "vendored"
        if parent in _BUILT:
            above = "".join(f"{part}/" for part in parents[:depth])
            if any(_holds(paths, f"{above}{source}/") for source in _BUILT_FROM):
                return "built"
    if _MINIFIED.search(name):
        return "minified"
    return "lock file" if name in _LOCK_FILES else None


def read_selected(
    sizes: Mapping[str, int],
    read: Callable[[str], bytes],
    skipped: Counter[str],
    limits: Limits = LIMITS,
) -> Iterator[RawFile]:
    """Read those files of a tree that belong in a corpus, in the order of their paths.

    Args:
        sizes: bytes of each file by its path.
        read: gives the bytes of a file.
        skipped: counts the files left out, by reason.
        limits: bounds on the files.

    Raises:
        InputError: There are too many files, or they are too large together.
    """
    if len(sizes) > limits.files:
        raise InputError(f"the source holds {len(sizes)} files; at most {limits.files} are read")
    paths = sorted(sizes)
    if sum(map(len, paths)) > limits.paths_length:
        raise InputError(
            f"the paths of the source have more than {limits.paths_length} characters, the most "
            "that is read"
        )
    total = 0
    for path in paths:
        reason = "path too long" if limits.is_too_long(path) else skip_reason(path, paths)
        if reason is None and sizes[path] > limits.file_bytes:
            reason = "too large"
        if reason is None:
            total += sizes[path]
            if total > limits.total_bytes:
                raise InputError(
                    f"the source holds more than {limits.total_bytes} bytes, the most that is read"
                )
            data = read(path)
            if b"\0" not in data[:_BINARY_PROBE]:
                yield RawFile(path, data)
                continue
            reason = "binary"
        skipped[reason] += 1


def _holds(paths: Sequence[str], folder: str) -> bool:
    """Whether one of the sorted paths begins with `folder`, which ends in a slash."""
    place = bisect_left(paths, folder)
    return place < len(paths) and paths[place].startswith(folder)
