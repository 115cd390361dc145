from __future__ import annotations

import json

import pytest


def test_related_code_without_the_place_itself(project, run) -> None:
    result = run("related", "src/memory.py:10", "-k", "1")
    assert (result.code, result.err) == (0, "")
    assert result.out == "src/sizes.py:1:def format_memory(size: int) -> str:\n"


@pytest.mark.parametrize("place", ["src/memory.py:6-10", "src/memory.py:8:def parse_memory"])
def test_a_place_can_be_pasted_as_hits_are_written(project, run, place: str) -> None:
    assert run("related", place).out == run("related", "src/memory.py:8").out


def test_the_document_has_this_schema(project, run) -> None:
    result = run("related", "src/memory.py:8", "--json", "--snippet-lines", "1")
    assert (result.code, result.err) == (0, "")
    document = json.loads(result.out)
    assert list(document) == ["schema", "place", "index", "hits"]
    assert (document["schema"], document["place"]) == (1, "src/memory.py:8")
    assert document["index"]["fresh"] is True
    first = document["hits"][0]
    assert (first["symbol"], first["probability"]) == ("format_memory", None)
    assert 0 < first["score"] <= 1
    assert first["snippet"] == "def format_memory(size: int) -> str:"


def test_root_limits_where_to_look(project, run) -> None:
    everywhere = run("related", "src/memory.py:8").out
    limited = run("related", "src/memory.py:8", "--root", "src").out
    assert "web/cookie.js" in everywhere
    assert {line.split("/")[0] for line in limited.splitlines()} == {"src"}


def test_a_file_elsewhere_is_compared_with_its_own_folder(
    project, run, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    result = run("related", str(project / "src" / "memory.py") + ":8", "-k", "1")
    assert result.out.startswith(f"{project.as_posix()}/src/sizes.py:1:")


def test_nothing_related_is_exit_code_1(tmp_path, run, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alone.py").write_text("def alone():\n    return 1\n")
    result = run("related", "alone.py:1")
    assert (result.code, result.out) == (1, "")
    assert result.err == "diglot: no related code\n"
    document = json.loads(run("related", "alone.py:1", "--json").out)
    assert document["hits"] == []
