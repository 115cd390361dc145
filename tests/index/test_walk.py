from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from diglot.errors import InputError
from diglot.index.reading import SkipReason
from diglot.index.walk import walk, why_left_out


@pytest.fixture(autouse=True)
def no_user_excludes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def write(root: Path, *paths: str, **contents: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n")


def rules(root: Path, path: str, *lines: str) -> None:
    write(root, path)
    (root / path).write_text("".join(f"{line}\n" for line in lines))


def paths(root: Path) -> list[str]:
    return [file.path for file in walk(root).files]


def skipped(root: Path) -> list[tuple[str, SkipReason]]:
    return [(item.path, item.reason) for item in walk(root).skipped]


# Which files


def test_takes_source_of_known_languages_and_scripts(root: Path) -> None:
    write(root, "a.py", "b.js", "noise.bin", "README.md", "LICENSE", "data.json")
    (root / "run").write_text("#!/usr/bin/env python3\nprint()\n")
    (root / "notes").write_text("python\n")
    listing = walk(root)
    assert [(file.path, file.language) for file in listing.files] == [
        ("a.py", "python"),
        ("b.js", "javascript"),
        ("run", "python"),
    ]
    assert listing.skipped == []


def test_order_is_that_of_the_paths(root: Path) -> None:
    names = ["z.py", "B.py", "a/x.py", "a-b/x.py", "a.py", "ä.py", "a/b/c.py"]
    write(root, *names)
    assert paths(root) == sorted(names)


def test_size_and_time_are_those_of_the_file(root: Path) -> None:
    (root / "a.py").write_bytes(b"12345")
    os.utime(root / "a.py", ns=(1, 1_700_000_000_123_456_789))
    (file,) = walk(root).files
    assert (file.size, file.mtime_ns) == (5, (root / "a.py").stat().st_mtime_ns)
    assert file.mtime_ns // 1_000_000_000 == 1_700_000_000


def test_leaves_out_minified_files_and_hidden_entries(root: Path) -> None:
    write(root, "app.js", "app.min.js", "lib-min.js", "out.bundle.js", ".secret.py", ".tools/a.py")
    write(root, ".github/scripts/check.py")
    assert paths(root) == [".github/scripts/check.py", "app.js"]


@pytest.mark.parametrize(
    "folder", ["node_modules", "venv", "__pycache__", "site-packages", ".venv", ".tox", ".hg"]
)
def test_leaves_out_folders_by_name(root: Path, folder: str) -> None:
    write(root, "a.py", f"{folder}/b.py", f"src/{folder}/deep/c.py", f"src/{folder}_not/d.py")
    if folder.startswith("."):
        assert paths(root) == ["a.py"]
    else:
        assert paths(root) == ["a.py", f"src/{folder}_not/d.py"]


@pytest.mark.parametrize(
    ("folder", "beside"),
    [
        ("build", "pyproject.toml"),
        ("build", "CMakeLists.txt"),
        ("dist", "package.json"),
        ("target", "Cargo.toml"),
        ("target", "pom.xml"),
        ("vendor", "go.mod"),
        ("vendor", "composer.json"),
        ("vendor", "Gemfile"),
        ("deps", "mix.exs"),
    ],
)
def test_leaves_out_outputs_and_vendored_code_beside_its_project(
    root: Path, folder: str, beside: str
) -> None:
    write(root, f"{folder}/out.py", f"src/{folder}/source.py")
    assert set(paths(root)) == {f"{folder}/out.py", f"src/{folder}/source.py"}
    (root / beside).touch()
    assert [path for path in paths(root) if path.endswith(("out.py", "source.py"))] == [
        f"src/{folder}/source.py"
    ]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "CACHEDIR.TAG"])
def test_leaves_out_marked_environments_and_caches(root: Path, mark: str) -> None:
    write(root, "a.py", "env311/lib/b.py", f"env311/{mark}")
    assert paths(root) == ["a.py"]
    assert paths(root / "env311") == ["lib/b.py"]


