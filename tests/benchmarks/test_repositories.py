from __future__ import annotations

import json
import subprocess

import pytest
from benchmarks.repositories import (
    BenchmarkError,
    Repository,
    check_out,
    load_repositories,
    searched_root,
)


def git(folder, *arguments):
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def origin(tmp_path):
    """A repository of two commits; its first one is pinned."""
    folder = tmp_path / "owner" / "name.git"
    (folder / "src").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "src" / "one.py").write_text("pinned = 1\n")
    (folder / "README").write_text("read me\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    revision = git(folder, "rev-parse", "HEAD")
    (folder / "src" / "one.py").write_text("later = 2\n")
    git(folder, "commit", "--quiet", "-a", "-m", "second")
    return folder, revision


def names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_public_address_gives_the_pinned_revision_without_history(origin, tmp_path):
    folder, revision = origin
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    repository = Repository("name", "python", folder.as_uri(), revision)
    assert check_out(repository, tmp_path / "checkouts", mirror=None)
    root = searched_root(repository, tmp_path / "checkouts")
    assert names(root) == ["README", "src/one.py"]
    assert (root / "src" / "one.py").read_text() == "pinned = 1\n"


def test_mirror_gives_the_searched_folder_alone(origin, tmp_path):
    folder, revision = origin
    mirror = tmp_path / "mirror"
    git(tmp_path, "clone", "--quiet", "--bare", str(folder), str(mirror / "owner+name" / "repo"))
    repository = Repository("name", "python", "https://example.org/owner/name.git", revision, "src")
    assert check_out(repository, tmp_path / "checkouts", mirror)
    assert names(tmp_path / "checkouts") == ["name/src/one.py"]
    assert searched_root(repository, tmp_path / "checkouts").name == "src"


def test_an_existing_checkout_is_reused(tmp_path):
    kept = tmp_path / "name" / "kept.py"
    kept.parent.mkdir()
    kept.write_text("kept = 1\n")
    nowhere = Repository("name", "python", "https://example.invalid/owner/name.git", "0" * 40)
    assert not check_out(nowhere, tmp_path, mirror=None)
    assert names(tmp_path) == ["name/kept.py"]


def test_a_missing_revision_leaves_nothing_behind(origin, tmp_path):
    folder, _ = origin
    repository = Repository("name", "python", folder.as_uri(), "0" * 40)
    with pytest.raises(BenchmarkError, match="fetch"):
        check_out(repository, tmp_path / "checkouts", mirror=None)
    assert list((tmp_path / "checkouts").iterdir()) == []
    with pytest.raises(BenchmarkError, match="name is missing"):
        searched_root(repository, tmp_path / "checkouts")


def test_repositories_are_read_in_order(tmp_path):
    entries = [
        {
            "name": name,
            "language": "go",
            "url": f"https://example.org/o/{name}.git",
            "revision": "a",
        }
        for name in ("zeta", "alpha")
    ]
    entries[1]["benchmark_root"] = "src"
    (tmp_path / "repos.json").write_text(json.dumps(entries))
    zeta, alpha = load_repositories(tmp_path)
    assert (zeta.name, zeta.benchmark_root, zeta.mirror_name) == ("zeta", "", "o+zeta")
    assert (alpha.name, alpha.benchmark_root) == ("alpha", "src")
