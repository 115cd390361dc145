from __future__ import annotations

import math

import pytest
from benchmarks.documentation import read_files, write_undocumented
from benchmarks.function_protocol import (
    Forecast,
    FunctionRun,
    evaluate,
    holds_function,
    is_function,
)
from benchmarks.function_queries import FunctionQuery, normalised, select_queries
from benchmarks.function_report import markdown, probability_report, report
from benchmarks.parts import Bm25, Static
from benchmarks.runs import Location

from diglot.languages import extract_units, language_named

PYTHON = '''\
# Licence and heading
"""What this module is about."""

LIMIT = 3  # most attempts


@decorated
def retry(call, attempts=LIMIT):
    """Call again until it succeeds.

    Waits longer each time.
    """
    # exponential
    for attempt in range(attempts):
        wait(2**attempt)
        call()


class Pool:
    """Keeps connections for later."""

    def documented_only(self):
        """Says what there is to say at length."""

    def borrow(self):
        """Take a connection out of the pool."""
        connection = self.free.pop()
        self.used.add(connection)
        return connection
'''
GO = """\
// Package pool keeps connections.
package pool

// Pool of connections.
type Pool struct {
	free []Conn // Those not in use.
}

// Borrow takes a connection out of the pool.
func (p *Pool) Borrow() Conn {
	c := p.free[0] // the oldest
	p.free = p.free[1:]
	return c
}

// Recycle hands every expired lease to its owner.
func (p *Pool) Recycle() {
	log("hands every expired lease to its owner")
	p.free = nil
	p.all = nil
}
"""
JAVA = """\
/* Licence. */
package pool;

/** Keeps connections. */
public class Pool {
    /** Those not in use. */
    private List<Conn> free;

    /**
     * Constructs a pool of the given size.
     */
    public Pool(int size) {
        this.free = new ArrayList<>(size);
        fill();
        start();
    }

    /**
     * Takes a connection out of the pool.
     *
     * @return the connection
     */
    @Nullable
    public Conn borrow() {
        /* oldest first */
        Conn c = free.get(0);
        free.remove(0);
        return c;
    }
}
"""
PHP = """\
<?php

/*
 * Licence.
 */

namespace Pool;

/**
 * Keeps connections.
 */
class Pool
{
    /**
     * Takes a connection out of the pool.
     */
    public function borrow(): Conn
    {
        // oldest first
        $c = array_shift($this->free);
        $this->used[] = $c;

        return $c;
    }
}
"""
SOURCES = {"python": ("pool.py", PYTHON), "go": ("pool.go", GO), "java": ("Pool.java", JAVA)}
SOURCES["php"] = ("Pool.php", PHP)


@pytest.fixture(params=SOURCES)
def parsed(request, tmp_path):
    name, text = SOURCES[request.param]
    (tmp_path / name).write_text(text)
    (tmp_path / "notes.rb").write_text("# Another language\n")
    (file,) = read_files(tmp_path, request.param)
    return file


def test_documentation_goes_and_every_line_stays_where_it_was(parsed):
    text = SOURCES[parsed.language.name][1]
    stripped = parsed.undocumented()
    for word in (
        "Licence",
        "connections",
        "connection out",
        "not in use",
        "Says what",
        "attempts\n",
    ):
        assert word not in stripped
    assert any(kept in stripped for kept in ("exponential", "oldest"))
    before, after = text.split("\n"), stripped.split("\n")
    assert len(after) == len(before)
    code = [number for number, line in enumerate(after) if line.strip(' "')]
    assert all(before[number].startswith(after[number]) for number in code)


def test_what_is_left_has_the_same_functions_without_documentation(parsed):
    language = language_named(parsed.language.name)
    before = extract_units(SOURCES[language.name][1], language)
    after = extract_units(parsed.undocumented(), language)
    named = [(unit.symbol, unit.kind, unit.end_line) for unit in before if unit.symbol]
    assert [(unit.symbol, unit.kind, unit.end_line) for unit in after if unit.symbol] == named
    assert not any(unit.docs for unit in after)


def test_queries_are_told_functions_that_the_tree_does_not_give_away(parsed):
    chosen = select_queries("pool", [parsed], 10, seed=0)
    symbols = {query.symbol for query in chosen.queries}
    assert symbols == {"python": {"retry", "Pool.borrow"}, "go": {"Pool.Borrow"}}.get(
        parsed.language.name, {"Pool.borrow"}
    )
    assert chosen.leaked == (parsed.language.name == "go")
    lines = parsed.undocumented().split("\n")
    for query in chosen.queries:
        name = query.symbol.rpartition(".")[2]
        assert f"{name}(" in lines[query.code_line - 1]
        assert lines[query.end_line - 1].strip() in ("}", "return connection", "call()")
        assert normalised(query.text) not in normalised("\n".join(lines))


def test_sharing_a_word_counts_forms_of_it_in_path_and_symbol(tmp_path):
    body = "\n    a()\n    b()\n    c()\n"
    (tmp_path / "store.py").write_text(
        f'def take():\n    """Takes items out of it."""{body}\n\n'
        f'def put():\n    """Keep things for later use."""{body}\n\n'
        f'def drop():\n    """Forget what was stored."""{body}'
    )
    queries = select_queries("r", read_files(tmp_path, "python"), 10, seed=0).queries
    shares = {query.symbol: query.shares_word for query in queries}
    assert shares == {"take": True, "put": False, "drop": True}


