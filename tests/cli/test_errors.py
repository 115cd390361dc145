"""What a user gets wrong is told in one line, with exit code 2 and nothing on standard output."""

from __future__ import annotations

import pytest

from diglot.cli import main as main_module


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search"], ["QUERY", "diglot search --help"]),
        (["search", "x", "--foo"], ["--foo", "diglot search --help"]),
        (["search", "x", "--top-k", "abc"], ["--top-k", "abc"]),
        (["search", "x", "--top-k", "0"], ["--top-k", "0", "x>=1"]),
        (["search", "x", "-k", "-3"], ["--top-k", "-3"]),
        (["search", "x", "--snippet-lines", "-1"], ["--snippet-lines", "-1"]),
        (["search", "x", "--min-score", "1.5"], ["--min-score", "1.5"]),
        (["search", " "], ["query", "empty"]),
        (["search", "x", "--rank", "best"], ["best", "reranker", "fast", "balanced"]),
        (["search", "x", "--rank", "slow"], ["slow", "fast", "balanced"]),
        (["search", "x", "-t", "klingon"], ["klingon", "python", "rust"]),
        (["search", "x", "--kind", "verb"], ["--kind", "verb", "function", "class"]),
        (["search", "x", "nowhere"], ["nowhere", "no such file", "quotes"]),
        (["search", "x", "src", "nowhere"], ["nowhere", "no such file"]),
        (["search", "x", "-p", "no-such-package-zq"], ["no-such-package-zq", "not installed"]),
        (["search", "x", "src", "-p", "json"], ["--package", "json", "src"]),
        (["search", "x", "--model", "nothing"], ["nothing", "static"]),
        (["search", "x", "--model", "encoder"], ["encoder", "static"]),
        (["related", "src/memory.py"], ["src/memory.py", "FILE:LINE"]),
        (["related", "src/memory.py:x"], ["src/memory.py:x", "FILE:LINE"]),
        (["related", "src/nowhere.py:1"], ["src/nowhere.py", "no such file"]),
        (["related", "src/memory.py:999"], ["src/memory.py:999", "no code"]),
        (["related", "README.md:1"], ["README.md", "index"]),
        (["related", "src/memory.py:1", "--root", "web"], ["--root web", "memory.py"]),
        (["index", "nowhere"], ["nowhere", "no such file"]),
        (["index", "src/memory.py"], ["src/memory.py", "not a folder"]),
        (["status", "nowhere"], ["nowhere", "no such file"]),
        (["corpus"], ["Missing command", "diglot corpus --help"]),
        (["models", "show", "nothing"], ["nothing", "static"]),
        (["search", "x", "-t", "pyton"], ["'pyton' (did you mean python?)"]),
        (["search", "x", "-t", "kotln"], ["'kotln' (did you mean kotlin?)"]),
        (["search", "x", "-t", "gogo"], ["'gogo'", "accepted: bash"]),
        (["search", "x", "--kind", "mehtod"], ["'mehtod' (did you mean method?)"]),
        (["search", "x", "--rank", "blanced"], ["'blanced' (did you mean balanced?)"]),
        (["search", "x", "--model", "statc"], ["'statc' (did you mean static?)"]),
        (["search", "x", "--lnag", "go"], ["--lnag", "(did you mean --lang?)"]),
        (["serch", "x"], ["'serch' (did you mean search?)"]),
        (["corpus", "biuld"], ["'biuld' (did you mean build?)", "diglot corpus --help"]),
        (["models", "shwo"], ["'shwo' (did you mean show?)"]),
        (["corpus", "build", "--recipe", "pubic", "-o", "x"], ["'pubic' (did you mean public?)"]),
        (["corpus", "show", "x", "--table", "pair"], ["'pair' (did you mean pairs?)"]),
        (["frobnicate"], ["frobnicate", "diglot --help"]),
        (["--frobnicate"], ["--frobnicate", "diglot --help"]),
    ],
)
def test_one_clear_line(project, run, arguments: list[str], words: list[str]) -> None:
    result = run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("diglot: ")
    assert result.err.count("\n") == 1
    for word in words:
        assert word in result.err


def test_arguments_are_checked_before_anything_is_indexed(project, run, tmp_path) -> None:
    for arguments in (["--rank", "best"], ["-t", "klingon"], ["src", "nowhere"]):
        assert run("search", "x", *arguments).code == 2
    assert not (tmp_path / "cache").exists()


def test_a_cache_folder_that_cannot_be_written_is_named(project, run, tmp_path) -> None:
    (tmp_path / "taken").write_text("a file")
    result = run("search", "x", "--cache-dir", str(tmp_path / "taken" / "cache"))
    assert (result.code, result.out) == (2, "")
    assert str(tmp_path / "taken" / "cache") in result.err
    assert result.err.count("\n") == 1


def test_a_defect_is_not_taken_for_no_hits(project, run, monkeypatch) -> None:
    """Python would exit with 1, which says that there are no hits."""

    def broken(**_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(main_module.search, "callback", broken)
    result = run("search", "x")
    assert (result.code, result.out) == (2, "")
    assert "Traceback" in result.err
    assert "a defect" in result.err
