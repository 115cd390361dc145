"""Functions of a file: what is read off them, in every language."""

from __future__ import annotations

import itertools
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diglot.languages import all_languages, language_named, language_of
from diglot.languages.functions import read_functions

SAMPLES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "samples").iterdir())
    if path.suffix != ".units"
}
languages = pytest.mark.parametrize("language", all_languages(), ids=lambda item: item.name)
samples = pytest.mark.parametrize("name", SAMPLES)
quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
PIECES = st.sampled_from(
    [line + "\n" for text in SAMPLES.values() for line in text.split("\n")]
    + [*"(){}[]<>\"'`\\/*#@$%|-=:;,. \n\t\r", "\r\n", "/*", "/**", "*/", '"""', "\0", "日本", "𐐀"]
)


def read(code, language):
    return read_functions(textwrap.dedent(code).lstrip("\n"), language_named(language))


def only(code, language):
    (function,) = read(code, language).functions
    return function


def without(text, start, end, cuts):
    kept = [
        character
        for at, character in enumerate(text[start:end], start)
        if not any(first <= at < last for first, last in cuts)
    ]
    return "".join(kept)


def check(file):
    """Every span is of the text, and what is read off the text is where the spans say."""
    text = file.text
    lines = text.split("\n")
    for function in file.functions:
        start, end = function.start, function.end
        assert 0 <= start < end <= len(text)
        assert 1 <= function.start_line <= function.end_line <= len(lines)
        assert function.start_line == text.count("\n", 0, start) + 1
        assert function.code == without(text, start, end, function.cuts)
        assert function.kind in ("function", "method")
        spans = [function.signature_span, function.body_span, *function.cuts]
        for first, last in [*spans, *function.docstring_spans]:
            assert start <= first <= last <= end
        for span in function.docstring_spans:
            assert any(cut[0] <= span[0] and span[1] <= cut[1] for cut in function.cuts)
        assert all(left[1] < right[0] for left, right in itertools.pairwise(function.cuts))
        assert bool(function.docstring) == bool(function.docstring_spans)
        assert bool(function.docstring) == bool(function.docstring_style)
        assert function.docstring or not function.summary
        for identifier in function.identifiers:
            assert identifier.spans == sorted(set(identifier.spans))
            for first, last in identifier.spans:
                assert start <= first < last <= end
                assert text[first:last].lstrip("$@&:") == identifier.name.lstrip("$@&:")
        assert len(set(function.callees)) == len(function.callees)
        body_start, body_end = function.body_span
        assert all(name in text[body_start:body_end] for name in function.callees)
        for comment in function.comments:
            assert body_start <= comment.start < comment.end
            assert 1 <= comment.first_line <= comment.last_line <= function.end_line
    for docstring, at in file.docstrings:
        assert docstring
        assert 0 <= at < len(text)
    assert [at for _, at in file.docstrings] == sorted(at for _, at in file.docstrings)


@languages
@quick
@given(pieces=st.lists(PIECES, max_size=30))
def test_any_mixture_of_code(language, pieces):
    file = read_functions("".join(pieces), language)
    if file is not None:
        check(file)


@samples
def test_samples(name):
    file = read_functions(SAMPLES[name], language_of(name))
    check(file)
    assert file.functions or name.endswith((".h", ".hs"))


@samples
def test_line_ends_and_byte_order_mark_do_not_matter(name):
    text, language = SAMPLES[name], language_of(name)
    assert read_functions("\ufeff" + text.replace("\n", "\r\n"), language) == read_functions(
        text, language
    )


@samples
def test_wide_characters_do_not_shift_spans(name):
    text, language = SAMPLES[name], language_of(name)
    file = read_functions(text.replace("pages", "größe𐐀日本"), language)
    check(file)
    plain = [function.start_line for function in read_functions(text, language).functions]
    assert [function.start_line for function in file.functions] == plain


