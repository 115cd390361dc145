"""Paths of hits are those that the user typed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FAST = ("--rank", "fast", "--min-score", "0", "-k", "1")


@pytest.fixture
def place(project, monkeypatch) -> Path:
    """A folder beside `src`, which is current, with links to it and to a file in it."""
    here = project / "here"
    here.mkdir()
    (here / "link").symlink_to(project / "src")
    (here / "size.py").symlink_to(project / "src" / "sizes.py")
    monkeypatch.chdir(here)
    return project


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../src", "../src/sizes.py"),
        ("../src/", "../src/sizes.py"),
        ("link", "link/sizes.py"),
        ("./link", "link/sizes.py"),
        ("..", "../src/sizes.py"),
        ("../src/sizes.py", "../src/sizes.py"),
        ("link/sizes.py", "link/sizes.py"),
        ("size.py", "size.py"),
        ("{root}/src", "{root}/src/sizes.py"),
        ("{root}/src/sizes.py", "{root}/src/sizes.py"),
        ("{root}/here/../src", "{root}/here/../src/sizes.py"),
    ],
)
def test_a_path_is_shown_as_it_was_typed(place, run, typed: str, shown: str) -> None:
    result = run("search", "format_memory", typed.format(root=place), *FAST)
    assert result.out.startswith(shown.format(root=place) + ":1:")
    assert Path(result.out.split(":")[0]).is_file()


def test_the_current_folder_needs_no_name(place, run, monkeypatch) -> None:
    monkeypatch.chdir(place / "src")
    for typed in ([], ["."], ["./"]):
        assert run("search", "format_memory", *typed, *FAST).out.startswith("sizes.py:1:")


def test_a_hit_comes_once_however_its_folder_is_typed(place, run) -> None:
    options = ("--rank", "fast", "--min-score", "0", "-k", "50", "--kind", "function")
    once = run("search", "format_memory", "../src", *options).out
    many = run("search", "format_memory", "../src", "link", f"{place}/src", "..", *options).out
    assert many.count("def format_memory") == once.count("def format_memory") == 1


def test_what_is_left_out_is_named_as_typed(place, run) -> None:
    (place / "src" / "data.py").write_bytes(b"\0\1\2" * 50)
    for typed in ("../src/data.py", "link/data.py", f"{place}/src/data.py"):
        result = run("search", "memory", typed, "../src/sizes.py", *FAST)
        assert f"diglot: {typed} is not indexed" in result.err


def test_related_code_is_named_as_the_file_was(place, run, monkeypatch) -> None:
    place_of = (f"../src{os.sep}memory.py:8", f"{place}/src/memory.py:8")
    outs = [run("related", typed, "-k", "1").out for typed in place_of]
    assert outs[0].startswith("../src/sizes.py:1:")
    assert outs[1].startswith(f"{place}/src/sizes.py:1:")
    inside = run("related", "../src/memory.py:8", "--root", "..", "-k", "1").out
    assert inside.startswith("../src/sizes.py:1:")
