from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

QUERY = "parse a memory string"
FAST = ("--rank", "fast")
ALL = (*FAST, "--min-score", "0")
NONSENSE = "quantum chromodynamics lattice"


def paths(out: str) -> list[str]:
    """Paths of `path:line:text` lines, in their order, each once."""
    return list(dict.fromkeys(line.split(":")[0] for line in out.splitlines()))


def test_a_hit_is_a_line_of_path_line_and_declaration(project, run) -> None:
    result = run("search", QUERY, *FAST, "-k", "1")
    assert (result.code, result.err) == (0, "")
    # Not the comment or decorator that the unit begins with: the line that declares it.
    assert result.out == "src/memory.py:8:def parse_memory(text: str) -> int:\n"


def test_every_line_names_a_line_of_a_file(project, run) -> None:
    result = run("search", QUERY, *ALL, "--snippet-lines", "3")
    lines = [line for line in result.out.splitlines() if line != "--"]
    assert len(lines) > 6
    for line in lines:
        path, number, text = re.fullmatch(r"(.+?):(\d+):(.*)", line).groups()
        assert (project / path).read_text().splitlines()[int(number) - 1] == text


def test_the_best_hit_comes_first_and_top_k_limits(project, run) -> None:
    everything = run("search", QUERY, *ALL, "-k", "50").out.splitlines()
    two = run("search", QUERY, *ALL, "--top-k", "2").out.splitlines()
    assert len(everything) > 4
    assert two == everything[:2]


def test_hits_of_several_lines_are_parted_as_grep_does(project, run) -> None:
    result = run("search", QUERY, *ALL, "-k", "2", "--snippet-lines", "2")
    assert result.out.count("\n--\n") == 1


def test_snippet_lines_0_leaves_places_and_names(project, run) -> None:
    result = run("search", "parse_memory", *FAST, "-k", "1", "--snippet-lines", "0")
    assert result.out == "src/memory.py:8:parse_memory\n"


def test_without_a_good_match_the_closest_go_to_standard_error(project, run) -> None:
    result = run("search", NONSENSE, *FAST)
    assert (result.code, result.out) == (1, "")
    first, *closest, last = result.err.splitlines()
    assert first == "diglot: no good match; the closest:"
    assert (
        last
        == "diglot: not searched: 1 not a kind of file that is searched (.md 1) (see diglot status)"
    )
    assert 1 <= len(closest) <= 3
    assert set(paths("\n".join(closest))) <= {"src/memory.py", "src/sizes.py", *WEB}


WEB = ["web/cookie.js", "web/[id].js"]


def test_min_score_is_the_probability_from_which_hits_count(project, run) -> None:
    records = [json.loads(x) for x in run("search", QUERY, *ALL, "--jsonl").out.splitlines()]
    best, second = sorted((record["probability"] for record in records), reverse=True)[:2]
    assert best > second
    between = str((best + second) / 2)
    assert len(run("search", QUERY, *FAST, "--min-score", between).out.splitlines()) == 1
    above = run("search", QUERY, *FAST, "--min-score", str(best + 0.001))
    assert (above.code, above.out) == (1, "")
    assert "no good match; the closest:" in above.err


def test_language_filter(project, run) -> None:
    assert set(paths(run("search", QUERY, *ALL, "-t", "javascript").out)) == set(WEB)
    both = run("search", QUERY, *ALL, "-t", "javascript", "--lang", "Python").out
    assert set(paths(both)) == {"src/memory.py", "src/sizes.py", *WEB}


def test_a_filter_that_leaves_nothing_finds_nothing(project, run) -> None:
    for filters in (["-t", "rust"], ["-g", "*.java"], ["-g", "src", "-g", "!src"]):
        result = run("search", QUERY, *ALL, *filters)
        expected = "diglot: no good match\ndiglot: the filters leave none of 4 files to search\n"
        assert (result.code, result.out, result.err) == (1, "", expected)


def test_glob_filter(project, run) -> None:
    assert set(paths(run("search", QUERY, *ALL, "-g", "*.js").out)) == set(WEB)
    assert paths(run("search", QUERY, *ALL, "-g", "src", "-g", "!memory.py").out) == [
        "src/sizes.py"
    ]


def test_kind_filter(project, run) -> None:
    result = run("search", QUERY, *ALL, "--json", "--kind", "class", "--kind", "method")
    hits = json.loads(result.out)["hits"]
    assert {(hit["kind"], hit["symbol"]) for hit in hits} == {
        ("class", "Cache"),
        ("method", "Cache.evict"),
    }


def test_a_folder_is_searched_alone_and_named_from_here(project, run) -> None:
    result = run("search", QUERY, "web", *ALL)
    assert set(paths(result.out)) == set(WEB)


def test_several_paths_are_merged_by_probability(project, run) -> None:
    result = run("search", QUERY, "web", "src", *ALL, "--jsonl", "-k", "3")
    hits = [json.loads(line) for line in result.out.splitlines()]
    assert len(hits) == 3
    assert hits[0]["symbol"] == "parse_memory"
    chances = [hit["probability"] for hit in hits]
    assert chances == sorted(chances, reverse=True)


