from __future__ import annotations

from pathlib import Path

import pytest
from tests.corpus.sources.conftest import Git, write_files

from diglot.corpus.sources import Fetched, parse_source
from diglot.errors import InputError


def fetch(folder: Path) -> Fetched:
    return parse_source(str(folder)).fetch(folder.parent / "cache")


def paths(fetched: Fetched) -> list[str]:
    return [file.path for file in fetched.files()]


def test_a_plain_folder(repository: Path) -> None:
    write_files(
        repository,
        {"b.py": "1", "a/c.py": "2", ".git-like": "3", "node_modules/x.js": "4", ".venv/y.py": "5"},
    )
    (repository / "link.py").symlink_to("b.py")
    (repository / "a" / "loop").symlink_to("..")
    fetched = fetch(repository)
    assert fetched.repository == "folder:project"
    assert {file.path: file.data for file in fetched.files()} == {
        ".git-like": b"3",
        "a/c.py": b"2",
        "b.py": b"1",
    }
    assert fetched.skipped == {"vendored": 1, "link or device": 2}
    assert not list(repository.parent.glob("cache"))


def test_a_git_work_tree_leaves_out_what_git_ignores(repository: Path, git: Git) -> None:
    write_files(
        repository,
        {
            ".gitignore": "out/\n*.log\n",
            "a.py": "1",
            "out/b.py": "2",
            "c.log": "3",
            "sub/d.py": "4",
        },
    )
    assert paths(fetch(repository)) == [".gitignore", "a.py", "sub/d.py"]
    assert paths(fetch(repository / "sub")) == ["d.py"]
    assert paths(fetch(repository / "out")) == ["b.py"]  # who asks for a folder gets it
    git("add", "--all")
    (repository / "a.py").unlink()
    assert paths(fetch(repository)) == [".gitignore", "sub/d.py"]


def test_runs_nothing_that_a_repository_configures(repository: Path, git: Git) -> None:
    write_files(repository, {"a.py": "1"})
    git("config", "core.fsmonitor", f"touch {repository.parent}/ran; false")
    assert paths(fetch(repository)) == ["a.py"]
    assert not (repository.parent / "ran").exists()
    git("ls-files", "--others")  # shows that it would have run
    assert (repository.parent / "ran").exists()


def test_the_digest_is_of_content_and_paths(repository: Path) -> None:
    write_files(repository, {"a.py": "1", "b.py": "2"})
    first = fetch(repository)
    assert first.digest == fetch(repository).digest
    assert first.revision in first.digest
    (repository / "a.py").touch()
    assert fetch(repository).digest == first.digest
    write_files(repository, {"a.py": "12", "b.py": ""})
    assert fetch(repository).digest != first.digest


def test_files_are_the_same_when_read_twice(repository: Path) -> None:
    write_files(repository, {"a.py": "1", "b.png": b"\0"})
    fetched = fetch(repository)
    assert list(fetched.files()) == list(fetched.files())
    assert fetched.skipped == {"binary": 1}


def test_names_that_are_no_text(repository: Path) -> None:
    write_files(repository, {"a.py": "1"})
    with open(bytes(repository) + b"/caf\xe9.py", "wb"):  # noqa: PTH123 - bytes
        pass
    fetched = fetch(repository)
    assert paths(fetched) == ["a.py"]
    assert fetched.skipped == {"unprintable path": 1}


def test_no_folder() -> None:
    with pytest.raises(InputError, match="folder:/nowhere: there is no such folder"):
        parse_source("folder:/nowhere").fetch(Path("cache"))
