from __future__ import annotations

import pytest

from diglot.index.names import file_name, symbol_name


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "a/test/b.py",
        "src/__tests__/a.js",
        "spec/models/user.rb",
        "test_cache.py",
        "pkg/cache_test.go",
        "pkg/cache.test.ts",
        "src/cache.spec.tsx",
        "conftest.py",
        "src/UserTest.java",
        "src/UserTests.cs",
        "src/UserSpec.scala",
        "src/UserIT.java",
        "testdata/a.py",
    ],
)
def test_tests_are_known_by_their_names(path: str) -> None:
    assert file_name(path).is_test


@pytest.mark.parametrize(
    "path",
    [
        "src/latest.py",
        "src/contest.py",
        "testing.py",
        "attestation/a.py",
        "src/Test.md",
        "src/Contest.java",
        "src/LIMIT.java",
        "protest/a.py",
        "test.py",
    ],
)
def test_other_names_with_test_in_them_are_no_tests(path: str) -> None:
    assert not file_name(path).is_test


@pytest.mark.parametrize(
    ("path", "is_example", "is_foreign", "is_reexport"),
    [
        ("examples/a.py", True, False, False),
        ("a/Docs/b.py", True, False, False),
        ("benchmarks/a.py", True, False, False),
        ("counterexample.py", False, False, False),
        ("src/documents/a.py", False, False, False),
        ("third_party/a.py", False, True, False),
        ("pip/_vendor/a.py", False, True, False),
        ("vendored.py", False, False, False),
        ("src/__init__.py", False, False, True),
        ("lib/index.ts", False, False, True),
        ("lib/reindex.ts", False, False, False),
    ],
)
def test_roles_are_known_by_names(
    path: str, is_example: bool, is_foreign: bool, is_reexport: bool
) -> None:
    name = file_name(path)
    assert (name.is_example, name.is_foreign, name.is_reexport) == (
        is_example,
        is_foreign,
        is_reexport,
    )


@pytest.mark.parametrize(
    ("path", "stem_words", "folder_words", "stems"),
    [
        ("a.py", ("a",), (), {"a"}),
        (
            "b/user_caches.tar.py",
            ("user", "caches"),
            ("b",),
            {"user_caches", "usercaches", "usercache"},
        ),
        ("a/b/c/d/e.py", ("e",), ("b", "c", "d"), {"e"}),
        ("App/MyView-test.js", ("my", "view", "test"), ("app",), {"myview-test", "myviewtest"}),
        (".profile", ("profile",), (), {".profile"}),
        ("поиск/файл.py", ("файл",), ("поиск",), {"файл"}),
        ("配置.py", ("配置",), (), {"配置"}),
    ],
)
def test_a_path_is_read_as_words(
    path: str, stem_words: tuple[str, ...], folder_words: tuple[str, ...], stems: set[str]
) -> None:
    name = file_name(path)
    assert name.stem_words == stem_words
    assert name.folder_words == folder_words
    assert name.stems == stems


def test_a_symbol_is_read_as_words() -> None:
    name = symbol_name("HTTPCache.getItem_get")
    assert name.whole == "httpcache.getitem_get"
    assert name.last == "getitem_get"
    assert name.words == ("http", "cache", "get", "item")
    assert name.last_words == ("get", "item")
    assert symbol_name("").words == ()
    assert symbol_name("Größe").last == "größe"
