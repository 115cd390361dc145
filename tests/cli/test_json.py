from __future__ import annotations

import json
from datetime import datetime

QUERY = "parse a memory string"
HIT = [
    "path",
    "start_line",
    "end_line",
    "symbol",
    "kind",
    "language",
    "score",
    "probability",
    "snippet",
]


def test_the_document_has_this_schema(project, run) -> None:
    result = run("search", QUERY, "--rank", "fast", "--json")
    assert (result.code, result.err) == (0, "")
    document = json.loads(result.out)
    assert list(document) == ["schema", "query", "index", "verdict", "hits"]
    assert document["verdict"] == "good match"
    assert (document["schema"], document["query"]) == (1, QUERY)
    assert list(document["index"]) == ["fresh", "pending", "model", "built_at"]
    assert document["index"]["fresh"] is True
    assert document["index"]["pending"] == 0
    assert document["index"]["model"] == "static"
    assert datetime.fromisoformat(document["index"]["built_at"]).tzinfo
    assert [list(hit) for hit in document["hits"]] == [HIT] * len(document["hits"])


def test_a_hit_says_what_and_where(project, run) -> None:
    result = run("search", "parse_memory", "--rank", "fast", "--json", "-k", "1")
    (hit,) = json.loads(result.out)["hits"]
    assert isinstance(hit.pop("score"), float)
    assert 0.5 < hit.pop("probability") <= 1
    lines = (project / "src" / "memory.py").read_text().splitlines()
    assert hit == {
        "path": "src/memory.py",
        "start_line": 6,
        "end_line": 10,
        "symbol": "parse_memory",
        "kind": "function",
        "language": "python",
        "snippet": "\n".join(lines[5:10]),
    }


def test_no_good_match_keeps_hits_and_adds_closest(project, run) -> None:
    result = run("search", "quantum chromodynamics lattice", "--rank", "fast", "--json")
    assert (result.code, result.err) == (1, "")
    document = json.loads(result.out)
    keys = ["schema", "query", "index", "verdict", "hits", "closest", "not_searched"]
    assert sorted(document) == sorted(keys)
    assert document["verdict"] == "no good match"
    assert document["hits"] == []
    assert 1 <= len(document["closest"]) <= 3
    assert list(document["closest"][0]) == HIT


def test_lines_hold_the_same_records(project, run) -> None:
    options = ("search", QUERY, "--rank", "fast", "--min-score", "0")
    lines = run(*options, "--jsonl")
    assert lines.code == 0
    records = [json.loads(line) for line in lines.out.splitlines()]
    assert records == json.loads(run(*options, "--json").out)["hits"]


def test_lines_are_none_without_a_good_match(project, run) -> None:
    result = run("search", "quantum chromodynamics lattice", "--rank", "fast", "--jsonl")
    assert (result.code, result.out) == (1, "")
    assert "no good match" in result.err


def test_snippet_lines_cut_and_0_empties(project, run) -> None:
    options = ("search", "parse_memory", "--rank", "fast", "-k", "1", "--json")
    cut = json.loads(run(*options, "--snippet-lines", "2").out)["hits"][0]["snippet"]
    assert cut == "# How much a letter stands for.\n@functools.cache"
    empty = json.loads(run(*options, "--snippet-lines", "0").out)["hits"][0]
    assert empty["snippet"] == ""


def test_why_adds_one_key(project, run) -> None:
    result = run("search", QUERY, "--rank", "fast", "--json", "--why", "-k", "1")
    (hit,) = json.loads(result.out)["hits"]
    assert list(hit) == [*HIT, "why"]
    assert "cosine" in hit["why"]


def test_json_and_jsonl_exclude_each_other(project, run) -> None:
    result = run("search", QUERY, "--json", "--jsonl")
    assert (result.code, result.out) == (2, "")
    assert result.err == "diglot: --json and --jsonl: accepted is one of them\n"
