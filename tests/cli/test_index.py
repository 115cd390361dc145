"""`diglot index`, `status` and `clear`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_index_builds_and_says_so_on_standard_error(project, run, cache) -> None:
    result = run("index")
    assert (result.code, result.out) == (0, "")
    assert re.fullmatch(r"4 files, \d+ units, \d+\.\d s\n", result.err)
    assert len(list((cache / "indexes").iterdir())) == 1


def test_index_says_how_many_files_it_left_out(project, run) -> None:
    (project / "web" / "data.js").write_bytes(b"\0\1\2" * 50)
    result = run("index", "web")
    assert (result.code, result.out) == (0, "")
    assert re.fullmatch(
        r"2 files, \d+ units, \d+\.\d s, 1 skipped \(see diglot status\)\n", result.err
    )


def test_cache_dir_option_wins_over_the_environment(project, run, tmp_path, cache) -> None:
    assert run("index", "--cache-dir", str(tmp_path / "other")).code == 0
    assert not cache.exists()
    assert len(list((tmp_path / "other" / "indexes").iterdir())) == 1


def test_status_tells_what_is_there_and_what_is_not_and_why(project, run) -> None:
    (project / "src" / "data.py").write_bytes(b"\0\1\2" * 50)
    (project / "src" / "huge.py").write_text("x = 1\n" * 400_000)
    result = run("status")
    assert (result.code, result.err) == (0, "")
    values = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert values["root"] == str(project)
    assert values["state"].startswith("up to date, last change 20")
    assert values["model"] == "static"
    assert values["files"] == "4 (javascript 2, python 2)"
    assert int(values["units"]) >= 6
    assert values["skipped"] == "2"
    assert values["src/data.py:"] == "binary"
    assert values["src/huge.py:"] == "too large"


def test_status_as_json(project, run, cache) -> None:
    (project / "src" / "data.py").write_bytes(b"\0\1\2" * 50)
    document = json.loads(run("status", "--json").out)
    assert (document["schema"], document["root"]) == (1, str(project))
    assert (document["fresh"], document["pending"], document["model"]) == (True, 0, "static")
    assert (document["files"], document["languages"]) == (4, {"python": 2, "javascript": 2})
    assert document["skipped"] == [{"path": "src/data.py", "reason": "binary"}]
    assert Path(document["folder"]).parent == cache / "indexes"
    assert document["size_bytes"] > 0


def test_status_of_an_empty_folder(tmp_path, run) -> None:
    (tmp_path / "empty").mkdir()
    result = run("status", str(tmp_path / "empty"))
    assert result.code == 0
    assert "files     0\nunits     0\nskipped   0\n" in result.out


def test_clear_removes_the_index_alone_without_asking(project, run, cache) -> None:
    run("index")
    run("index", "src")
    tree = snapshot(project)
    result = run("clear")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith(f"removed {cache / 'indexes' / 'project-'}")
    (left,) = (cache / "indexes").iterdir()
    assert left.name.startswith("src-")
    assert snapshot(project) == tree


def test_clear_twice_has_nothing_to_remove(project, run) -> None:
    run("index")
    run("clear")
    result = run("clear")
    assert (result.code, result.out, result.err) == (0, "", "nothing to remove\n")


def test_clear_works_for_a_folder_that_is_gone(project, run, cache) -> None:
    run("index", "web")
    for file in (project / "web").iterdir():
        file.unlink()
    (project / "web").rmdir()
    assert run("clear", "web").err.startswith("removed ")
    assert list((cache / "indexes").iterdir()) == []


def test_clear_all_removes_every_index_and_vector_and_nothing_else(project, run, cache) -> None:
    run("index")
    run("search", "parse memory", "src")
    (cache / "mine.txt").write_text("not diglot's")
    assert (cache / "vectors").is_dir()
    result = run("clear", "--all")
    assert result.code == 0
    assert result.err.count("removed ") == 3
    assert sorted(path.name for path in cache.iterdir()) == ["indexes", "locks", "mine.txt"]
    assert list((cache / "indexes").iterdir()) == []


def test_a_cleared_index_is_built_again(project, run) -> None:
    first = run("search", "parse_memory", "--rank", "fast")
    run("clear")
    assert run("search", "parse_memory", "--rank", "fast") == first