def test_third_party_folders_are_kept(root: Path) -> None:
    write(root, "third_party/a.py")
    assert paths(root) == ["third_party/a.py"]


# Ignore files


def test_nested_ignore_files_and_excluded_parents(root: Path) -> None:
    rules(root, ".gitignore", "*.gen.py", "/out", "!out/kept.py")
    rules(root, "sub/.gitignore", "!kept.gen.py", "local.py")
    write(root, "a.gen.py", "out/kept.py", "sub/out/x.py", "sub/kept.gen.py", "sub/local.py")
    write(root, "local.py")
    assert paths(root) == ["local.py", "sub/kept.gen.py", "sub/out/x.py"]


def test_later_layers_outrank_earlier_ones_at_any_depth(root: Path) -> None:
    write(root, "sub/a.py", "sub/b.py", "sub/c.py")
    rules(root, "sub/.gitignore", "*.py")
    assert paths(root) == []
    rules(root, ".ignore", "!a.py", "!b.py")
    assert paths(root) == ["sub/a.py", "sub/b.py"]
    rules(root, ".diglotignore", "b.py", "!c.py")
    assert paths(root) == ["sub/a.py", "sub/c.py"]


def test_only_diglotignore_brings_back_what_diglot_leaves_out(root: Path) -> None:
    write(root, "node_modules/x/a.js", ".config/b.py", "c.min.js", "build/d.py", "setup.py")
    lines = ["!node_modules/", "!.config/", "!c.min.js", "!/build/"]
    rules(root, ".gitignore", *lines)
    rules(root, ".ignore", *lines)
    assert paths(root) == ["setup.py"]
    rules(root, ".diglotignore", *lines)
    everything = [".config/b.py", "build/d.py", "c.min.js", "node_modules/x/a.js", "setup.py"]
    assert paths(root) == everything


def test_git_folder_cannot_be_brought_back(root: Path) -> None:
    write(root, "a.py", ".git/hooks/b.py", ".hidden/c.py")
    rules(root, ".diglotignore", "!.*")
    assert paths(root) == [".hidden/c.py", "a.py"]


def test_info_exclude_and_the_users_excludes_count(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "a.py", "local.py", "user.py")
    rules(root, ".git/info/exclude", "/local.py")
    rules(tmp_path, "config/git/ignore", "user.py")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert paths(root) == ["a.py"]
    rules(root, ".gitignore", "!user.py")
    assert paths(root) == ["a.py", "user.py"]


def test_an_ignore_file_that_is_a_folder_is_no_error(root: Path) -> None:
    write(root, "a.py", ".gitignore/b.py")
    assert paths(root) == ["a.py"]


# Where the root lies


def test_a_folder_of_a_repository_obeys_the_ignore_files_above_it(root: Path) -> None:
    (root / ".git").mkdir()
    rules(root, ".gitignore", "/sub/deep/out", "*.gen.py", "!/sub/deep/kept.gen.py")
    rules(root, "sub/.diglotignore", "deep/private.py")
    write(root, "sub/deep/a.py", "sub/deep/out/b.py", "sub/deep/c.gen.py")
    write(root, "sub/deep/kept.gen.py", "sub/deep/private.py", "sub/e.py")
    assert paths(root / "sub" / "deep") == ["a.py", "kept.gen.py"]
    within = [path.removeprefix("sub/deep/") for path in paths(root) if "/deep/" in path]
    assert paths(root / "sub" / "deep") == within


def test_ignore_files_above_count_only_in_a_repository(root: Path) -> None:
    rules(root, ".gitignore", "*.gen.py")
    write(root, "sub/a.gen.py")
    assert paths(root / "sub") == ["a.gen.py"]


def test_an_ignored_folder_is_walked_when_it_is_the_root(root: Path) -> None:
    (root / ".git").mkdir()
    rules(root, ".gitignore", "/scratch/", "*.gen.py")
    write(root, "scratch/project/a.gen.py")
    assert paths(root) == []
    assert paths(root / "scratch") == ["project/a.gen.py"]
    assert paths(root / "scratch" / "project") == ["a.gen.py"]


