from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.index.ignore import IgnoreLayers, IgnoreRules
from diglot.index.walk import walk

NAMES = ["a", "b", "ab", "a b", "foo", "x.d", "[a]", "#h", "!n", "é", "a-b", "a]", "z", "B"]
Tree = dict[str, "Tree | None"]


def verdicts(content: str, *entries: str) -> list[bool | None]:
    """The verdict on each entry; those that end with a slash are folders."""
    rules = IgnoreRules(content.encode())
    return [rules.verdict(entry.removesuffix("/"), entry.endswith("/")) for entry in entries]


def test_the_last_matching_rule_wins() -> None:
    content = "*.log\n!keep.log\nkeep.log.d\n"
    assert verdicts(content, "a.log", "keep.log", "x/keep.log", "other") == [
        True,
        False,
        False,
        None,
    ]
    assert verdicts("!keep.log\n*.log\n", "keep.log") == [True]


def test_allow_list_idiom_keeps_folders_open() -> None:
    content = "*\n!*/\n!*.py\n"
    assert verdicts(content, "src/", "src/a.py", "src/a.txt", "src/deep/") == [
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("name", ["name", "x/name", "x/name/"], ["names", "name/x", "xname"]),
        ("name/", ["name/", "x/name/"], ["name", "x/name"]),
        ("/name", ["name", "name/"], ["x/name"]),
        ("a/name", ["a/name"], ["x/a/name", "name"]),
        ("**/name", ["name", "x/name", "x/y/name"], ["xname"]),
        ("a/**", ["a/b", "a/b/c", "a/b/"], ["a", "a/"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("*.py", ["a.py", "x/.py"], ["a.pyc"]),
        ("a*b*c", ["abc", "axbxc", "abcbc", "abbcc"], ["ab/c", "abx", "acb"]),
        ("*ab*b", ["abab", "abb"], ["ab"]),
        ("a*/**/b*/**", ["a/b/x/b", "a/x/b/c"], ["a/b"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "x"]),
        ("[!a-c]x", ["dx"], ["ax", "/x"]),
        ("[^a-c]x", ["dx"], ["ax"]),
        ("[]x]", ["]", "x"], ["[]x]"]),
        ("[[:digit:]_]x", ["1x", "_x"], ["ax", ":x"]),
        ("[a\\-c]", ["a", "-", "c"], ["b", "\\"]),
        ("[z-a]", ["z"], ["a", "m", "-"]),
        ("\\#name", ["#name"], ["name"]),
        ("\\!name", ["!name"], ["name"]),
        ("\\*", ["*"], ["x"]),
        ("name   ", ["name"], ["name   "]),
        ("name\\ ", ["name "], ["name"]),
        ("  name", ["  name"], ["name"]),
        ("name\t", ["name\t"], ["name"]),
        ("a.b+(c)|d", ["a.b+(c)|d"], ["axb", "d"]),
        ("x/a[!c]b", ["x/adb"], ["x/a/b", "x/acb"]),
        ("x/a[.-0]b", ["x/a.b", "x/a0b"], ["x/a/b"]),
        ("new*line", ["new\nline"], ["new"]),
        ("name", ["new\nline/name"], ["new\nname"]),
        ("a/**/b", ["a/new\nline/b"], ["a\nb"]),
        ("ü?*", ["ü12"], ["ü", "u12"]),
    ],
)
def test_pattern(pattern: str, matching: list[str], other: list[str]) -> None:
    assert verdicts(pattern + "\n", *matching) == [True] * len(matching)
    assert verdicts(pattern + "\n", *other) == [None] * len(other)


@pytest.mark.parametrize(
    "line", ["", "# comment", "/", "!", "!/", "   ", "[a", "a\\", "[[:unknown:]]", "a//b", "//"]
)
def test_lines_that_match_nothing(line: str) -> None:
    entries = ["a", "a/", "comment", "[a", "x/a/b", "a\\", "b", "u"]
    assert verdicts(line + "\n", *entries) == [None] * len(entries)


def test_line_ends_and_byte_order_mark_are_no_part_of_patterns() -> None:
    rules = IgnoreRules(b"\xef\xbb\xbfone\r\ntwo\r\nthree")
    assert [rules.verdict(name, False) for name in ("one", "two", "three")] == [True] * 3


def test_a_name_that_is_no_text_is_matched_by_its_bytes() -> None:
    name = os.fsdecode(b"caf\xe9.py")
    assert IgnoreRules(b"caf\xe9.*\n").verdict(name, False)
    assert IgnoreRules(b"caf?.py\n").verdict(name, False)


def test_anchored_patterns_hold_from_the_folder_of_their_file() -> None:
    rules = IgnoreRules(b"/out\nx/y\n", base="sub/é/")
    judged = ["sub/é/out", "sub/é/x/y", "sub/é/x/out"]
    assert [rules.verdict(path, False) for path in judged] == [True, True, None]


def test_many_stars_take_no_exponential_time() -> None:
    assert verdicts("*a" * 30 + "*b\n", "a" * 200) == [None]


def test_layers_outrank_depth(tmp_path: Path) -> None:
    folder = tmp_path / "sub"
    folder.mkdir()
    (tmp_path / ".ignore").write_text("!kept\n")
    (tmp_path / ".gitignore").write_text("git\n")
    (folder / ".gitignore").write_text("kept\n!git\n")
    names = {".ignore", ".gitignore"}
    layers = IgnoreLayers().within(tmp_path, "", names).within(folder, "sub/", {".gitignore"})
    assert layers.plain_verdict("sub/kept", False) is False
    assert layers.plain_verdict("sub/git", False) is None
    assert not layers.git_ignores("sub/git", False)
    assert layers.git_ignores("git", False)
    assert layers.diglot_verdict("sub/kept", False) is None


# Random trees and ignore files, judged by git itself.

trees = st.recursive(
    st.just({}),
    lambda inner: st.dictionaries(
        st.sampled_from(NAMES), st.one_of(st.none(), inner), min_size=1, max_size=5
    ),
    max_leaves=12,
)
brackets = ["[ab]", "[!a]", "[^z]", "[a-c]", "[]a]", "[[:alpha:]]", "[a", "[z-a]", "[a\\-b]"]
brackets += ["[!/]", "[--z]", "[a/b]", "]"]
escapes = ["\\*", "\\[a\\]", "\\#h", "\\"]
atoms = st.sampled_from([*NAMES, ".py", "*", "*", "***", "?", *brackets, *escapes])
# Git before 2.41 misreads `**` after other characters (`x**/`), so no segment ends in one.
segments = st.one_of(
    st.just("**"), st.lists(atoms, min_size=1, max_size=3).map("".join), st.sampled_from(NAMES)
).filter(lambda segment: set(segment) == {"*"} or "**" not in segment)
patterns = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "", "!", "!", "#", "\\!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(segments, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "", ".py", "/"]),
    st.sampled_from(["", "", "", "", " ", "\\ ", "\r"]),
).filter(lambda pattern: "**." not in pattern and "\\!**" not in pattern)


