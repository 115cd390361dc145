"""Summaries: cleaning, and what each filter keeps and drops."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.corpus.filters import SUMMARY_FILTERS, clean_summary
from diglot.languages import language_named
from diglot.languages.functions import read_functions

PYTHON = language_named("python")


def function(body="    a = 1\n    return a\n"):
    (found,) = read_functions("def f():\n    '''Docs.'''\n" + body, PYTHON).functions
    return found


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Plain words.", "Plain words."),
        ("See https://example.org/a_b.c?d=1 for\nmore.", "See for more."),
        ("Read the [manual](https://a.b/c) first.", "Read the manual first."),
        ("Returns <b>bold</b> <code>List&lt;T&gt;</code>.", "Returns bold List<T>."),
        ("Reads a List<String> of names.", "Reads a List<String> of names."),
        ("Uses {@link java.util.List#add(Object) add} now.", "Uses add now."),
        ("Gives {@code null} or {@link Page}.", "Gives null or Page."),
        ('Sets <see cref="T:System.Int32"/> of <paramref name="a"/>.', "Sets System.Int32 of a."),
        ("Calls :meth:`~a.b.Cache.get` or :class:`Page <a.Page>`.", "Calls a.b.Cache.get or Page."),
        ("Use ``x`` and `y` *now* and **then**.", "Use x and y now and then."),
        ("Returns [`Page`] of [this][1].", "Returns Page of this."),
        ("@brief Adds two numbers.", "Adds two numbers."),
        ("Adds numbers. @return the sum", "Adds numbers."),
        ("Adds \\c a to @p b.", "Adds a to b."),
        ("It\u2019s \u201cquoted\u201d\u00a0\u2026\u200b", 'It\'s "quoted" ...'),
        ("CafÃ© is openâ€™s", "Café is open's"),
        ("cafe\u0301", "café"),
        ("- Makes it.", "Makes it."),
        (
            "a * b * c and __init__ and snake_case_name",
            "a * b * c and __init__ and snake_case_name",
        ),
        ("", ""),
        ("[" * 1_000_000, ""),
    ],
)
def test_clean_summary(text, clean):
    assert clean_summary(text) == clean


@settings(max_examples=200, deadline=None, database=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_a_clean_summary_is_one_printable_line(text):
    clean = clean_summary(text)
    assert clean.isprintable()
    assert clean == clean.strip()


KEPT = [
    ("few_tokens", "Parse the header."),
    ("many_tokens", "word " * 256),
    ("unfinished", "Parse the header."),
    ("not_english", "Parse HTTP headers."),
    ("not_english", "Return the café's name."),
    ("not_english", "Delete the del statement of an os path."),
    ("boilerplate", "Set the deprecated flag of the option."),
    ("boilerplate", "Return the notes of the document."),
    ("boilerplate", "Insert a to-do into the list and return it."),
    ("boilerplate", "Override the configuration of the user with defaults."),
    ("licence", "Return the name of the licence."),
    ("code", "Return True if a > b (or both are 0)."),
    ("short_body", "Parse the header."),
]
DROPPED = [
    ("few_tokens", "Parse it."),
    ("few_tokens", "PAGE_RES_IT::restart_page"),
    ("many_tokens", "word " * 257),
    ("unfinished", "Does the following:"),
    ("not_english", "返回用户的名字和地址"),
    ("not_english", "Retourne la liste des éléments de la page."),
    ("not_english", "Gibt den Namen der Datei zurueck."),
    ("not_english", "Devuelve el nombre del usuario."),
    ("not_english", "Retorna uma lista com os nomes."),
    ("not_english", "Возвращает имя файла"),
    ("boilerplate", "See the base class for details."),
    ("boilerplate", "Inherited from Base."),
    ("boilerplate", "{@inheritDoc} "),
    ("boilerplate", "(non-Javadoc)"),
    ("boilerplate", "TODO: write this down."),
    ("boilerplate", "Auto-generated method stub"),
    ("boilerplate", "Deprecated: use that instead."),
    ("boilerplate", "Implements the Comparable interface."),
    ("boilerplate", "For internal use only."),
    ("boilerplate", "Default constructor of the class."),
    ("boilerplate", "Copied from the standard library."),
    ("licence", "Copyright 2020 by Somebody Else."),
    ("code", "return a + b;"),
    ("code", "foo.bar(a, b) -> int"),
    ("code", "x = compute(y)"),
    ("code", "if (a) { b }"),
    ("code", "=== a *** b --- c ==="),
]


@pytest.mark.parametrize(("name", "summary"), KEPT)
def test_kept(name, summary):
    assert SUMMARY_FILTERS[name](summary, function(), PYTHON)


@pytest.mark.parametrize(("name", "summary"), DROPPED)
def test_dropped(name, summary):
    assert not SUMMARY_FILTERS[name](summary, function(), PYTHON)


def test_short_bodies():
    keeps = SUMMARY_FILTERS["short_body"]
    assert not keeps("Return one.", function("    return 1\n"), PYTHON)
    assert keeps("Return one.", function("    a = 1\n    return a\n"), PYTHON)
    java = language_named("java")
    code = "class A { int f() {\n    return 1;\n  }\n}\n"
    (found,) = read_functions(code, java).functions
    assert not keeps("Return one.", found, java)


def test_every_filter_is_tried():
    tried = {name for name, _ in DROPPED} | {"short_body"}
    assert tried == {name for name, _ in KEPT} == set(SUMMARY_FILTERS)
