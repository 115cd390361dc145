"""Check out the benchmark's repositories at their pinned revisions.

    python -m benchmarks.repositories [--data FOLDER] [--checkouts FOLDER] [--mirror FOLDER]

A checkout is an export without history of what is searched: the repository's `benchmark_root`
where it names one, else all of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from diglot.errors import DiglotError

DEFAULT_DATA = Path("../shared/data/semble-dev")
DEFAULT_CHECKOUTS = Path(".scratch/repos")


class BenchmarkError(DiglotError):
    """A measurement cannot be taken: a checkout is missing or a command fails."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A pinned repository of the benchmark."""

    name: str
    language: str
    url: str
    revision: str
    benchmark_root: str = ""
    """Folder that is searched, relative to the repository; empty for all of it."""
    pathspec: str = ""
    """Files that are checked out, as git's pathspec (`*.go`); empty for all under the folder."""

    @property
    def mirror_name(self) -> str:
        """`owner+name`, the folder of this repository in a folder of mirrors."""
        owner, name = self.url.removesuffix(".git").split("/")[-2:]
        return f"{owner}+{name}"


def load_repositories(data: Path) -> list[Repository]:
    """Read `repos.json` of a benchmark folder, in the order of the file."""
    entries = json.loads((data / "repos.json").read_text(encoding="utf-8"))
    return [Repository(**entry) for entry in entries]


def searched_root(repository: Repository, checkouts: Path) -> Path:
    """Folder of a checkout that is indexed and searched.

    Raises:
        BenchmarkError: There is no such checkout.
    """
    root = checkouts / repository.name / repository.benchmark_root
    if not root.is_dir():
        raise BenchmarkError(f"{root} is missing; run python -m benchmarks.repositories first")
    return root


def check_out(repository: Repository, checkouts: Path, mirror: Path | None) -> bool:
    """Make one checkout unless it is there.

    Args:
        repository: What to check out.
        checkouts: Folder that receives the checkout as `NAME/`.
        mirror: Folder with bare git directories `owner+name/repo`; without it the revision is
            fetched from the repository's public address.

    Returns:
        Whether a checkout was made.

    Raises:
        BenchmarkError: git cannot provide the revision.
    """
    destination = checkouts / repository.name
    if destination.is_dir():
        return False
    checkouts.mkdir(parents=True, exist_ok=True)
    # Exported beside its place and then renamed, so an interrupted run leaves no half checkout.
    with tempfile.TemporaryDirectory(dir=checkouts, prefix=".partial-") as scratch:
        if mirror is None:
            git_folder = Path(scratch) / "git"
            _git("init", "--quiet", "--bare", str(git_folder))
            _git(
                f"--git-dir={git_folder}",
                *("fetch", "--quiet", "--depth=1", repository.url, repository.revision),
            )
        else:
            git_folder = mirror / repository.mirror_name / "repo"
        tree = Path(scratch) / "tree"
        _export(git_folder, repository, tree)
        tree.rename(destination)
    return True


def _export(git_folder: Path, repository: Repository, tree: Path) -> None:
    archive = tree.with_suffix(".tar")
    paths = [path for path in [repository.pathspec or repository.benchmark_root] if path]
    _git(
        f"--git-dir={git_folder}",
        *("archive", "--format=tar", f"--output={archive}", repository.revision, *paths),
    )
    with tarfile.open(archive) as packed:
        packed.extractall(tree, filter="data")


def _git(*arguments: str) -> None:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")


def main() -> int:
    """Check out every repository that `repos.json` names."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="benchmark folder")
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument(
        "--mirror", type=Path, help="folder of bare git directories owner+name/repo"
    )
    arguments = parser.parse_args()
    for repository in load_repositories(arguments.data):
        made = check_out(repository, arguments.checkouts, arguments.mirror)
        sys.stderr.write(f"{repository.name}: {'checked out' if made else 'reused'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
