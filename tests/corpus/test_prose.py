"""Paragraphs of documents and docstrings."""

from __future__ import annotations

import pytest

from diglot.corpus.prose import docstring_paragraphs, prose_source, read_prose

PARAGRAPH = "This paragraph says what the library does for you."


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("README", "readme"),
        ("lib/readme.md", "readme"),
        ("docs/guide.rst", "documentation"),
        ("guide.md", "documentation"),
        ("doc/notes_on_use.txt", "documentation"),
        ("LICENSE.md", None),
        ("CHANGELOG.rst", None),
        ("docs/AUTHORS.txt", None),
        ("requirements.txt", None),
        ("data/words.txt", None),
        ("src/a.py", None),
        ("Makefile", None),
    ],
)
def test_prose_source(path, source):
    assert prose_source(path) == source


MARKDOWN = f"""---
title: A library of some words here
---
# The heading of this whole document is long

[![build](https://a.b/c.svg)](https://a.b)

{PARAGRAPH} Read the
[manual](https://a.b) and `run` **it** now.

| a table | of some | words here |
| --- | --- | --- |
| one two | three four | five six |

```
code that is not any prose at all
```

    more code that is not any prose

- An item of a list that says something.
- short

> A quotation is also prose that people read.

<p align="center">HTML is left out of all of this</p>

Copyright 2020 by the authors of this library.

Ce paragraphe est une phrase pour les lecteurs de la documentation.
"""

REST = f"""
The heading of this whole document is long
==========================================

.. image:: a.png
   :alt: words of an image that nobody reads

.. note:: This is text of a directive, left out.

   And its body is left out as well here.

{PARAGRAPH} Read
:ref:`the manual <manual>` and ``run`` `it <https://a.b>`_ now::

    code that is not any prose at all

:field: with a body that is not prose here

+-----+-----+
| one | two |
+-----+-----+

* An item of a list that says
  something.
* short

>>> print("a doctest is not prose at all")
"""


@pytest.mark.parametrize(
    ("path", "text", "paragraphs"),
    [
        (
            "README.md",
            MARKDOWN,
            [
                f"{PARAGRAPH} Read the manual and run it now.",
                "An item of a list that says something.",
                "A quotation is also prose that people read.",
            ],
        ),
        (
            "docs/a.rst",
            REST,
            [
                f"{PARAGRAPH} Read the manual and run it now:",
                "An item of a list that says something.",
            ],
        ),
        ("README", f"\n{PARAGRAPH}\n\n    indented code is left out here\n", [PARAGRAPH]),
        ("README.md", "", []),
        ("README.md", "x " * 20_000, []),
    ],
)
def test_read_prose(path, text, paragraphs):
    assert read_prose(path, text) == paragraphs


@pytest.mark.parametrize(
    ("docstring", "paragraphs"),
    [
        (PARAGRAPH, [PARAGRAPH]),
        (
            f"Short.\n\n{PARAGRAPH}\n\nArgs:\n    a: the first of all of the numbers.\n\n"
            "    b: the second of all of the numbers.\n\nAnd this comes after it all.",
            [PARAGRAPH, "And this comes after it all."],
        ),
        (
            f"{PARAGRAPH}\n\nParameters\n----------\na : int\n    First of all the numbers.\n\n"
            "b : int\n    Second of all the numbers.\n\n"
            "Notes\n-----\nThe notes are also worth a read.",
            [PARAGRAPH, "The notes are also worth a read."],
        ),
        (f"{PARAGRAPH}\n:param a: the first of all of the numbers", [PARAGRAPH]),
        (f"{PARAGRAPH}\n@param a the first of all of the numbers", [PARAGRAPH]),
        (f"{PARAGRAPH}\n\n>>> is_code(and_no_prose, at_all, of_any, kind)", [PARAGRAPH]),
        (f"<summary>{PARAGRAPH}</summary>\n<param>One of all the numbers.</param>", [PARAGRAPH]),
        (
            f"{PARAGRAPH}\n<p>The second one says a little more.</p>\n<pre>\ncode that is not any "
            "prose at all\n</pre>",
            [PARAGRAPH, "The second one says a little more."],
        ),
        ("A word is said. " * 10_000, []),
        (
            f"{PARAGRAPH}\n\n```py\n# code that is not any prose\n\nat all, of no kind here\n```",
            [PARAGRAPH],
        ),
        ("private static final Printer DEFAULT = Printer.of(a);", []),
        ("TODO.", []),
        ("", []),
    ],
)
def test_docstring_paragraphs(docstring, paragraphs):
    assert docstring_paragraphs(docstring) == paragraphs
