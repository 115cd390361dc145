from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from diglot.index.repository import repository_rules, repository_top


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git" / "info").mkdir(parents=True)
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def ignored(top: Path, name: str) -> bool:
    verdicts = (rules.verdict(name, False) for rules in repository_rules(top))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def test_top_is_the_nearest_folder_with_git(top: Path) -> None:
    deep = top / "a" / "b"
    deep.mkdir(parents=True)
    assert repository_top(deep) == top
    assert repository_top(top) == top
    (top / "a" / ".git").write_text("gitdir: elsewhere\n")
    assert repository_top(deep) == top / "a"


def test_info_exclude_outranks_the_users_excludes(top: Path, home: Path) -> None:
    write(home / ".config/git/ignore", "*.user\nboth\n")
    write(top / ".git/info/exclude", "*.local\n!both\n")
    assert ignored(top, "a.user")
    assert ignored(top, "a.local")
    assert not ignored(top, "both")


def test_without_a_repository_the_users_excludes_remain(tmp_path: Path, home: Path) -> None:
    write(home / ".config/git/ignore", "*.user\n")
    assert ignored(tmp_path, "a.user")


@pytest.mark.parametrize(
    "config",
    [
        "[core]\n\texcludesFile = ~/mine\n",
        '[CORE]\n  excludesfile="~/mine" ; a comment\n',
        "[user]\n\tname = x\n[core]\n\tpager = less\n\texcludesFile=~/mine # why not\n",
        "[core] excludesFile = ~/mine\n",
    ],
)
def test_core_excludes_file_is_found_in_the_users_configuration(
    top: Path, home: Path, config: str
) -> None:
    write(home / "mine", "*.mine\n")
    write(home / ".config/git/ignore", "*.default\n")
    write(home / ".gitconfig", config)
    assert ignored(top, "a.mine")
    assert not ignored(top, "a.default")


@pytest.mark.parametrize(
    "config", ["[cor]\n\texcludesFile = ~/mine\n", "; [core]\nexcludesFile = ~/mine\n", "[core\n"]
)
def test_other_settings_are_not_mistaken_for_it(top: Path, home: Path, config: str) -> None:
    write(home / "mine", "*.mine\n")
    write(home / ".gitconfig", config)
    assert not ignored(top, "a.mine")


def test_the_strongest_configuration_wins(
    top: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    for name in ("xdg", "home", "local"):
        write(home / f"{name}.ignore", f"*.{name}\n")
    write(home / "xdg/git/config", f"[core]\nexcludesFile = {home}/xdg.ignore\n")
    assert ignored(top, "a.xdg")
    write(home / ".gitconfig", f"[core]\nexcludesFile = {home}/home.ignore\n")
    assert ignored(top, "a.home")
    assert not ignored(top, "a.xdg")
    write(top / ".git/config", f"[core]\nexcludesFile = {home}/local.ignore\n")
    assert ignored(top, "a.local")
    assert not ignored(top, "a.home")


def test_a_home_that_cannot_be_found_is_no_error(
    top: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "~no-such-user/config")
    write(home / ".gitconfig", "[core]\nexcludesFile = ~no-such-user/mine\n")
    write(top / ".git/info/exclude", "*.local\n")
    assert ignored(top, "a.local")


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_worktrees_share_the_excludes_of_their_repository(tmp_path: Path, home: Path) -> None:
    main, worktree = tmp_path / "main", tmp_path / "worktree"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "somebody"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "somebody@example.org"),
    }
    for arguments in (
        ["init", "--quiet", str(main)],
        ["-C", str(main), "commit", "--quiet", "--allow-empty", "-m", "first"],
        ["-C", str(main), "worktree", "add", "--quiet", str(worktree)],
    ):
        subprocess.run(["git", *arguments], env=environment, check=True, capture_output=True)
    write(main / ".git/info/exclude", "*.local\n")
    assert (worktree / ".git").is_file()
    assert repository_top(worktree) == worktree
    assert ignored(worktree, "a.local")
