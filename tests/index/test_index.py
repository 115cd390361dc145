from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from diglot.errors import InputError
from diglot.index import Index
from diglot.index.answer import Answer

CACHE = '''"""A cache on disk."""


class Cache:
    """Keeps values under keys."""

    def get_item(self, key):
        """Return the value kept under a key."""
        return self.values[key]

    def set_item(self, key, value):
        """Keep a value under a key."""
        self.values[key] = value
'''
MEMORY = '''def parse_memory(text):
    """Read sizes such as 512m as a number of bytes."""
    return int(text[:-1]) * 1024 ** "kmg".index(text[-1])
'''
CHINESE = '''def f(x):
    """解析内存大小字符串"""
    return int(x)


def g(x):
    """把配置写入文件"""
    open("a").write(x)
'''
RUST = "/// Opens the log file.\npub fn open_log(path: &str) -> File { File::open(path) }\n"


@pytest.fixture
def project(write: Callable[..., Path], root: Path) -> Path:
    write("src/cache.py", CACHE)
    write("src/memory.py", MEMORY)
    write("src/chinese.py", CHINESE)
    write("src/log.rs", RUST)
    write("tests/test_memory.py", "def test_parse_memory():\n    assert parse_memory('1k')\n")
    return root


@pytest.fixture
def index(project: Path, open_index: Callable[[], Index]) -> Index:
    return open_index()


def ask(index: Index, query: str, **options: object) -> Answer:
    return index.answer(query, rank="fast", **options)  # type: ignore[arg-type]


def symbols(index: Index, query: str, **options: object) -> list[str]:
    return [hit.symbol for hit in ask(index, query, **options).hits]


# What is found


@pytest.mark.parametrize(
    ("query", "symbol"),
    [
        ("where do we parse memory strings like 512m", "parse_memory"),
        ("parse_memory", "parse_memory"),
        ("Cache.get_item", "Cache.get_item"),
        ("Cache::set_item", "Cache.set_item"),
        ("the class that keeps values", "Cache"),
        ("open the log file", "open_log"),
        ("return int(text[:-1]) * 1024", "parse_memory"),
    ],
)
@pytest.mark.parametrize("rank", ["fast", "balanced"])
def test_finds_the_unit_that_answers(index: Index, query: str, symbol: str, rank: str) -> None:
    hit = index.search(query, rank=rank)[0]  # type: ignore[arg-type]
    assert hit.symbol == symbol
    assert hit.probability is not None
    assert 0 < hit.probability < 1


def test_a_hit_says_where_and_what_it_is(index: Index) -> None:
    (hit,) = index.search("parse_memory", 1, rank="fast")
    assert (hit.path, hit.start_line, hit.end_line) == ("src/memory.py", 1, 3)
    assert (hit.symbol, hit.kind, hit.language) == ("parse_memory", "function", "python")
    assert hit.snippet.rstrip("\n") == MEMORY.rstrip("\n")


