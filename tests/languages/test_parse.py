"""Parsing within bounds."""

from __future__ import annotations

import gc
import tracemalloc

from diglot.languages import language_named
from diglot.languages.base import query_of
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


def test_long_names_are_read_whole():
    javascript = language_named("javascript")
    name = "x" * 1_000
    tree = parse(f'"{name}", it("{name}", () => {{}}); {name}.y = 1;'.encode(), javascript)
    assert tree.root_node.children[0].text == f'"{name}", it("{name}", () => {{}});'.encode()
    assert find_captures(tree, query_of(javascript))