DOCSTRINGS = [
    (
        "python",
        '''
        def add(a, b):
            """Add two numbers, e.g. 1 and 2. More.

            Args:
                a: one.
            """
            return a + b
        ''',
        "google",
        "Add two numbers, e.g. 1 and 2.",
    ),
    (
        "python",
        '''
        def add(a, b):
            r"""
            Add
            numbers

            Parameters
            ----------
            a : int
            """
            return a + b
        ''',
        "numpy",
        "Add numbers",
    ),
    (
        "python",
        '''
        def add(a, b):
            """Add as in version 2.0 of numpy.add.

            :param a: one
            :returns: the sum
            """
        ''',
        "rest",
        "Add as in version 2.0 of numpy.add.",
    ),
    (
        "python",
        '''
        def add(a, b):
            """Add numbers.

            @param a: one
            """
        ''',
        "epydoc",
        "Add numbers.",
    ),
    (
        "java",
        """
        class A {
            /**
             * Adds two {@code int}s and returns.
             *
             * @param a one
             */
            @Deprecated
            int add(int a, int b) { return a + b; }
        }
        """,
        "javadoc",
        "Adds two {@code int}s and returns.",
    ),
    (
        "javascript",
        """
        /** @typedef {number} Size */

        /**
         * @description Adds two numbers.
         * @param {number} a one
         */
        // eslint-disable-next-line
        export function add(a, b) { return a + b; }
        """,
        "jsdoc",
        "Adds two numbers.",
    ),
    (
        "typescript",
        """
        // Adds two
        // numbers.
        const add = (a: number, b: number) => a + b;
        """,
        "plain",
        "Adds two numbers.",
    ),
    (
        "go",
        """
        package a

        // Add adds two numbers.
        // It never fails.
        //
        //go:noinline
        func Add(a, b int) int { return a + b }
        """,
        "godoc",
        "Add adds two numbers.",
    ),
    (
        "php",
        """
        <?php
        /**
         * Adds two numbers
         *
         * @return int
         */
        function add($a, $b) { return $a + $b; }
        """,
        "phpdoc",
        "Adds two numbers",
    ),
    (
        "ruby",
        """
        # Adds two numbers.
        #
        # @param a [Integer] one
        def add(a, b)
          a + b
        end
        """,
        "yard",
        "Adds two numbers.",
    ),
    (
        "c",
        """
        /**
         * add() - Adds two numbers.
         * @a: one
         */
        int add(int a, int b) { return a + b; }
        """,
        "doxygen",
        "Adds two numbers.",
    ),
    (
        "c",
        """
        /* Adds two numbers. */
        int add(int a, int b) { return a + b; }
        """,
        "plain",
        "Adds two numbers.",
    ),
    (
        "cpp",
        """
        /// \\brief Adds two numbers.
        /// \\param a one
        int add(int a, int b) { return a + b; }
        """,
        "doxygen",
        "Adds two numbers.",
    ),
    (
        "csharp",
        """
        class A {
            /// <summary>
            /// Adds two numbers.
            /// </summary>
            /// <param name="a">One.</param>
            int Add(int a, int b) { return a + b; }
        }
        """,
        "xmldoc",
        "Adds two numbers.",
    ),
    (
        "rust",
        """
        /// Adds two numbers.
        ///
        /// # Panics
        #[inline]
        fn add(a: i32, b: i32) -> i32 { a + b }
        """,
        "plain",
        "Adds two numbers.",
    ),
    (
        "kotlin",
        """
        /** Adds two numbers. */
        fun add(a: Int, b: Int): Int { return a + b }
        """,
        "javadoc",
        "Adds two numbers.",
    ),
]


@pytest.mark.parametrize(("language", "code", "style", "summary"), DOCSTRINGS)
def test_docstrings(language, code, style, summary):
    file = read(code, language)
    check(file)
    (function,) = file.functions
    assert (function.docstring_style, function.summary) == (style, summary)
    assert "add" in function.docstring.split("\n\n")[0].lower()
    assert "*" not in function.docstring
    assert "//" not in function.docstring
    assert "two" not in function.code
    assert ("noinline" in function.code) == ("noinline" in code)
    assert (function.docstring, function.docstring_spans[0][0]) in file.docstrings


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "# Adds numbers.\ndef add(a, b):\n    return a + b\n"),
        ("python", 'def add(a, b):\n    f"""Adds {a}."""\n    return a + b\n'),
        ("python", 'def add(a, b):\n    b"""Adds."""\n    return a + b\n'),
        ("javascript", "/** @fileoverview Adds. */\nfunction add(a, b) { return a + b; }\n"),
        ("go", "package a\n\n//go:noinline\nfunc Add(a, b int) int { return a + b }\n"),
        ("c", "/* Adds numbers. */\n\n\n\nint add(int a, int b) { return a + b; }\n"),
        ("c", "/* Copyright 2020 Somebody */\nint add(int a, int b) { return a + b; }\n"),
    ],
)
def test_what_is_no_docstring(language, code):
    function = only(code, language)
    assert (function.docstring, function.docstring_style, function.docstring_spans) == ("", "", [])
    assert function.cuts == []


