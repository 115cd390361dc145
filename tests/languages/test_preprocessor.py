"""C and C++: branches of the preprocessor, and what is declared how."""

from __future__ import annotations

import pytest

from diglot.languages import extract_units, language_named
from diglot.languages.branches import with_whole_branches
from diglot.languages.functions import read_functions

both = pytest.mark.parametrize("language", ["c", "cpp"])

BRANCHES = {
    "elif": (
        "int a(int v)\n{\n#if A\n\tif (v > 4) {\n#elif B\n\tif (v > 3) {\n#else\n\tif (v > 2) {\n"
        "#endif\n\t\tv = 1;\n\t}\n\treturn v;\n}\n"
    ),
    "a signature": "#ifdef X\nint a(int v)\n#else\nint a(long v)\n#endif\n{\n  return 1;\n}\n",
    "a signature and its brace": (
        "#ifdef X\nint a(int v) {\n#else\nint a(long v) {\n#endif\n  return 1;\n}\n"
    ),
    "else": (
        "int a(int v)\n{\n\tif (v) {\n\t\tv++;\n#ifdef X\n\t} else if (v > 2) {\n#else\n"
        "\t} else {\n#endif\n\t\tv--;\n\t}\n\treturn v;\n}\n"
    ),
    "nested": (
        "int a(int v)\n{\n#ifdef A\n#ifdef B\n\tif (v) {\n#else\n\twhile (v) {\n#endif\n#else\n"
        "\tfor (;;) {\n#endif\n\tv--;\n\t}\n\treturn v;\n}\n"
    ),
    "a pair of groups": (
        "int a(int v)\n{\n#ifdef A\n\tif (v) {\n#endif\n\tv--;\n#ifdef A\n\t}\n#endif\n"
        "\treturn v;\n}\n"
    ),
    "a condition": (
        "int a(int v)\n{\n\tif (v\n#ifdef A\n\t && v > 2)\n#else\n\t )\n#endif\n\tv--;\n"
        "\treturn v;\n}\n"
    ),
    "if 0": "int a(int v)\n{\n#if 0\n\tif (v) {{\n#else\n\tif (v) {\n#endif\n\t}\n\treturn v;\n}\n",
    "a word": "#ifdef X\nstatic\n#endif\nint a(int v) { return v; }\n",
    "strings and comments": (
        'int a(int v)\n{\n#ifdef A\n\tputs("{");\n#else\n\tputs("}"); // } /*\n#endif\n'
        "\treturn v;\n}\n"
    ),
}


@both
@pytest.mark.parametrize("code", BRANCHES.values(), ids=BRANCHES.keys())
def test_functions_that_branches_cut_through(language: str, code: str) -> None:
    source = read_functions(f"{code}int b(void)\n{{\n\treturn 1;\n}}\n", language_named(language))
    assert source is not None
    found = [(item.name, item.end_line, item.parses) for item in source.functions]
    lines = code.count("\n")
    assert found == [("a", lines, True), ("b", lines + 4, True)]
    assert source.functions[1].start_line == lines + 1


@both
def test_whole_branches_stay(language: str) -> None:
    code = "#ifdef A\nint a(int v) { return v; }\n#else\nint b(int v) { return v; }\n#endif\n"
    source = read_functions(code, language_named(language))
    assert source is not None
    assert [function.name for function in source.functions] == ["a", "b"]


@pytest.mark.parametrize("code", BRANCHES.values(), ids=BRANCHES.keys())
def test_rewriting_keeps_every_place(code: str) -> None:
    for cut in range(0, len(code), 7):
        before = code[cut:].encode()
        after = with_whole_branches(before)
        assert len(after) == len(before)
        assert [at for at, byte in enumerate(after) if byte == 10] == [
            at for at, byte in enumerate(before) if byte == 10
        ]
        assert all(new in (old, 32) for old, new in zip(before, after, strict=True))


BETWEEN = (
    "#ifdef X\n",
    "#if defined(X) && \\\n  defined(Y)\n#ifdef Z\n",
    "#pragma omp declare simd\n",
    "MY_EXPORT\n",
    "#ifdef X\nstatic\n#endif\n",
    "#ifdef X\nint a(char v)\n#else\n",
)


@both
@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize(
    "comment", ["/* Says it. */\n", "/**\n * Says it.\n */\n", "// Says it.\n"]
)
def test_documentation_above_directives(language: str, comment: str, between: str) -> None:
    opens = between.count("#if") - between.count("#endif")
    head, body = ("int a(int v)\n", "{ return v; }\n")
    is_cut = between.endswith("#else\n")
    code = f"int first;\n\n{comment}{between}{head}" + (
        "#endif\n" + body if is_cut else body + "#endif\n" * opens
    )
    source = read_functions(code, language_named(language))
    assert source is not None
    (function,) = source.functions
    assert function.docstring == "Says it."
    assert not function.code.startswith("#")
    (unit,) = [unit for unit in extract_units(code, language_named(language)) if unit.symbol]
    assert (unit.symbol, unit.docs, unit.start_line) == ("a", "Says it.", 3)


@both
@pytest.mark.parametrize(
    "above",
    [
        "/* Of X. */\n#define X 1\n",
        "/* A section. */\n\n#ifdef X\n#endif\n",
        "#if A\n/* b */\n#endif\n",
    ],
)
def test_documentation_of_something_else(language: str, above: str) -> None:
    code = f"int first;\n{above}int a(int v) {{ return v; }}\n"
    source = read_functions(code, language_named(language))
    assert source is not None
    assert source.functions[0].docstring == ""


DECLARED = {
    "int* (*a(int kind))(int) { return 0; }": "a",
    "void (*a(int s, void (*f)(int)))(int) { return f; }": "a",
    "int (*a(void))[3] { return 0; }": "a",
    "int (a)(int x) { return x; }": "a",
    "int *(*(*a(int x))(int))(int) { return 0; }": "a",
    "char ****a(int n) { return 0; }": "a",
    "int (*a(int kind))(int);": "a",
    "typedef int (*A)(int);": "A",
    "typedef int (*A[4])(int);": "A",
    "typedef int A[3];": "A",
    "PyAPI_FUNC(int) a(int x) { return x; }": "a",
    "__attribute__((noinline)) static int a(int x) { return x; }": "a",
    "int (*table[3])(int) = {0};": "",
    "int (*callback)(int);": "",
    "char *text;": "",
}
DECLARED_IN_CPP = {
    "int (K::*a(int x))(int) { return 0; }": "a",
    "int* (*n::K::a(int k))(int) { return 0; }": "n.K.a",
    "int (*K::a())[3] { return x; }": "K.a",
    "int (&a(int k))[3] { return x; }": "a",
    "int*& K::a() { return x; }": "K.a",
    "K::operator int() const { return 1; }": "K.operator int",
    "K& operator<<(K& o, const S& s) { return o; }": "operator<<",
    "template<class T> T* (*a(T t))(int) { return 0; }": "a",
    "auto a(int x) -> int (*)(int) { return 0; }": "a",
    "typedef void (K::*A)(int);": "A",
}


@pytest.mark.parametrize(
    ("language", "code", "symbol"),
    [
        *(("c", *item) for item in DECLARED.items()),
        *(("cpp", *item) for item in (DECLARED | DECLARED_IN_CPP).items()),
        ("c", "int a(b, c)\nint b; char *c;\n{ return b; }", "a"),
    ],
)
def test_declared_names(language: str, code: str, symbol: str) -> None:
    units = extract_units(code + "\n", language_named(language))
    assert [unit.symbol for unit in units] == [symbol]
    assert ("." in symbol) == (units[0].kind == "method")
