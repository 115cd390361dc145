"""What git says of the files of a folder: which it tracks, which it ignores.

Git is asked, where it is installed, because only git knows all it goes by: included configuration,
`core.ignoreCase`, settings in the environment, the list of what it tracks. It is asked once a
walk, and so that it runs nothing that the repository names (hooks, monitors of the file system,
remotes) and writes nothing. Whoever gets no answer judges by `ignore.py`.
"""

from __future__ import annotations

import os
import shutil
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_SECONDS = 10.0
"""Longest wait for an answer, beyond the time that is spent on other things meanwhile."""
_COMMAND = (
    *("--no-pager", "--no-optional-locks", "--literal-pathspecs"),
    # An empty value is none in all versions; "false" was once taken for the name of a program.
    *("-c", "core.fsmonitor="),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "core.precomposeUnicode=false"),  # names as the folder has them
    *("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard"),
)
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # and before git 2.45, which does not know the former
    "GIT_TERMINAL_PROMPT": "0",
}
_OF_OTHER_REPOSITORIES = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"),
    }
)
"""Variables that say which repository git works on; hooks run with them set."""
_UNTRACKED = b"?"


class GitFiles:
    """Files of a folder that git does not ignore.

    Args:
        output: what `git ls-files -z -t` printed.
        base: prefix that the paths to judge have before those of the output.
    """

    def __init__(self, output: bytes, base: str = "") -> None:
        self.tracked: set[str] = set()
        """Paths that git tracks; submodules are among them."""
        self.untracked: set[str] = set()
        """Other paths that it does not ignore; repositories in the tree are among them."""
        prefix = os.fsencode(base)
        for entry in output.split(b"\0"):
            paths = self.untracked if entry[:1] == _UNTRACKED else self.tracked
            if entry:
                paths.add(os.fsdecode(prefix + entry[2:]).removesuffix("/"))

    @property
    def lists_any(self) -> bool:
        """Whether there is any."""
        return bool(self.tracked or self.untracked)

    def lists(self, path: str) -> bool:
        """Whether a file is listed, or a folder holds what is."""
        return path in self.tracked or path in self.untracked or path in self._folders

    def tracks(self, path: str) -> bool:
        """Whether a file is tracked, or a folder holds what is."""
        return path in self.tracked or path in self._tracked_folders

    def ignores(self, path: str) -> bool:
        """Whether a file is ignored.

        Where git does not tell upper from lower case, a name may be spelt otherwise than in its
        list.
        """
        return not self.lists(path) and path.casefold() not in self._folded

    @cached_property
    def _tracked_folders(self) -> set[str]:
        return _folders_of(self.tracked)

    @cached_property
    def _folders(self) -> set[str]:
        return self._tracked_folders | _folders_of(self.untracked)

    @cached_property
    def _folded(self) -> set[str]:
        return {path.casefold() for path in self.tracked}


def _folders_of(paths: set[str]) -> set[str]:
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


class GitQuestion:
    """A question that git is answering while others go on."""

    def __init__(self, folder: Path, top: Path) -> None:
        """Ask which files of a folder git tracks or does not ignore.

        Args:
            folder: the folder, without symbolic links.
            top: top of the repository that it lies in; another one above does not count.
        """
        self._process = _start(folder, top)

    def answer(self, base: str = "") -> GitFiles | None:
        """Wait for the answer, and return None if git cannot give one.

        Args:
            base: see `GitFiles`.
        """
        if self._process is None:
            return None
        process, self._process = self._process, None
        try:
            output = process.communicate(timeout=_SECONDS)[0]
        except Exception:  # it takes too long: `subprocess.TimeoutExpired`, or its pipe broke
            process.kill()
            process.communicate()
            return None
        return GitFiles(output, base) if process.returncode == 0 else None


def _start(folder: Path, top: Path) -> subprocess.Popen[bytes] | None:
    import subprocess  # late: it takes longer than the question

    program, above = _program(), str(top.parent)
    if program is None or os.pathsep in above:
        return None
    environment = {
        name: value for name, value in os.environ.items() if name not in _OF_OTHER_REPOSITORIES
    }
    environment |= _ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": above}
    try:
        return subprocess.Popen(
            [program, "-C", str(folder), *_COMMAND],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError:
        return None


@cache
def _program_on(path: str) -> str | None:
    # A relative folder of the search path may be one of the tree that is searched.
    folders = [folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()]
    return shutil.which("git", path=os.pathsep.join(folders)) if folders else None


def _program() -> str | None:
    return _program_on(os.environ.get("PATH", os.defpath))
