"""Function filters: what each keeps and drops."""

from __future__ import annotations

import pytest

from diglot.corpus.filters import FUNCTION_FILTERS
from diglot.languages import language_named
from diglot.languages.functions import read_functions

KEPT = [
    ("unparsable", "python", "def f(a):\n    b = a\n    return b\n"),
    ("few_lines", "python", "def f(a):\n    b = a\n    return b\n"),
    ("test", "python", "def latest(a):\n    return a\n"),
    ("test", "python", "def contest(a):\n    return a\n"),
    ("constructor", "python", "def initialize(a):\n    return a\n"),
    ("constructor", "rust", "impl A { fn new() -> A { A } }"),
    ("constructor", "java", "class A { int a() { return 1; } }"),
    ("standard_method", "python", "class A:\n    def __private(self):\n        return 1\n"),
    ("standard_method", "python", "def __getattr__(name):\n    return name\n"),
    ("standard_method", "java", "class A { int hash() { return 1; } }"),
]
DROPPED = [
    ("unparsable", "c", "int f() { return ) ( ; }"),
    ("few_lines", "python", 'def f(a):\n    """Long.\n\n    Docs.\n    """\n    return a\n'),
    ("test", "python", "def test_add():\n    assert 1\n"),
    ("test", "java", "class A { void canTestIt() { b(); } }"),
    ("test", "rust", "mod tests { fn adds() { b(); } }"),
    ("test", "javascript", "it('adds', () => { b(); });"),
    ("test", "ruby", "it 'adds' do\n  b\nend\n"),
    ("constructor", "python", "class A:\n    def __init__(self):\n        self.a = 1\n"),
    ("constructor", "java", "class A { A() { b(); } }"),
    ("constructor", "php", "<?php class A { function __construct() { b(); } }"),
    ("constructor", "ruby", "class A\n  def initialize\n    @b = 1\n  end\nend\n"),
    ("constructor", "javascript", "class A { constructor() { b(); } }"),
    ("constructor", "cpp", "class A { ~A() { b(); } };"),
    ("standard_method", "python", "class A:\n    def __str__(self):\n        return ''\n"),
    ("standard_method", "java", "class A { String toString() { return b; } }"),
    ("standard_method", "php", "<?php class A { function __get($a) { return $a; } }"),
    ("standard_method", "go", "package a\nfunc (a A) String() string { return b }"),
    ("standard_method", "ruby", "class A\n  def to_s\n    @b\n  end\nend\n"),
]


def keeps(name, language, code):
    language = language_named(language)
    (function,) = read_functions(code, language).functions
    return FUNCTION_FILTERS[name](function, language)


@pytest.mark.parametrize(("name", "language", "code"), KEPT)
def test_kept(name, language, code):
    assert keeps(name, language, code)


@pytest.mark.parametrize(("name", "language", "code"), DROPPED)
def test_dropped(name, language, code):
    assert not keeps(name, language, code)


def test_every_filter_is_tried():
    assert {name for name, *_ in KEPT} == {name for name, *_ in DROPPED} == set(FUNCTION_FILTERS)
