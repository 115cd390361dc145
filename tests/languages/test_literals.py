"""Docstrings are what Python says they are."""

from __future__ import annotations

import ast
import warnings

import pytest

from diglot.languages import extract_units, language_named
from diglot.languages.functions import read_functions

PYTHON = language_named("python")
FIRST = (
    '"One " "two."',
    '("One "\n     "two.")',
    '("One "  # why\n     " two."\n    # more\n    )',
    '"One " \\\n    "two."',
    "r'One \\n ' 'two\\n.'",
    'u"One " U"two."',
    'b"bytes"',
    'f"x{1}"',
    '"a" f"b"',
    '("a",)',
    '"a",',
    '"a", "b"',
    '"a" + "b"',
    '"a" % 1',
    '(("x"))',
    '(("a" "b"))',
    '"""Doc.\n\n    more\n    """ "tail"',
    '("""Long\n      text.""")',
    '"a".strip()',
    '"a"; x = 1',
    '# c\n    "after a comment"',
    '"\\N{BULLET} \\U0001F600 \\x41 \\101 \\u0042 \\q"',
    "\"it\\'s\" 'x\"y'",
    "'''a'b''' 'c'",
    '""',
    '"""a\\"""b"""',
    '["a"]',
    '"a"["b"]',
    '"a""b"',
)
FORMS = (
    "def f(x):\n    {}\n    return x\n",
    "class C:\n    {}\n    y = 1\n",
    "async def f():\n    {}\n",
    "{}\nz = 1\n",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("first", FIRST)
def test_docstrings_are_those_of_ast(form: str, first: str) -> None:
    code = form.format(first if form.startswith(("def", "class", "async")) else outer(first))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(code)
    wanted = tree if form.startswith("{}") else tree.body[0]
    assert isinstance(wanted, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    docstring = (ast.get_docstring(wanted) or "").strip()
    source = read_functions(code, PYTHON)
    assert source is not None
    assert [text for text, _ in source.docstrings] == [docstring] * bool(docstring)
    documented = [unit.docs for unit in extract_units(code, PYTHON) if unit.docs]
    assert len(documented) <= 1
    assert bool(documented) >= bool(docstring)
    if docstring:
        assert docstring.split()[0] in documented[0]


def outer(first: str) -> str:
    """The same one level up."""
    return first.replace("\n    ", "\n")
