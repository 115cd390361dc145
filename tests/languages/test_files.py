"""Files that are no plain source: components, pages, notebooks, code without a definition."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.languages.embedded import is_mere_markup
from diglot.languages.files import CutFile, cut_file, kind_of
from diglot.languages.notebooks import extract_notebook
from diglot.languages.plain import plain_languages
from diglot.languages.registry import all_languages


def found(cut: CutFile) -> dict[str, tuple[int, int]]:
    return {unit.symbol: (unit.start_line, unit.end_line) for unit in cut.units if unit.symbol}


def source_of(cut: CutFile, symbol: str) -> str:
    return next(
        source for unit, source in zip(cut.units, cut.sources, strict=True) if unit.symbol == symbol
    )


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


# Markup

TYPED = "function addUp(a: number, b: number): number {\n  return a + b\n}"
PLAIN = "function addUp(a, b) {\n  return a + b\n}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("A.vue", f'<template>\n<p/>\n</template>\n<script setup lang="ts">\n{TYPED}\n</script>\n'),
        ("A.vue", f"<script lang='ts' generic=\"T extends Set<U>\">\n{TYPED}\n</script>\n<p/>"),
        ("A.svelte", f"<SCRIPT context=module>\n{PLAIN}\n</SCRIPT>\n<h1>{{name}}</h1>\n"),
        ("A.astro", f"---\nimport x from 'x'\n{TYPED}\n---\n<html/>\n"),
        ("A.astro", f"<p/>\n<script>\n{TYPED}\n</script>\n"),
        ("a.html", f"<!-- <script>\nno() -->\n<script\n  type='module'>{PLAIN}</script>"),
        ("a.HTM", f'<p>x</p>\n<script type="text/javascript">\n{PLAIN}'),
        ("a.html.erb", f"<% x %>\n<script>\n{PLAIN}\n</script>\n"),
        ("a.jinja", f"{{% block x %}}\n<script>\n{PLAIN}\n</script>\n"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_scripts_are_cut_at_the_lines_of_the_whole_file(
    name: str, text: str, line_end: str
) -> None:
    first = line_of(text, "function addUp")
    cut = cut_file(name, text.replace("\n", line_end))
    assert found(cut) == {"addUp": (first, first + 2)}
    assert "return a + b" in source_of(cut, "addUp")


def test_what_is_no_script_is_in_windows() -> None:
    text = (
        '<template>\n  <b @click="buy">Buy</b>\n</template>\n<script>\nfunction f() {\n}\n'
        '</script>\n<script type="application/ld+json">\n{"price": 1}\n</script>\n'
        "<style>\n.cart {}\n</style>\n"
    )
    cut = cut_file("a.vue", text)
    windows = [unit for unit in cut.units if unit.kind == "window"]
    body = "\n".join(unit.body for unit in windows)
    assert all(part in body for part in ("@click", '"price"', ".cart"))
    assert "function" not in body
    assert [unit.start_line for unit in cut.units] == sorted(unit.start_line for unit in cut.units)


def test_each_script_has_its_language() -> None:
    text = (
        "<script>\nexport const load = (a) => {\n  return a\n}\n</script>\n"
        '<script lang="ts">\ninterface Row { id: number }\n</script>\n'
        '<script lang="coffee">\nf = (x) -> x\n</script>\n'
    )
    cut = cut_file("a.svelte", text)
    assert found(cut) == {"load": (2, 4), "Row": (7, 7)}
    assert any("f = (x) -> x" in unit.body for unit in cut.units if unit.kind == "window")


def test_documents_without_scripts_are_told_from_pages() -> None:
    assert is_mere_markup("<h1>Title</h1><script src='x.js'></script><!-- <script>f()", "html")
    for text in ("<script>f()</script>", "<p>{{ name }}</p>", "<b onclick='f()'>", "<% f() %>"):
        assert not is_mere_markup(text, "html")
    assert not is_mere_markup("<p/>", "vue")


@given(
    pieces=st.lists(
        st.sampled_from(
            [
                *("<script", "<script>", "</script>", "<!--", "-->", "---\n", ">", '"', "'"),
                *("/>", " lang=ts", "function f() {\n}\n", "\n", "x", "<"),
            ]
        ),
        max_size=25,
    )
)
def test_every_line_of_any_markup_is_in_a_unit(pieces: list[str]) -> None:
    text = "".join(pieces)
    for name in ("a.vue", "a.astro"):
        covered = {
            line
            for unit in cut_file(name, text).units
            for line in range(unit.start_line, unit.end_line + 1)
        }
        for number, line in enumerate(text.split("\n"), 1):
            assert "x" not in line or number in covered


def test_unclosed_markup_takes_no_quadratic_time() -> None:
    for part in ('<script "', "<script ", "<!--", "<script>", "<script lang='"):
        start = time.thread_time()
        cut_file("a.html", part * 10_000)
        assert time.thread_time() - start < 5


# Notebooks


def notebook(*cells: tuple[str, str], language: str = "python", indent: int | None = 1) -> str:
    document = {
        "cells": [
            {
                "cell_type": kind,
                "metadata": {},
                "outputs": [{"text": ["def noise():\n", "    pass\n"]}],
                "source": source.splitlines(keepends=True),
            }
            for kind, source in cells
        ],
        "metadata": {"kernelspec": {"language": language}},
        "nbformat": 4,
    }
    return json.dumps(document, indent=indent)


CELL = (
    '%matplotlib inline\ndef fit(x):\n    """Fit "it"."""\n    %time y = x\n    !ls\n    return x\n'
)


def test_cells_have_the_lines_of_the_file_and_the_text_of_the_author() -> None:
    text = notebook(("markdown", "# Title\nprose\n"), ("code", "import os\n"), ("code", CELL))
    cut = cut_file("a.ipynb", text)
    assert found(cut) == {"fit": (line_of(text, "def fit"), line_of(text, "return x"))}
    assert source_of(cut, "fit") == CELL.split("\n", 1)[1].rstrip("\n")
    (unit,) = (unit for unit in cut.units if unit.symbol)
    assert (unit.docs, unit.kind) == ('Fit "it".', "function")
    prose = cut.units[0]
    assert (prose.kind, prose.start_line) == ("window", line_of(text, "# Title"))
    assert not any("noise" in source for source in cut.sources)


@pytest.mark.parametrize("indent", [None, 0, 4])
def test_notebooks_in_any_layout(indent: int | None) -> None:
    text = notebook(("code", CELL), indent=indent)
    cut = cut_file("a.ipynb", text)
    assert found(cut) == {"fit": (line_of(text, "def fit"), line_of(text, "return x"))}
    one_string = json.dumps({"cells": [{"source": CELL, "cell_type": "code"}]}, indent=1)
    assert found(cut_file("a.ipynb", one_string)) == {"fit": (4, 4)}
    assert source_of(cut_file("a.ipynb", one_string), "fit").startswith("def fit(x):\n")


def test_notebooks_before_version_4() -> None:
    cells = [{"cell_type": "code", "input": ["def f(x):\n", "    return x"], "language": "python"}]
    assert found(cut_file("a.ipynb", json.dumps({"worksheets": [{"cells": cells}]}))) == {
        "f": (1, 1)
    }


@pytest.mark.parametrize(
    ("language", "cell", "symbol"),
    [
        ("typescript", "export function f(a: number) {\n  return a;\n}\n", "f"),
        ("C#", "class Row {\n  int Id() {\n    return 1;\n  }\n}\n", "Row.Id"),
        ("python", "%%bash\ngreet() {\n  echo hi\n}\n", "greet"),
        ("python", "%%time\ndef g(x):\n    return x\n", "g"),
        ("python", "x = !ls\ny = %timeit f()\ndef h(x):\n    return x\n", "h"),
    ],
)
def test_cells_in_languages(language: str, cell: str, symbol: str) -> None:
    cut = cut_file("a.ipynb", notebook(("code", cell), language=language))
    assert symbol in found(cut)


@pytest.mark.parametrize("language", ["julia", "R", "no such", ""])
def test_cells_of_other_languages_are_in_windows(language: str) -> None:
    cut = cut_file("a.ipynb", notebook(("code", "f <- function(x) x\n"), language=language))
    assert [unit.kind for unit in cut.units] == ["window"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "null", '{"cells": 1}', '{"cells": [1]}', '{"cells": [{}', "[" * 100_000),
        '{"cells": [{"cell_type": "code", "source": ' + "9" * 5000 + "}]}",
    ],
)
def test_what_is_no_notebook_is_a_text(text: str) -> None:
    assert extract_notebook(text) is None
    cut_file("a.ipynb", text)


LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)


@given(st.lists(st.lists(LINES.map(lambda line: line + "\n"), max_size=4), max_size=4))
def test_any_cell_stands_where_its_text_begins(cells: list[list[str]]) -> None:
    document = {
        "cells": [{"cell_type": "markdown", "source": source} for source in cells],
        "metadata": {},
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    lines = text.split("\n")
    for piece in extract_notebook(text) or []:
        assert 1 <= piece.unit.start_line <= piece.unit.end_line <= len(lines)
        first = next(char for char in piece.source if not char.isspace())
        assert json.dumps(first, ensure_ascii=False)[1:-1] in lines[piece.unit.start_line - 1]


# Other code


@pytest.mark.parametrize(
    ("name", "first_line", "kind"),
    [
        ("a.py", "", "python"),
        ("lib/a.DART", "", "dart"),
        ("q.sql", "", "sql"),
        ("Dockerfile", "", "dockerfile"),
        ("dir/CMakeLists.txt", "", "cmake"),
        ("plot", "#!/usr/bin/env Rscript", "r"),
        ("run", "#!/usr/bin/perl -w", "perl"),
        ("perl", "\x7fELF", None),
        ("notes.txt", "#!/usr/bin/perl", "perl"),
        ("notes.txt", "", None),
        ("data.json", "", None),
        ("README.md", "", None),
        ("b.ipynb", "", "notebook"),
        ("page.html", "", "html"),
    ],
)
def test_kinds_of_files(name: str, first_line: str, kind: str | None) -> None:
    assert kind_of(name, first_line) == kind


def test_plain_languages_are_not_those_with_definitions() -> None:
    defined = {language.name for language in all_languages()}
    assert not defined & set(plain_languages())
    assert list(plain_languages()) == sorted(plain_languages())


def test_code_without_a_definition_is_in_windows() -> None:
    text = "int add(int a) {\n  return a;\n}\n" * 50
    units = cut_file("a.dart", text).units
    assert {unit.kind for unit in units} == {"window"}
    assert units[0].start_line == 1
    assert units[-1].end_line == 150


@pytest.mark.parametrize(
    "source",
    [" " * 100_000 + "=x", "%a" * 50_000, "a." * 50_000, "!" + "\n" * 100_000, "a(" * 50_000],
)
def test_hostile_cells_take_no_quadratic_time(source: str) -> None:
    start = time.thread_time()
    cut_file("a.ipynb", notebook(("code", source)))
    assert time.thread_time() - start < 5


def test_what_follows_very_many_scripts_or_cells_is_in_windows() -> None:
    cut = cut_file("a.html", "<script>function f() {\n}</script>\n" * 510)
    assert sum(bool(unit.symbol) for unit in cut.units) == 500
    assert max(unit.end_line for unit in cut.units) == 1020
    cells = [("code", "def f():\n  pass")] * 4000
    cut = cut_file("a.ipynb", notebook(*cells))
    assert len(cut.units) == len(cells)
    assert (cut.units[0].kind, cut.units[-1].kind) == ("function", "window")
