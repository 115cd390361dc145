from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from diglot.index.git import GitFiles, GitQuestion
from diglot.index.reading import SkipReason
from diglot.index.walk import walk, why_left_out

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return folder


@pytest.fixture
def root(tmp_path: Path, home: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "config", "user.email", "a@b.c")
    git(folder, "config", "user.name", "n")
    return folder


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def write(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def paths(root: Path) -> list[str]:
    return [file.path for file in walk(root).files]


def listed(root: Path) -> list[str]:
    """What git takes for part of the project."""
    names = git(root, "ls-files", "-co", "--exclude-standard").split("\n")
    return sorted(name for name in set(names) if name.endswith(".py"))


# Whose settings count


@pytest.mark.parametrize("condition", ["include", 'includeIf "gitdir:{root}/"'])
def test_included_configuration_counts(root: Path, home: Path, condition: str) -> None:
    write(root, "keep.py", "scratch_a.py")
    header = condition.format(root=root)
    (home / ".gitconfig").write_text(f"[{header}]\n\tpath = ~/more\n")
    (home / "more").write_text("[core]\n\texcludesFile = ~/excludes\n")
    (home / "excludes").write_text("scratch_*\n")
    assert paths(root) == listed(root) == ["keep.py"]


@pytest.mark.parametrize("way", ["global", "count", "worktree"])
def test_settings_of_the_environment_and_of_a_worktree_count(
    root: Path, home: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "keep.py", "Scratch_a.py")
    (home / "excludes").write_text("scratch_*\n")
    git(root, "config", "core.excludesFile", str(home / "excludes"))
    if way == "global":
        (home / "other").write_text("[core]\n\tignoreCase = true\n")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "other"))
    elif way == "count":
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.ignoreCase")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    else:
        git(root, "config", "extensions.worktreeConfig", "true")
        git(root, "config", "--worktree", "core.ignoreCase", "true")
    assert paths(root) == listed(root) == ["keep.py"]


def test_variables_of_another_repository_do_not_count(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, ".gitignore", text="b.py\n")
    write(root, "a.py", "b.py")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert paths(root) == ["a.py"]
    assert GitQuestion(root, root).answer() is not None  # it is git that was asked


# What is tracked


def test_what_git_tracks_is_taken_wherever_it_lies(root: Path) -> None:
    tracked = [
        ".config/tool.py",
        ".hook.py",
        "build/lib/a.py",
        "node_modules/own/b.js",
        "vendor/c.go",
        "venv/d.py",
        "web/lib/e.js",
    ]
    write(root, ".gitignore", text="lib/\nnode_modules/\n")
    write(root, "package.json", "go.mod", "venv/pyvenv.cfg", *tracked)
    git(root, "add", "-f", *tracked)
    write(root, "build/out.py", "node_modules/other/x.js", "web/lib/y.js", ".config/z.py")
    write(root, "venv/w.py", ".z.py", "build/deep/v.py")
    assert paths(root) == tracked
    counts = walk(root).counts
    assert counts[SkipReason.HIDDEN] == {".py": 2, ".gitignore": 1}
    assert counts[SkipReason.IGNORED_BY_GIT] == {".js": 1}
    assert counts[SkipReason.DEPENDENCIES] == {"other/": 1}


def test_names_of_minified_files_and_ignore_files_outrank_tracking(root: Path) -> None:
    write(root, "a.py", "app.min.js", "b.py", "c.py")
    git(root, "add", "-A")
    write(root, ".ignore", text="b.py\n")
    write(root, ".diglotignore", text="c.py\n")
    assert paths(root) == ["a.py"]
    assert why_left_out(root) == {
        ".diglotignore": SkipReason.HIDDEN,
        ".ignore": SkipReason.HIDDEN,
        "app.min.js": SkipReason.MACHINE_MADE,
        "b.py": SkipReason.IGNORED_PLAINLY,
        "c.py": SkipReason.IGNORED_BY_DIGLOT,
    }


def test_ignore_files_bring_back_what_git_ignores(root: Path) -> None:
    write(root, ".gitignore", text="gen/\n*.out.py\n")
    write(root, ".diglotignore", text="!/gen/\n!/gen/*\n!kept.out.py\n")
    write(root, "gen/a.py", "kept.out.py", "lost.out.py", "only/kept.out.py")
    assert paths(root) == ["gen/a.py", "kept.out.py", "only/kept.out.py"]


def test_a_folder_of_the_repository_and_clones_in_a_folder(root: Path, tmp_path: Path) -> None:
    write(root, ".gitignore", text="/sub/out\n")
    write(root, "sub/a.py", "sub/out/b.py", "sub/.c.py")
    git(root, "add", "-f", "sub/.c.py")
    assert paths(root / "sub") == [".c.py", "a.py"]
    assert paths(root / "sub" / "out") == ["b.py"]  # who asks for a folder gets it
    above = ["project/sub/.c.py", "project/sub/a.py"]
    assert [path for path in paths(tmp_path) if path.startswith("project/")] == above


