from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from diglot.index.globs import exact_glob, path_filter

PATHS = ["a.py", "a.js", "src/a.py", "src/deep/b.py", "src/deep/b.js", "tests/src/c.py", "#x/d.py"]


def selected(*globs: str) -> list[str]:
    return list(filter(path_filter(globs), PATHS))


def test_without_globs_everything_is_selected() -> None:
    assert selected() == PATHS


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.js", ["a.js", "src/deep/b.js"]),
        ("a.py", ["a.py", "src/a.py"]),
        ("/a.py", ["a.py"]),
        ("src", ["src/a.py", "src/deep/b.py", "src/deep/b.js", "tests/src/c.py"]),
        ("/src/", ["src/a.py", "src/deep/b.py", "src/deep/b.js"]),
        ("src/*.py", ["src/a.py"]),
        ("src/**/*.py", ["src/a.py", "src/deep/b.py"]),
        ("**/deep", ["src/deep/b.py", "src/deep/b.js"]),
        ("a.py/", []),
        ("[ab].js", ["a.js", "src/deep/b.js"]),
        ("#x", ["#x/d.py"]),
        ("", []),
    ],
)
def test_a_glob_selects_files_and_what_folders_hold(glob: str, expected: list[str]) -> None:
    assert selected(glob) == expected


def test_several_globs_select_their_union() -> None:
    assert selected("/a.py", "*.js") == ["a.py", "a.js", "src/deep/b.js"]


def test_excluding_globs_win_in_any_order() -> None:
    expected = ["a.py", "src/a.py", "tests/src/c.py", "#x/d.py"]
    assert selected("*.py", "!deep") == expected
    assert selected("!deep", "*.py") == expected


def test_excluding_globs_alone_leave_the_rest() -> None:
    assert selected("!src", "!*.js") == ["a.py", "#x/d.py"]


def test_an_excluded_folder_excludes_what_an_included_name_lies_in() -> None:
    assert selected("src/deep/b.py", "!/src") == []


@example("a\r")
@example(" a\n[b]\\ ")
@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1),
        min_size=1,
        max_size=3,
    ).map("/".join)
)
def test_an_exact_glob_matches_its_path_and_no_longer_one(path: str) -> None:
    selects = path_filter([exact_glob(path)])
    assert selects(path)
    assert selects(f"{path}/below")
    assert not selects(f"above/{path}")
    assert not selects(f"{path}x")