def test_limit_takes_a_prefix_and_adds_those_without_shared_words(tmp_path):
    functions = (
        f'def {name}():\n    """{text}"""\n    a()\n    b()\n    c()\n'
        for name, text in [
            *((f"walk{letter}", f"Walk along the {letter}{letter} road.") for letter in "abcdef"),
            ("other", "Nothing in common here."),
        ]
    )
    (tmp_path / "m.py").write_text("\n".join(functions))
    files = read_files(tmp_path, "python")
    everything = select_queries("r", files, 10, seed=1).queries
    few = select_queries("r", files, 2, seed=1).queries
    assert few[:2] == everything[:2]
    assert len(everything) == 7
    assert [query.symbol for query in few if not query.shares_word] == ["other"]
    assert [query.is_sampled for query in few[:2]] == [True, True]


def query(**changes):
    values = {
        "repository": "r",
        "text": "walk the tree",
        "path": "a.py",
        "symbol": "walk",
        "start_line": 11,
        "code_line": 12,
        "end_line": 20,
        "shares_word": True,
    }
    return FunctionQuery(**(values | changes))


@pytest.mark.parametrize(
    ("span", "is_it", "holds_it"),
    [
        ((11, 20), True, True),
        ((11, 15), True, True),
        ((11, 14), False, True),
        ((16, 20), True, False),
        ((1, 20), True, True),
        ((1, 21), False, True),
        ((21, 30), False, False),
        ((1, 5), False, False),
    ],
)
def test_a_result_is_right_by_half_of_the_union_of_lines(span, is_it, holds_it):
    assert is_function(Location("a.py", *span), query()) is is_it
    assert holds_function(Location("a.py", *span), query()) is holds_it
    assert not is_function(Location("b.py", *span), query())
    assert not holds_function(Location("b.py", *span), query())


@pytest.mark.parametrize("system", [Bm25(), Static()], ids=lambda system: system.name)
def test_parts_of_diglot_find_a_function_by_its_code(system, tmp_path, monkeypatch):
    monkeypatch.setenv("DIGLOT_CACHE_DIR", str(tmp_path / "cache"))
    source, searched = tmp_path / "source", tmp_path / "searched"
    source.mkdir()
    (source / "pool.py").write_text(PYTHON)
    files = read_files(source, "python")
    write_undocumented(files, searched)
    queries = select_queries("pool", files, 10, seed=0).queries
    run = evaluate(system, {"pool": searched}, queries)
    ranks = dict(zip((query.symbol for query in queries), run.ranks, strict=True))
    assert ranks["Pool.borrow"] <= 2
    assert run.settings == system.settings()


def test_report_shows_columns_differences_and_what_was_not_found():
    queries = [query(), query(shares_word=False), query(shares_word=False, is_sampled=False)]
    first = FunctionRun("one", {}, [1.0, 2.0, math.inf], [1.0, 1.0, math.inf])
    second = FunctionRun("two", {}, [2.0, 2.0, 1.0], [2.0, 2.0, 1.0])
    provenance = {
        "protocol": "p/1",
        "versions": {"numpy": "2"},
        "revision": "abc",
        "hardware": "a machine",
        "seed": 0,
        "repositories": [
            {"name": "r", "asked": 2, "no_shared_word": 2},
            {"name": "without functions", "asked": 0, "no_shared_word": 0},
        ],
    }
    result = report([second, first], queries, {}, provenance, seed=0)
    one = result["systems"][1]
    assert one["all"]["mrr"]["mean"] == pytest.approx(0.75)
    assert one["all"]["mrr_lax"]["mean"] == pytest.approx(1.0)
    assert one["no_shared_word"]["mrr"]["mean"] == pytest.approx(0.25)
    (pair,) = result["comparisons"]
    assert pair["all"]["mrr"]["mean"] == pytest.approx(0.25)
    assert pair["no_shared_word"]["mrr"]["mean"] == pytest.approx(-0.5)
    assert result["queries"][2]["ranks"] == {"one": None, "two": 1}
    table = markdown(result)
    assert "| one | 0.750 [" in table
    assert "| one - two | +0.250 [" in table


def test_probabilities_are_judged_by_repository_and_by_first_hit():
    queries = [query(), query(repository="other")]
    forecasts = [
        Forecast(0, "r", 0.9, is_right=True),
        Forecast(1, "r", 0.2, is_right=False),
        Forecast(0, "other", 0.1, is_right=False),
        Forecast(1, "other", 0.6, is_right=False),
    ]
    judged = probability_report(forecasts, queries, threshold=0.15)
    assert judged["auroc"] == 1.0
    assert judged["refused"] == {
        "answerable": 0.0,
        "answerable_first_hit_right": 0.0,
        "unanswerable": 0.5,
    }
    assert judged["brier"]["own"] == pytest.approx((0.1**2 + 0.6**2) / 2)
    assert [part["count"] for part in judged["reliability"]["own"]] == [1, 1]