def test_lines_of_snippets_are_those_of_the_file(
    write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    lines = [
        "import a\f",
        "x = 'b\u2028c'\x0b",
        "\x1c",
        "def parse_text(t):",
        "    return\x85 t",
        "",
    ]
    write("a.py", "\n".join(lines))
    write("b.py", "\r\n".join(["import a", "", "def write_text(t):", "    return t", ""]))
    index = open_index()
    (hit,) = index.search("parse_text", 1, rank="fast")
    assert (hit.start_line, hit.end_line) == (4, 5)
    assert hit.snippet.split("\n")[:2] == lines[3:5]
    (hit,) = index.search("write_text", 1, rank="fast")
    assert (hit.start_line, hit.end_line) == (3, 4)
    assert hit.snippet.splitlines()[0] == "def write_text(t):"


def test_search_and_answer_agree(index: Index) -> None:
    explained = ask(index, "parse memory")
    assert explained.hits == index.search("parse memory", rank="fast")
    assert len(explained.contributions) == len(explained.hits)
    first = explained.hits[0]
    assert sum(explained.contributions[0].values()) == pytest.approx(first.score, abs=1e-4)
    assert explained.verdict == "good match"
    assert explained.not_searched == ""


def test_hits_come_best_first_and_no_more_than_asked_for(index: Index) -> None:
    hits = index.search("memory", 50, rank="fast")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({(hit.path, hit.start_line, hit.symbol) for hit in hits}) == len(hits)
    assert index.search("memory", 2, rank="fast") == hits[:2]


def test_chinese_finds_a_function_by_its_comment(index: Index) -> None:
    for query, symbol in [("内存", "f"), ("在哪里解析内存大小", "f"), ("写入配置文件", "g")]:
        result = ask(index, query)
        assert result.hits[0].symbol == symbol
        assert "vocabulary" in result.notes[0]


@pytest.mark.parametrize("query", ["где разбираем память", "解析", "メモリを読む"])
def test_what_the_model_cannot_read_is_ranked_by_text_and_says_so(index: Index, query: str) -> None:
    fast = ask(index, query)
    assert len(fast.notes) == 1
    assert "vocabulary does not cover" in fast.notes[0]
    assert index.answer(query, rank="balanced") == fast


def test_mixed_queries_are_put_to_the_model(index: Index) -> None:
    assert ask(index, "parse memory size 解析").notes == []


def test_searching_needs_no_source_tree(index: Index, project: Path) -> None:
    expected = index.search("parse memory", rank="fast")
    shutil.rmtree(project)
    assert index.search("parse memory", rank="fast") == expected
    assert expected[0].snippet.startswith("def parse_memory")
    assert index.related("src/memory.py", 1)
    with pytest.raises(InputError, match="project"):
        index.refresh()


# Verdicts


def test_the_verdict_depends_on_no_number_of_hits(index: Index) -> None:
    for query in ("parse memory", "quantum chromodynamics", "parse_memory", "内存", "log"):
        for rank in ("fast", "balanced"):
            answers = [
                index.answer(query, top_k, rank=rank)  # type: ignore[arg-type]
                for top_k in (1, 3, 10, 200)
            ]
            assert len({answer.verdict for answer in answers}) == 1
            longest = answers[-1].hits
            for answer in answers:
                assert answer.hits == longest[: len(answer.hits)]
                assert len(answer.contributions) == len(answer.hits)


def test_neither_scores_nor_probabilities_ascend(index: Index) -> None:
    for query in ("parse memory", "keep a value", "Cache", "a", "open the log file"):
        for rank in ("fast", "balanced"):
            hits = index.search(query, 200, rank=rank)  # type: ignore[arg-type]
            for values in ([hit.score for hit in hits], [hit.probability or 0 for hit in hits]):
                assert values == sorted(values, reverse=True)


def test_the_verdict_is_whether_the_first_hit_reaches_the_threshold(index: Index) -> None:
    for query in ("parse_memory", "quantum chromodynamics lattice"):
        answer = ask(index, query)
        reached = (answer.hits[0].probability or 0) >= index.threshold("fast")
        assert answer.verdict == ("good match" if reached else "no good match")
    assert ask(index, "parse_memory").verdict == "good match"
    assert ask(index, "quantum chromodynamics lattice").verdict == "no good match"


def test_where_filters_leave_nothing_there_is_nothing_to_search(index: Index) -> None:
    for filters in ({"globs": ["nothing"]}, {"kinds": ["trait"]}, {"languages": ["go"]}):
        answer = ask(index, "parse memory", **filters)
        assert (answer.verdict, answer.hits) == ("nothing to search", [])
        assert answer.not_searched


# Filters


def test_filters_leave_only_what_they_name(index: Index) -> None:
    everything = ask(index, "memory log", top_k=50).hits
    assert len(everything) == index.state.units
    for hits, expected in [
        (ask(index, "memory log", top_k=50, languages=["rust"]).hits, {"src/log.rs"}),
        (ask(index, "memory log", top_k=50, languages=["Rust", "rust"]).hits, {"src/log.rs"}),
        (ask(index, "memory log", top_k=50, globs=["tests"]).hits, {"tests/test_memory.py"}),
        (ask(index, "memory log", top_k=50, globs=["*.py", "!src"]).hits, {"tests/test_memory.py"}),
        (ask(index, "memory log", top_k=50, globs=["nothing"]).hits, set()),
        (ask(index, "memory log", top_k=50, globs=["*.py"], languages=["rust"]).hits, set()),
        (ask(index, "内存", globs=["*.rs"]).hits, set()),
    ]:
        assert {hit.path for hit in hits} == expected
    for kind in ("class", "method"):
        kinds = {hit.kind for hit in ask(index, "memory log", top_k=50, kinds=[kind]).hits}
        assert kinds == {kind}
    assert ask(index, "memory log", kinds=["trait"]).hits == []


@pytest.mark.parametrize(
    "glob", ["!", "\\", "[z-a]", "[", "/", "", "\0", "\udc80", "**", "a" * 9999]
)
def test_any_glob_is_taken(index: Index, glob: str) -> None:
    assert {hit.path for hit in ask(index, "parse", globs=[glob]).hits} <= {
        entry.path for entry in index.view.catalogue.files
    }


def test_a_kind_is_found_among_many_units_of_another(
    write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    functions = "\n".join(f"def parse_text_{n}(text):\n    return text\n" for n in range(300))
    write("a.py", functions)
    others = "\n".join(f"    letter_{n} = customer(sign, send)" for n in range(20))
    write("b.py", f"class Reader:\n{others}\n    x = parse\n")
    index = open_index()
    assert "Reader" not in symbols(index, "parse text", top_k=50)
    assert symbols(index, "parse text", kinds=["class"]) == ["Reader"]
    assert symbols(index, "解析 parse", kinds=["class"]) == ["Reader"]


# Requests that cannot be answered


@pytest.mark.parametrize("query", ["", " ", "\n\t ", "\u3000"])
def test_an_empty_query_is_refused(index: Index, query: str) -> None:
    with pytest.raises(InputError, match="query"):
        index.search(query)


@pytest.mark.parametrize("query", ["!!!", "()", "_", "->", "\0", "\udc80", "🙂"])
def test_a_query_without_words_finds_nothing_and_says_so(index: Index, query: str) -> None:
    for rank in ("fast", "balanced"):
        result = index.answer(query, rank=rank)  # type: ignore[arg-type]
        assert result.hits == []
        assert len(result.notes) == 1
        assert "no words" in result.notes[0]


@pytest.mark.parametrize("query", ["parse\0memory", "parse \udc80 memory", "\ud800parse memory"])
@pytest.mark.parametrize("rank", ["fast", "balanced"])
def test_odd_characters_in_a_query_are_no_obstacle(index: Index, query: str, rank: str) -> None:
    assert index.search(query, rank=rank)[0].symbol == "parse_memory"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        "parse memory " * 8_000,
        "p" * 100_000,
        "::".join("a" * 33_000),
        "parse memory " + "(" * 99_000,
    ],
    ids=["words", "one word", "symbol", "brackets"],
)
@pytest.mark.parametrize("rank", ["fast", "balanced"])
def test_the_longest_queries_are_answered_soon(index: Index, query: str, rank: str) -> None:
    start = time.process_time()
    hits = index.search(query, rank=rank)  # type: ignore[arg-type]
    assert time.process_time() - start < 5
    if "memory" in query:
        assert hits[0].symbol == "parse_memory"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top_k": 0}, "top_k 0: accepted are whole numbers from 1"),
        ({"top_k": -3}, "top_k -3: accepted"),
        ({"rank": "best"}, "rank best: no reranker is installed; accepted are fast and balanced"),
        ({"rank": "slow"}, "rank 'slow': accepted are fast and balanced"),
        ({"languages": ["klingon"]}, "'klingon'; accepted: .*python"),
        ({"kinds": ["thing"]}, "kind 'thing': accepted are .*function"),
        ({"kinds": ["function", "\udc80"]}, "accepted are .*function"),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_accepted(
    index: Index, options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        index.answer("parse", **options)  # type: ignore[arg-type]


# Related code


def test_related_code_is_the_most_alike_without_the_unit_itself(index: Index) -> None:
    hits = index.related("src/cache.py", 8)  # in get_item
    assert hits[0].symbol == "Cache.set_item"
    assert all(hit.probability is None for hit in hits)
    assert "Cache.get_item" not in [hit.symbol for hit in hits]
    assert not any(hit.symbol == "Cache" for hit in hits)  # which holds the method
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert index.related("src/cache.py", 8, top_k=1) == hits[:1]


def test_related_code_is_that_of_the_innermost_unit(index: Index) -> None:
    assert "Cache.get_item" in [hit.symbol for hit in index.related("src/cache.py", 12)]
    of_class = index.related("src/cache.py", 5)  # the docstring of the class
    assert not any(hit.path == "src/cache.py" and hit.kind == "method" for hit in of_class)


@pytest.mark.parametrize(
    ("path", "line", "message"),
    [
        ("src/cache.py", 0, "src/cache.py:0: no code at this line"),
        ("src/cache.py", -1, "no code at this line"),
        ("src/cache.py", 10**9, "no code at this line"),
        ("src/nothing.py", 1, "src/nothing.py: no such file in the index"),
        ("", 1, "no such file in the index"),
        ("../cache.py", 1, "no such file in the index"),
        ("\udc80", 1, "no such file in the index"),
    ],
)
def test_a_line_without_code_has_nothing_related(
    index: Index, path: str, line: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        index.related(path, line)


def test_related_refuses_to_return_no_hits(index: Index) -> None:
    with pytest.raises(InputError, match="top_k 0"):
        index.related("src/cache.py", 8, top_k=0)


def test_a_lone_unit_has_nothing_related(
    write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    write("a.py", "def parse(): pass\n")
    assert open_index().related("a.py", 1) == []


# State


def test_the_state_counts_what_is_there(index: Index) -> None:
    state = index.state
    assert (state.fresh, state.pending, state.files) == (True, 0, 5)
    assert state.languages == {"python": 4, "rust": 1}
    assert state.units == len(index.search("a", 50, rank="fast"))
    assert state.model == "static"
    files = [file for file in state.folder.rglob("*") if file.is_file()]
    assert state.size_bytes == sum(file.stat().st_size for file in files) > 0
