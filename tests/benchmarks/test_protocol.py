from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass

import pytest
from benchmarks.protocol import evaluate, load_queries, one_per_file, target_ranks
from benchmarks.report import markdown, report
from benchmarks.repositories import Repository
from benchmarks.runs import Location, Query, Run, Target

SPREAD = Repository("spread", "python", "https://example.org/o/spread.git", "a", "src")
WHOLE = Repository("whole", "go", "https://example.org/o/whole.git", "b")


@dataclass(frozen=True)
class LineSearch:
    """Every line that holds a word of the query, in the order of paths and lines."""

    name: str = "lines"

    def open(self, root):
        files = sorted(path for path in root.rglob("*") if path.is_file())

        def search(query, top_k):
            hits = [
                Location(file.relative_to(root).as_posix(), number, number)
                for file in files
                for number, line in enumerate(file.read_text().splitlines(), 1)
                if any(word in line for word in query.split())
            ]
            return hits[:top_k]

        return search

    def settings(self):
        return {"caches": os.environ["DIGLOT_CACHE_DIR"]} if self.name == "caches" else {}


@pytest.fixture
def benchmark_folders(tmp_path):
    """Two repositories with five annotated queries."""
    checkouts, data = tmp_path / "checkouts", tmp_path / "data"
    (checkouts / "spread" / "src").mkdir(parents=True)
    (checkouts / "spread" / "src" / "a.py").write_text("load\nload\nload\n")
    (checkouts / "spread" / "src" / "b.py").write_text("load\nsave\nsave\n")
    (checkouts / "whole").mkdir()
    (checkouts / "whole" / "c.go").write_text("open\nclose\n")
    annotations = {
        "spread": [
            annotation("load", ["src/b.py"], "semantic"),
            annotation("load", ["src/a.py"], "semantic", secondary=["b.py"]),
            annotation("save", [{"path": "src/b.py", "start_line": 3, "end_line": 9}], "symbol"),
        ],
        "whole": [annotation("close", ["c.go"], "symbol"), annotation("gone", ["c.go"], "symbol")],
    }
    (data / "annotations").mkdir(parents=True)
    for name, entries in annotations.items():
        (data / "annotations" / f"{name}.json").write_text(json.dumps(entries))
    return data, checkouts


def annotation(query, relevant, category, secondary=()):
    return {
        "query": query,
        "relevant": relevant,
        "secondary": list(secondary),
        "category": category,
    }


def measured(benchmark_folders, system):
    data, checkouts = benchmark_folders
    queries = load_queries(data, [SPREAD, WHOLE])
    return queries, evaluate(system, [SPREAD, WHOLE], queries, checkouts)


def test_scores_by_hand(benchmark_folders):
    _, run = measured(benchmark_folders, LineSearch())
    assert run.ranks == [[4], [1, 4], [2], [1], [math.inf]]
    two = 1 + 1 / math.log2(3)
    assert run.ndcg == pytest.approx(
        [1 / math.log2(5), (1 + 1 / math.log2(5)) / two, 1 / math.log2(3), 1, 0]
    )
    # One result a file: b.py rises to rank 2, but its first line is not in the wanted span.
    assert run.ndcg_one_per_file == pytest.approx([1 / math.log2(3), 1, 0, 1, 0])
    assert run.index_seconds.keys() == {"spread", "whole"}
    assert len(run.milliseconds) == 5


def test_queries_carry_what_the_reports_group_by(benchmark_folders):
    queries, _ = measured(benchmark_folders, LineSearch())
    assert [query.category for query in queries] == ["semantic"] * 2 + ["symbol"] * 3
    assert [query.language for query in queries] == ["python"] * 3 + ["go"] * 2
    assert queries[1].targets == (Target("src/a.py"), Target("b.py"))
    assert queries[2].targets == (Target("src/b.py", 3, 9),)


@pytest.mark.parametrize(
    ("path", "meets"),
    [
        ("src/json/parse.py", True),
        ("lib/src/json/parse.py", True),
        ("parse.py", True),
        ("arse.py", False),
        ("src/json/sparse.py", False),
        ("src/xml/parse.py", False),
    ],
)
def test_paths_match_at_their_ends_and_whole_parts(path, meets):
    ranks = target_ranks([Location(path, 1, 5)], [Target("src/json/parse.py")])
    assert ranks == [1 if meets else math.inf]