def write_tree(folder: Path, tree: Tree) -> list[Path]:
    """Write a tree with `.py` files as leaves; return its folders."""
    folders = [folder]
    for name, inner in tree.items():
        if inner is None:
            (folder / f"{name}.py").touch()
        else:
            (folder / name).mkdir()
            folders += write_tree(folder / name, inner)
    return folders


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")
@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    trees,
    st.lists(st.tuples(st.integers(0, 99), st.lists(patterns, max_size=6)), max_size=4),
)
def test_agrees_with_git(tree: Tree, ignore_files: list[tuple[int, list[str]]]) -> None:
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as top:
        environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home}
        git = ["git", "-C", top]
        subprocess.run([*git, "init", "--quiet"], env=environment, check=True)
        folders = write_tree(Path(top), tree)
        for number, lines in ignore_files:
            content = "".join(f"{line}\n" for line in lines)
            (folders[number % len(folders)] / ".gitignore").write_text(content)
        listing = subprocess.run(
            [*git, "ls-files", "--others", "--exclude-standard", "-z"],
            env=environment,
            check=True,
            capture_output=True,
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", home)
            patch.setenv("XDG_CONFIG_HOME", home)
            walked = [file.path for file in walk(Path(top)).files]
    visible = [path for path in os.fsdecode(listing.stdout).split("\0") if path.endswith(".py")]
    assert walked == sorted(visible)