def test_overlapping_paths_give_a_hit_once(project, run) -> None:
    once = run("search", QUERY, ".", *ALL, "-k", "50").out.splitlines()
    twice = run("search", QUERY, ".", "src", "./src", *ALL, "-k", "50").out.splitlines()
    assert sorted(twice) == sorted(once)


def test_a_file_is_searched_alone_even_with_special_characters(project, run) -> None:
    assert paths(run("search", QUERY, "web/[id].js", *ALL).out) == ["web/[id].js"]
    both = run("search", QUERY, "src/sizes.py", "web/cookie.js", *ALL)
    assert set(paths(both.out)) == {"src/sizes.py", "web/cookie.js"}


def test_a_file_beside_its_folder_does_not_narrow_the_folder(project, run) -> None:
    result = run("search", QUERY, "src/sizes.py", "src", *ALL)
    assert set(paths(result.out)) == {"src/memory.py", "src/sizes.py"}


def test_globs_narrow_files_too(project, run) -> None:
    files = ("src/sizes.py", "web/cookie.js", "web/[id].js")
    assert paths(run("search", QUERY, *files, *ALL, "-g", "*.py").out) == ["src/sizes.py"]
    nothing = run("search", QUERY, *files[1:], *ALL, "-g", "*.py")
    assert (nothing.code, nothing.out) == (1, "")


def test_a_file_that_is_not_indexed_is_told_with_the_reason(project, run) -> None:
    (project / "src" / "data.py").write_bytes(b"\0\1\2" * 50)
    result = run("search", QUERY, "README.md", "src/data.py", "src/sizes.py", *ALL)
    assert paths(result.out) == ["src/sizes.py"]
    assert result.err.splitlines() == [
        "diglot: README.md is not indexed: not a kind of file that is searched",
        "diglot: src/data.py is not indexed: binary",
    ]


def test_an_empty_folder_is_nothing_to_search(project, run) -> None:
    (project / "empty").mkdir()
    result = run("search", QUERY, "empty", *FAST)
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines()[-1] == "diglot: there is nothing to search"


def test_a_package_is_found_by_name(project, run) -> None:
    package = project / "node_modules" / "left-pad"
    package.mkdir(parents=True)
    (package / "index.js").write_text("function leftPad(text, width) { return text; }\n")
    result = run("search", "leftPad", "-p", "left-pad", *FAST)
    assert result.code == 0
    assert paths(result.out) == ["node_modules/left-pad/index.js"]
    outside = run("search", "py_scanstring", "--package", "json", *FAST, "-k", "1")
    assert outside.code == 0
    assert re.match(r".+/json/decoder\.py:\d+:def py_scanstring", outside.out)
    assert Path(outside.out.split(":")[0]).is_absolute()


def test_edits_are_found_at_once(project, run) -> None:
    assert run("search", "rotateKeys", *FAST).code == 1
    (project / "web" / "keys.js").write_text("function rotateKeys(keys) { return keys; }\n")
    result = run("search", "rotateKeys", *FAST)
    assert (result.code, paths(result.out)[0]) == (0, "web/keys.js")
    (project / "web" / "keys.js").unlink()
    assert run("search", "rotateKeys", *FAST).code == 1


def test_why_shows_shares_that_add_up_to_the_score(project, run) -> None:
    text = run("search", QUERY, *FAST, "--why", "-k", "1").out.splitlines()
    assert re.fullmatch(r" +\+\d+\.\d\d = (\w+ [+-]\d+\.\d\d  )+\w+ [+-]\d+\.\d\d", text[1])
    for line in run("search", QUERY, *ALL, "--why", "--jsonl").out.splitlines():
        hit = json.loads(line)
        assert sum(hit["why"].values()) == pytest.approx(hit["score"], abs=0.05)


def test_a_query_in_a_script_unknown_to_the_model_is_matched_as_text(project, run) -> None:
    (project / "src" / "greek.py").write_text("def ανάλυση_μνήμης(κείμενο):\n    return 0\n")
    result = run("search", "ανάλυση μνήμης", *ALL, "-k", "1")
    assert result.out.startswith("src/greek.py:1:")
    assert "vocabulary does not cover this query" in result.err
    assert result.err.count("vocabulary") == 1


def test_the_source_tree_is_not_touched(project, run) -> None:
    def listing() -> list[tuple[str, int]]:
        return sorted((str(p), p.stat().st_mtime_ns) for p in [project, *project.rglob("*")])

    before = listing()
    run("search", QUERY, *FAST)
    assert listing() == before


def test_the_balanced_rank_is_the_default(project, run) -> None:
    result = run("search", QUERY, "--why", "--json", "-k", "1")
    best = json.loads(result.out)["hits"][0]
    assert best["symbol"] == "parse_memory"
    assert "encoder" in best["why"]
