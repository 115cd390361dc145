from __future__ import annotations

from pathlib import Path

import pytest
from tests.corpus.sources.conftest import Git, write_files

from diglot.corpus.sources import parse_source
from diglot.errors import InputError


@pytest.fixture
def commits(repository: Path, git: Git) -> list[str]:
    found = []
    for number in (1, 2):
        write_files(repository, {"a.py": f"a = {number}", f"dir/{number}.py": "", "LICENSE": "x"})
        git("add", "--all")
        git("commit", "--quiet", "--message", "m")
        found.append(git("rev-parse", "HEAD"))
        git("tag", f"v{number}")
    return found


@pytest.fixture(params=["path", "url"])
def location(request: pytest.FixtureRequest, repository: Path) -> str:
    return str(repository) if request.param == "path" else repository.as_uri()


@pytest.mark.parametrize(
    ("revision", "number"), [("v1", 0), ("main", 1), ("HEAD", 1), ("full", 0), ("short", 0)]
)
def test_reads_a_revision(
    location: str, commits: list[str], cache: Path, revision: str, number: int
) -> None:
    revision = {"full": commits[0], "short": commits[0][:10]}.get(revision, revision)
    fetched = parse_source(f"git:{location}@{revision}").fetch(cache)
    assert fetched.revision == commits[number]
    assert fetched.digest == f"git:{commits[number]}"
    expected = {"LICENSE": b"x", "a.py": f"a = {number + 1}".encode(), "dir/1.py": b""}
    if number:
        expected["dir/2.py"] = b""
    assert {file.path: file.data for file in fetched.files()} == expected


def test_names_of_repositories(repository: Path, commits: list[str], cache: Path) -> None:
    assert parse_source(f"git:{repository}@v1").fetch(cache).repository == "git:project"
    url = repository.as_uri()
    assert parse_source(f"git:{url}@v1").fetch(cache).repository == f"git:{url}"
    with pytest.raises(InputError, match="cannot fetch https://localhost:1/x:") as error:
        parse_source("git:https://user:secret@localhost:1/x@v1").fetch(cache)
    assert "secret" not in str(error.value)


def test_reads_the_cache_once_the_repository_is_gone(
    repository: Path, commits: list[str], cache: Path
) -> None:
    source = parse_source(f"git:{repository.as_uri()}@main")
    first = list(source.fetch(cache).files())
    repository.rename(repository.with_name("gone"))
    again = source.fetch(cache)
    assert again.revision == commits[1]
    assert list(again.files()) == first
    with pytest.raises(InputError, match="cannot fetch"):
        parse_source(f"git:{repository.as_uri()}@v1").fetch(cache)
    assert [path.name for path in (cache / "git").iterdir() if path.is_dir()] == [
        again.read.args[0].name  # type: ignore[attr-defined]
    ]


def test_leaves_out_links_and_submodules(repository: Path, git: Git, cache: Path) -> None:
    write_files(repository, {"a.py": "1", "tab\there.py": "2"})
    (repository / "link.py").symlink_to("/etc/passwd")
    git("add", "--all")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git("commit", "--quiet", "--message", "m")
    fetched = parse_source(f"git:{repository}@HEAD").fetch(cache)
    assert [file.path for file in fetched.files()] == ["a.py"]
    assert fetched.skipped == {"link or device": 1, "submodule": 1, "unprintable path": 1}


def test_runs_no_hook(repository: Path, commits: list[str], cache: Path, tmp_path: Path) -> None:
    for hook in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc"):
        file = repository / ".git" / "hooks" / hook
        file.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        file.chmod(0o755)
    for location in (str(repository), repository.as_uri()):
        assert list(parse_source(f"git:{location}@main").fetch(cache).files())
    assert not (tmp_path / "ran").exists()


def test_another_repository_named_by_the_environment(
    repository: Path, commits: list[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert parse_source(f"git:{repository}@v1").fetch(cache).revision == commits[0]


def test_unknown_revisions(location: str, commits: list[str], cache: Path) -> None:
    for revision in ("v9", "--output=x", "v1:a.py"):
        with pytest.raises(InputError, match=r"no such revision|write git:"):
            parse_source(f"git:{location}@{revision}").fetch(cache)


@pytest.mark.parametrize("text", ["x", "@v1", "x@", "git@host:a/b", "https://user@host:80/x"])
def test_specs_without_a_revision(text: str) -> None:
    with pytest.raises(InputError, match=r"write git:URL_OR_PATH@REVISION"):
        parse_source(f"git:{text}")


def test_without_git(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match="a git: source needs `git`"):
        parse_source("git:x@v1").fetch(cache)
