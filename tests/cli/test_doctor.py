from __future__ import annotations

from diglot import __version__


def checks(out: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in out.splitlines())


def test_all_is_well(run, tmp_path) -> None:
    result = run("doctor")
    assert (result.code, result.err) == (0, "")
    found = checks(result.out)
    assert found["diglot"] == __version__
    assert {"python", "numpy", "Stemmer", "tokenizers", "onnxruntime", "tree_sitter"} <= set(found)
    assert found["models"].startswith("encoder (")
    assert "ms, query" in found["encoder"]
    assert found["cache"].startswith(f"{tmp_path / 'cache'} is writable")
    assert found["search"] == "indexes and finds a function"
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_fails_is_named_and_the_rest_is_checked(run, tmp_path) -> None:
    (tmp_path / "taken").write_text("a file")
    result = run("doctor", "--cache-dir", str(tmp_path / "taken" / "cache"))
    assert result.code == 2
    found = checks(result.out)
    assert found["cache"].startswith("FAILED: ")
    assert found["search"].startswith("FAILED: ")
    assert found["grammars"].endswith(" languages")