def test_docstring_keeps_what_is_in_it():
    function = only(
        r'''
        def f():
            """First line.

            Examples
            --------
            >>> "a\\tb"
                'deeper\x41'
            """
            return 1
        ''',
        "python",
    )
    assert function.docstring == ("First line.\n\nExamples\n--------\n>>> \"a\\tb\"\n    'deeperA'")


def test_code_begins_with_the_declaration_where_a_docstring_is_cut_above():
    function = only(
        """
        class A {
            /** Adds. */
            @Override
            int add(int a) {
                return a;
            }
        }
        """,
        "java",
    )
    assert function.code == "@Override\n    int add(int a) {\n        return a;\n    }"


def test_lines_of_comments_are_cut_as_one():
    file = read(
        """
        impl A {
            /// Adds.
            ///
            /// Twice.
            fn add(&self) -> i32 {
                1
            }
        }
        """,
        "rust",
    )
    (function,) = file.functions
    assert function.code == "fn add(&self) -> i32 {\n        1\n    }"
    assert len(function.docstring_spans) == 3
    assert len(function.cuts) == 1


def test_docstrings_of_other_clauses_are_theirs():
    file = read(
        """
        defmodule A do
          @doc "Adds one."
          def add(a), do: a
          def add(nil) do
            1
          end
          @doc "Adds two."
          def add(a, b) do
            a + b
          end
        end
        """,
        "elixir",
    )
    check(file)
    (function,) = file.functions
    assert function.docstring == "Adds one."


def test_lines_of_comments_with_a_blank_line_between_are_cut_as_one():
    function = only("class A {\n    /// Adds.\n\n    /// Twice.\n    int a() { b(); }\n};\n", "cpp")
    assert function.docstring == "Adds.\nTwice."
    assert function.code.startswith("int a()")


def test_decorators_comments_and_long_signatures():
    file = read(
        '''
        # Why.
        @cache
        def add(
            a,  # one
            b=max(1, 2),
        ):  # noqa
            """Add."""
            return a + b  # done
        ''',
        "python",
    )
    (function,) = file.functions
    assert function.signature == "def add( a, b=max(1, 2), )"
    assert function.code.startswith("# Why.\n@cache\ndef add(")
    assert function.code.endswith("return a + b  # done")
    assert '"""' not in function.code
    start, end = function.body_span
    assert file.text[start:end].startswith("return a + b")
    assert function.callees == []


def test_qualified_names_and_nesting():
    file = read(
        """
        class Cache:
            def get(self, key):
                def miss():
                    x = 1
                    return x
                return miss()
        """,
        "python",
    )
    names = [(item.kind, item.qualified_name, item.name) for item in file.functions]
    assert names == [("method", "Cache.get", "get"), ("function", "Cache.get.miss", "miss")]
    cpp = only("int Cache::Page::size() const { return 1; }\n", "cpp")
    assert (cpp.qualified_name, cpp.name) == ("Cache.Page.size", "size")


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("c", "int add(int a, int b);\n"),
        ("c", "#define ADD(a, b) ((a) + (b))\n"),
        ("java", "interface A { int add(int a, int b); }\n"),
        ("typescript", "declare function add(a: number): number;\n"),
        ("rust", "trait A { fn add(a: i32) -> i32; }\nmacro_rules! add { () => {} }\n"),
        ("csharp", "interface A { int Add(int a); }\n"),
        ("php", "<?php interface A { function add($a); }\n"),
    ],
)
def test_what_has_no_body_is_no_function(language, code):
    assert read(code, language).functions == []