def test_an_installed_package_is_walked_with_what_its_project_built(root: Path) -> None:
    package = root / "node_modules" / "package"
    write(package, "package.json", "dist/index.js", "node_modules/other/b.js", "dist/c.min.js")
    assert paths(root) == []
    assert paths(package) == ["dist/index.js"]
    site = root / ".venv" / "lib" / "site-packages"
    write(site, "package/a.py", "package/build/b.py", "package/__pycache__/c.py")
    assert paths(site / "package") == ["a.py", "build/b.py"]
    assert paths(site) == ["package/a.py", "package/build/b.py"]


def test_a_root_that_is_a_link_is_followed(root: Path, tmp_path: Path) -> None:
    write(root, "a.py")
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    assert paths(tmp_path / "link") == ["a.py"]


@pytest.mark.parametrize("name", ["missing", "file.py"])
def test_a_root_that_is_no_folder_is_the_users_error(root: Path, name: str) -> None:
    write(root, "file.py")
    with pytest.raises(InputError, match=name):
        walk(root / name)


# Repositories in the tree


def test_a_repository_inside_another_is_left_out_and_told(root: Path) -> None:
    (root / ".git").mkdir()
    write(root, "a.py", "clone/.git/HEAD", "clone/b.py", "libs/worktree/c.py")
    (root / "libs" / "worktree" / ".git").write_text("gitdir: ../../.git/worktrees/x\n")
    assert paths(root) == ["a.py"]
    nested = SkipReason.NESTED_REPOSITORY
    assert skipped(root) == [("clone", nested), ("libs/worktree", nested)]
    rules(root, ".diglotignore", "!/clone/")
    assert paths(root) == ["a.py", "clone/b.py"]
    assert paths(root / "clone") == ["b.py"]


def test_a_folder_of_clones_is_walked_each_by_its_own_rules(root: Path) -> None:
    for name in ("one", "two"):
        write(root, f"{name}/.git/HEAD", f"{name}/a.py", f"{name}/b.py")
    rules(root, "one/.git/info/exclude", "/b.py")
    write(root, "two/inner/.git/HEAD", "two/inner/c.py")
    assert paths(root) == ["one/a.py", "two/a.py", "two/b.py"]
    assert skipped(root) == [("two/inner", SkipReason.NESTED_REPOSITORY)]


# What is told


def test_a_file_over_the_limit_is_told(root: Path) -> None:
    write(root, "small.py")
    with (root / "large.py").open("wb") as file:
        file.truncate(200 << 20)
    with (root / "large.bin").open("wb") as file:
        file.truncate(200 << 20)
    (root / "large").hardlink_to(root / "large.bin")
    assert paths(root) == ["small.py"]
    assert skipped(root) == [("large.py", SkipReason.TOO_LARGE)]
    size = (root / "small.py").stat().st_size
    assert len(walk(root, max_bytes=size).files) == 1
    assert len(walk(root, max_bytes=size - 1).files) == 0


def test_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    write(root, "sub/a.py")
    write(tmp_path, "outside/b.py", "outside/picture.png")
    links = {
        "again.py": "sub/a.py",
        "same": "sub",
        "sub/up": "..",
        "dangling.py": "nothing.py",
        "away": "../outside",
        "away.py": "../outside/b.py",
        "away.png": "../outside/picture.png",
        "hushed": "../outside",
        "node_modules": "../outside",
        "loop": "loop2",
        "loop2": "loop",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    rules(root, ".gitignore", "hushed/")
    assert paths(root) == ["sub/a.py"]
    outside, loop = SkipReason.LINK_OUTSIDE, SkipReason.LINK_LOOP
    told = [("away", outside), ("away.py", outside), ("loop", loop), ("loop2", loop)]
    assert skipped(root) == told


def test_a_pipe_is_not_a_candidate(root: Path) -> None:
    write(root, "a.py")
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root / "pipe")
    assert paths(root) == ["a.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text elsewhere")