@pytest.mark.parametrize(
    ("start", "end", "meets"),
    [(1, 9, False), (1, 10, True), (12, 13, True), (20, 99, True), (21, 99, False)],
)
def test_spans_must_overlap(start, end, meets):
    ranks = target_ranks([Location("a.py", start, end)], [Target("a.py", 10, 20)])
    assert ranks == [1 if meets else math.inf]


def test_one_per_file_keeps_the_first_and_the_order():
    results = [Location(path, line, line) for line, path in enumerate("abacb", 1)]
    assert one_per_file(results) == [Location("a", 1, 1), Location("b", 2, 2), Location("c", 4, 4)]


def test_a_run_leaves_the_environment_as_it_was(benchmark_folders, monkeypatch):
    monkeypatch.setenv("DIGLOT_CACHE_DIR", "mine")
    monkeypatch.delenv("SEMBLE_CACHE_LOCATION", raising=False)
    measured(benchmark_folders, LineSearch())
    assert os.environ["DIGLOT_CACHE_DIR"] == "mine"
    assert "SEMBLE_CACHE_LOCATION" not in os.environ


def query(repository, category, language="python"):
    return Query(repository, language, category, "words", (Target("a.py"),))


def run(system, ndcg):
    return Run(
        system,
        {},
        index_seconds={"r": 0.5},
        ranks=[[math.inf] for _ in ndcg],
        ndcg=ndcg,
        ndcg_one_per_file=ndcg,
        milliseconds=[float(number) for number in range(len(ndcg))],
    )


PROVENANCE = {"protocol": "semble-dev/1", "versions": {}, "revision": "0" * 40, "hardware": "cpu"}


def test_report_means_and_pairs():
    queries = [query("r", "semantic"), query("r", "symbol"), query("s", "symbol", "go")]
    result = report([run("x", [1.0, 0.5, 0.0]), run("y", [0.5, 0.5, 0.5])], queries, PROVENANCE, 0)
    first = result["systems"][0]
    assert first["ndcg_at_10"]["mean"] == pytest.approx(0.5)
    assert first["mean_of_repositories"] == pytest.approx((0.75 + 0.0) / 2)
    assert {name: part["mean"] for name, part in first["by_category"].items()} == {
        "semantic": 1.0,
        "symbol": 0.25,
    }
    assert {name: part["mean"] for name, part in first["by_language"].items()} == {
        "python": 0.75,
        "go": 0.0,
    }
    assert first["query_milliseconds"]["p50"] == 1.0
    (pair,) = result["comparisons"]
    assert (pair["first"], pair["second"]) == ("x", "y")
    assert pair["ndcg_at_10"]["mean"] == pytest.approx(0.0)
    assert pair["by_category"]["semantic"]["mean"] == pytest.approx(0.5)
    assert pair["by_category"]["symbol"]["mean"] == pytest.approx(-0.25)


def test_report_resamples_repositories():
    queries = [query("r", "semantic")] * 50 + [query("s", "semantic")] * 50
    result = report([run("x", [1.0] * 50 + [0.0] * 50)], queries, PROVENANCE, 0)
    overall = result["systems"][0]["ndcg_at_10"]
    # Of two repositories either may be drawn twice, so the mean may be anything.
    assert (overall["low"], overall["mean"], overall["high"]) == (0.0, 0.5, 1.0)


def test_report_is_json_and_markdown(benchmark_folders):
    queries, found = measured(benchmark_folders, LineSearch())
    result = report([found], queries, PROVENANCE, seed=3)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["queries"][4]["ranks"] == {"lines": [None]}
    table = markdown(result)
    rows = [line for line in table.splitlines() if line.startswith("| lines |")]
    assert len(rows) == 1
    assert f"{result['systems'][0]['ndcg_at_10']['mean']:.3f}" in rows[0]
    assert "5 queries on 2 repositories" in table


def test_report_depends_on_the_seed_alone():
    queries = [query(f"r{number}", "semantic") for number in range(30)]
    scores = [number / 30 for number in range(30)]
    first, again, other = (report([run("x", scores)], queries, PROVENANCE, s) for s in (1, 1, 2))
    assert first == again
    assert first["systems"][0]["ndcg_at_10"] != other["systems"][0]["ndcg_at_10"]
