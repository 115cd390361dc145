from __future__ import annotations

from collections import Counter

import pytest

from diglot.corpus.sources.base import Limits, RawFile
from diglot.corpus.sources.selection import read_selected
from diglot.errors import InputError


def select(*paths: str) -> tuple[list[str], dict[str, int]]:
    skipped: Counter[str] = Counter()
    files = read_selected(dict.fromkeys(paths, 1), lambda path: b"x", skipped)
    return [file.path for file in files], dict(skipped)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("node_modules/a/index.js", "vendored"),
        ("pkg/vendor/github.com/a/b.go", "vendored"),
        ("src/third_party/zlib/zlib.c", "vendored"),
        ("src/pip/_vendor/six.py", "vendored"),
        (".git/hooks/pre-commit.sample", "internal"),
        ("src/a.egg-info/PKG-INFO", "internal"),
        ("js/jquery.min.js", "minified"),
        ("js/jquery-min.js", "minified"),
        ("app.bundle.js", "minified"),
        ("lodash.js.map", "minified"),
        ("ui/package-lock.json", "lock file"),
    ],
)
def test_leaves_out_copies_and_what_machines_made(path: str, reason: str) -> None:
    assert select("a.py", path) == (["a.py"], {reason: 1})


def test_leaves_out_builds_only_beside_what_they_are_made_of() -> None:
    assert select("src/a.js", "dist/a.js", "ui/dist/b.js") == (
        ["src/a.js", "ui/dist/b.js"],
        {"built": 1},
    )
    assert select("p/lib/a.js", "p/umd/a.js")[0] == ["p/lib/a.js"]
    assert select("dist/a.js", "index.d.ts")[0] == ["dist/a.js", "index.d.ts"]
    assert select("src", "dist/a.js")[0] == ["dist/a.js", "src"]  # a file named src


@pytest.mark.parametrize(
    "path",
    [
        "vendor.py",
        "src/distance.js",
        "admin.js",
        "min.js",
        "buildings/a.py",
        "o/src/main/java/jpa/vendor/A.java",
    ],
)
def test_keeps_names_that_only_look_alike(path: str) -> None:
    assert select("src/x.py", path)[0] == sorted(["src/x.py", path])


def test_order_is_that_of_the_paths() -> None:
    assert select("b", "a/z", "a.py", "a/b/c")[0] == ["a.py", "a/b/c", "a/z", "b"]


def test_leaves_out_binary_and_large_files_without_reading_the_latter() -> None:
    contents = {"a.png": b"\x89PNG\0", "b.py": b"b = 1", "late.txt": b"x" * 9000 + b"\0"}
    skipped: Counter[str] = Counter()
    sizes = {path: len(data) for path, data in contents.items()} | {"huge.py": 10_001}
    limits = Limits(file_bytes=10_000)
    found = list(read_selected(sizes, contents.__getitem__, skipped, limits))
    assert found == [RawFile("b.py", b"b = 1"), RawFile("late.txt", contents["late.txt"])]
    assert skipped == {"binary": 1, "too large": 1}


def test_bounds_on_number_and_size() -> None:
    def read(sizes: dict[str, int], limits: Limits) -> list[RawFile]:
        return list(read_selected(sizes, lambda path: bytes(range(1, 2)), Counter(), limits))

    sizes = dict.fromkeys("abc", 10)
    assert len(read(sizes, Limits(files=3, total_bytes=30))) == 3
    with pytest.raises(InputError, match="3 files; at most 2"):
        read(sizes, Limits(files=2))
    with pytest.raises(InputError, match="more than 29 bytes"):
        read(sizes, Limits(total_bytes=29))