def test_names_that_need_quoting(root: Path) -> None:
    names = [' "a"\n.py', "ä b.py", "日本/c.py"]
    write(root, *names)
    git(root, "add", "--", names[0])
    assert paths(root) == sorted(names)


# Where git does not answer


def test_our_own_matcher_decides_where_git_cannot(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, ".gitignore", text="b.py\n")
    write(root, "a.py", "b.py")
    (root / ".git" / "HEAD").unlink()
    assert GitQuestion(root, root).answer() is None
    assert paths(root) == ["a.py"]
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert GitQuestion(root, root).answer() is None
    assert paths(root) == ["a.py"]


def test_a_broken_repository_is_not_taken_for_the_one_around_it(root: Path) -> None:
    write(root, "inner/.git/nothing", "inner/a.py")
    assert GitQuestion(root / "inner", root / "inner").answer() is None


def test_git_is_not_looked_for_in_the_tree(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = root / "ran"
    write(root, "git", text=f"#!/bin/sh\ntouch {marker}\n")
    (root / "git").chmod(0o755)
    monkeypatch.chdir(root)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", os.environ["PATH"]]))
    walk(root)
    assert not marker.exists()


# Hostile repositories


def test_nothing_runs_and_nothing_is_written(root: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    write(root, "a.py", "b/c.py")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        shutil.copy(program, hooks / name)
        shutil.copy(program, root / ".git" / "hooks" / name)
    write(root, ".gitattributes", text="* filter=f diff=d\n")
    (root / "a.py").touch()
    config = "\n".join(
        [
            f"[core]\n\tfsmonitor = {program}\n\thooksPath = {hooks}\n\tpager = {program}",
            f"\tsshCommand = {program}\n\teditor = {program}\n\taskPass = {program}",
            "\tuntrackedCache = true\n\trepositoryformatversion = 1",
            f"[pager]\n\tls-files = {program}",
            f"[alias]\n\tls-files = !{program}",
            f'[filter "f"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}',
            f'[diff "d"]\n\tcommand = {program}\n\ttextconv = {program}',
            f"[diff]\n\texternal = {program}",
            f"[credential]\n\thelper = {program}",
            f'[remote "origin"]\n\turl = ext::{program}\n\tpromisor = true',
            "[extensions]\n\tpartialClone = origin",
            '[protocol "ext"]\n\tallow = always',
            "[submodule]\n\trecurse = true",
        ]
    )
    with (root / ".git" / "config").open("a") as file:
        file.write(config + "\n")
    assert not marker.exists()
    before = state_of(root)
    assert paths(root) == ["a.py", "b/c.py"]
    assert GitQuestion(root, root).answer() is not None  # it is git that was asked
    assert state_of(root) == before
    assert not marker.exists()


def test_missing_objects_of_a_partial_clone_are_not_fetched(root: Path, tmp_path: Path) -> None:
    write(root, "a.py", "b/c.py")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    marker = tmp_path / "ran"
    with (root / ".git" / "config").open("a") as file:
        file.write(
            f'[remote "origin"]\n\turl = {tmp_path}/gone\n\tpromisor = true\n'
            f"\tuploadpack = touch {marker};\n[extensions]\n\tpartialClone = origin\n"
        )
    shutil.rmtree(root / ".git" / "objects")
    (root / ".git" / "objects").mkdir()
    assert paths(root) == ["a.py", "b/c.py"]
    assert not marker.exists()


def test_a_bare_repository_in_the_tree_is_not_believed(root: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    inner = root / "inner"
    git(root, "init", "-q", "--bare", str(inner))
    git(inner, "config", "core.fsmonitor", f"touch {marker};")
    write(inner, "a.py")
    assert paths(inner) == ["a.py"]
    assert not marker.exists()


def state_of(root: Path) -> dict[str, tuple[int, bytes]]:
    """Time and content of every file."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_lists() -> None:
    files = GitFiles(b"H a/b.py\0? c/d/e.py\0? nested/\0", "base/")
    assert files.tracked == {"base/a/b.py"}
    assert files.untracked == {"base/c/d/e.py", "base/nested"}
    assert [files.lists(path) for path in ("base/c", "base/c/d", "base", "c")] == [
        *(True, True, True),
        False,
    ]
    assert (files.tracks("base/a"), files.tracks("base/c")) == (True, False)
    assert files.ignores("base/x.py")
    assert not files.ignores("base/A/b.PY")