@pytest.mark.parametrize(
    ("language", "code", "callees"),
    [
        ("python", "def f(a=g()):\n    x(a.b.c(y()))\n    x()\n    return self.d\n", "x c y"),
        ("java", "class A { void f() { a.b(new C<D>(e())); b(); } }", "b C e"),
        ("javascript", "function f() { a.b(new C(d())); e`x`; }", "b C d e"),
        ("typescript", "function f(): void { a?.b<T>(new C()); }", "b C"),
        ("go", "package a\nfunc f() { a.B(c(), make([]int, 1)) }", "B c make"),
        ("php", "<?php function f() { a($b->c(), D::e(), new F()); }", "a c e F"),
        ("ruby", "def f\n  a(b.c(1))\n  D.new\nend", "a c new"),
        ("c", "int f(void) { return a(s->b(c())); }", "a b c"),
        ("cpp", "int f() { a::b(c<int>(), x.d()); auto p = new E(); }", "b c d E"),
        ("rust", "fn f() { a::b(c()); x.d(); println!(); e::<u8>(); }", "b c d println e"),
        ("csharp", "class A { void F() { a.B(new C()); D<int>(); e?.G(); } }", "B C D G"),
        ("kotlin", "fun f() { a.b(c()) }", "b c"),
        ("bash", "f() {\n  a | b\n}\n", "a b"),
        ("lua", "function f() a.b(c()) d:e() end", "b c e"),
    ],
)
def test_callees(language, code, callees):
    assert only(code, language).callees == callees.split()


def test_comments_describe_lines():
    function = only(
        """
        def f(a):
            b = 1  # trailing

            # First half
            # of a step.
            if a:
                # Inner.
                b = 2
            c = 3
            # Next.
            d = 4

            # About nothing.

            return d
        """,
        "python",
    )
    assert [(item.text, item.first_line, item.last_line) for item in function.comments] == [
        ("trailing", 2, 2),
        ("First half\nof a step.", 6, 9),
        ("Inner.", 8, 8),
        ("Next.", 11, 11),
        ("About nothing.", 13, 13),
    ]


def test_block_comments_describe_lines():
    function = only(
        """
        int f(int a) {
            /* Two
               lines. */
            a++;
            return g(/* in place */ a);
        }
        """,
        "c",
    )
    assert [(item.text, item.first_line, item.last_line) for item in function.comments] == [
        ("Two\nlines.", 4, 5),
        ("in place", 5, 5),
    ]


def test_identifiers_are_those_of_the_span():
    file = read("limit = 1\n\ndef f(a):\n    b = a + limit\n    return b\n", "python")
    names = {item.name: item.role for item in file.functions[0].identifiers}
    assert names["a"] == "parameter" or "a" not in names  # a caller may name it
    assert names["b"] == "variable"
    spans = next(item.spans for item in file.functions[0].identifiers if item.name == "b")
    assert [file.text[slice(*span)] for span in spans] == ["b", "b"]


def test_errors_are_seen_where_they_are():
    functions = read("int f() { return 1; }\n\nint g() { return ) ( ; }\n", "c").functions
    assert [(item.name, item.parses) for item in functions] == [("f", True), ("g", False)]


def test_a_header_in_cpp_says_so():
    file = read("namespace a { class B { int size() { return 1; } }; }\n", "c")
    assert file.language.name == "cpp"


def test_deeply_nested_code():
    depth = 3_000
    text = "def f(a):\n    return " + "(" * depth + "a" + ")" * depth + "\n"
    file = read_functions(text, language_named("python"))
    assert file is None or [item.name for item in file.functions] == ["f"]
    nested = (
        "".join("    " * level + f"def f{level}():\n" for level in range(90)) + "    " * 90 + "g()"
    )
    check(read_functions(nested, language_named("python")))


def test_fifty_megabytes_are_given_up():
    assert read_functions("x = 1\n" * 8_500_000, language_named("python")) is None


def test_docstrings_of_files_and_types():
    python = read('"""Of the file."""\n\nclass A:\n    """Of the type."""\n', "python")
    assert [text for text, _ in python.docstrings] == ["Of the file.", "Of the type."]
    go = read("// Package a adds.\npackage a\n\n// B is.\ntype B struct{}\n", "go")
    assert [text for text, _ in go.docstrings] == ["Package a adds.", "B is."]


def test_a_docstring_kept_apart():
    python = language_named("python")
    function = only("def f(a):\n    return a\n", "python")
    documented = function.with_docstring("Return it. Now.\n\n:param a: it", python)
    assert (documented.summary, documented.docstring_style) == ("Return it.", "rest")
    assert documented.code == function.code
