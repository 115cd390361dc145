"""Parsing within bounds."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest

from diglot.languages import extract_units, language_named
from diglot.languages.base import query_of
from diglot.languages.extract import given_up
from diglot.languages.memory import resident_bytes
from diglot.languages.parse import find_captures, parse

PYTHON = language_named("python")


def test_parsing_leaves_no_memory_behind():
    line = "value = compute(first, second)  # and so on\n"
    parse(line.encode(), PYTHON)  # loads the grammar
    tracemalloc.start()
    try:
        for number in range(10):
            assert parse(f"x{number} = 1\n{line * 10_000}".encode(), PYTHON) is not None
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 100_000


def test_binary_data_and_garbage_are_given_up():
    assert parse(b"a = 1\0", PYTHON) is None
    assert parse(b"(" * 20_000, PYTHON) is None


FLOODS = (
    "/*\n",
    "%w(",
    "a<",
    "<a>",
    "{[(",
    "`${",
    "<<A\n",
    "#if A\n",
    '"""\n',
    "if ",
    "x ? ",
    "-> ",
)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are read on Linux")
@pytest.mark.parametrize("language", ["c", "csharp", "java", "haskell", "typescript"])
def test_memory_of_a_parse_is_bounded(language):
    for token in FLOODS:
        text = token * (15_000 // len(token))
        Path("/proc/self/clear_refs").write_text("5")
        held = resident_bytes()
        extract_units(text, language_named(language))
        status = Path("/proc/self/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
        assert peak - held < 512 << 20, token


def test_nesting_is_bounded_wherever_it_closes():
    java = language_named("java")
    assert parse(b"(" * 900 + b")" * 900, java) is not None
    assert parse(b"(" * 1_100 + b")" * 1_100, java) is None
    assert parse(b"()" * 5_000, java) is not None
    assert parse(b")" * 5_000 + b"()" * 5_000, java) is not None
    assert parse(b"a = b << c;" * 1_900, java) is not None


def test_what_is_given_up_can_be_told():
    java = language_named("java")
    assert given_up(extract_units("(" * 2_000, java))
    assert not given_up(extract_units("class A {}\n", java))
    assert not given_up(extract_units("int x = 1;\n" * 500, java))
    assert not given_up(extract_units("", java))


def test_long_names_are_read_whole():
    javascript = language_named("javascript")
    name = "x" * 1_000
    tree = parse(f'"{name}", it("{name}", () => {{}}); {name}.y = 1;'.encode(), javascript)
    assert tree.root_node.children[0].text == f'"{name}", it("{name}", () => {{}});'.encode()
    assert find_captures(tree, query_of(javascript))