def test_a_name_that_is_no_text_is_told(root: Path) -> None:
    write(root, "a.py", os.fsdecode(b"caf\xe9.py"), os.fsdecode(b"d\xe9p/b.py"))
    assert paths(root) == ["a.py"]
    reason = SkipReason.UNENCODABLE_NAME
    assert skipped(root) == [("caf\ufffd.py", reason), ("d\ufffdp/b.py", reason)]


def test_a_folder_with_too_long_a_path_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a.py")
    monkeypatch.chdir(root)
    for _ in range(20):
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)  # the whole path would be refused
    os.chdir(root)
    assert paths(root) == ["a.py"]
    ((path, reason),) = skipped(root)
    assert reason is SkipReason.UNREADABLE
    assert path.startswith("d" * 250 + "/")


def test_a_folder_nobody_may_read_is_told() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write(root, "a.py", "closed/b.py", "listed/c.py")
        assert paths(root) == ["a.py", "closed/b.py", "listed/c.py"]
        root.chmod(0o755)
        (root / "closed").chmod(0o000)
        (root / "listed").chmod(0o444)  # names can be seen, files cannot
        with not_as_root():
            listing = walk(root)
        (root / "closed").chmod(0o755)
        (root / "listed").chmod(0o755)
    assert [file.path for file in listing.files] == ["a.py"]
    assert [(item.path, item.reason) for item in listing.skipped] == [
        ("closed", SkipReason.UNREADABLE),
        ("listed/c.py", SkipReason.UNREADABLE),
    ]


@contextmanager
def not_as_root() -> Iterator[None]:
    """Drop root's rights for a while, since root may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_all_that_is_left_out_is_counted_by_reason(root: Path) -> None:
    write(root, "a.py", "b.log", "c.log", ".env", "d.min.js", "README.md", "LICENSE", "e.out.py")
    write(root, "node_modules/x.js", "lib/node_modules/y.js", "venv/z.py", "out/w.py", "v.plain.py")
    write(root, "setup.py", "build/u.py", "t.diglot.py", ".tox/s.py")
    rules(root, ".gitignore", "*.out.py", "/out/", "c.log")
    rules(root, ".ignore", "*.plain.py")
    rules(root, ".diglotignore", "*.diglot.py")
    listing = walk(root)
    assert listing.counts == {
        "not a kind of file that is searched": {".log": 1, ".md": 1, "no extension": 1},
        "minified or generated, by its name": {".js": 1},
        "ignored by .diglotignore": {".py": 1},
        "ignored by .ignore": {".py": 1},
        "ignored by git": {".log": 1, ".py": 1, "out/": 1},
        "hidden: its name begins with a dot": {
            ".diglotignore": 1,
            ".env": 1,
            ".gitignore": 1,
            ".ignore": 1,
            ".tox/": 1,
        },
        "installed dependencies": {"node_modules/": 2},
        "virtual environment or cache": {"venv/": 1},
    }
    assert skipped(root) == [("build", SkipReason.BUILD_OUTPUT)]


def test_many_extensions_are_counted_together(root: Path) -> None:
    write(root, *(f"a.x{number}" for number in range(150)))
    ((_, details),) = walk(root).counts.items()
    assert len(details) == 101
    assert details["others"] == 50


def test_the_reason_for_each_entry_of_a_folder(root: Path) -> None:
    write(root, "a.py", "b.xyz", "build/c.py", "setup.py", os.fsdecode(b"d\xe9.py"), "sub/e.xyz")
    assert why_left_out(root) == {
        "b.xyz": SkipReason.UNKNOWN,
        "build": SkipReason.BUILD_OUTPUT,
        os.fsdecode(b"d\xe9.py"): SkipReason.UNENCODABLE_NAME,
    }
