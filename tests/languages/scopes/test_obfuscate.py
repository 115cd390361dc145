from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from diglot.errors import InputError
from diglot.languages import language_named
from diglot.languages.obfuscate import obfuscate

PROGRAMS = Path(__file__).parent / "programs"


def obfuscated(code: str, language: str) -> str:
    result = obfuscate(code, language_named(language))
    assert result.restore() == code
    return result.code


def test_placeholders_tell_the_role_and_count_by_first_appearance() -> None:
    code = (
        "class Cache:\n"
        "    def _get(self, key):\n"
        "        found = self._get(key)\n"
        "        return found\n"
    )
    result = obfuscate(code, language_named("python"))
    assert result.code == (
        "class c_0:\n    def f_0(p_0, p_1):\n        v_0 = p_0.f_0(p_1)\n        return v_0\n"
    )
    assert list(result.names.items()) == [
        ("c_0", "Cache"),
        ("f_0", "_get"),
        ("p_0", "self"),
        ("p_1", "key"),
        ("v_0", "found"),
    ]
    assert result.restore() == code


def test_placeholders_never_meet_names_of_the_source() -> None:
    assert obfuscated("def f(x): return v_0 + x.p_1 + f_0('p_0')", "python") == (
        "def f_1(p_2): return v_0 + p_2.p_1 + f_0('p_0')"
    )


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("javascript", "let {a} = x; f({a});", "let {a: v_0} = x; f({a: v_0});"),
        ("javascript", "const {a = 1} = x;", "const {a: v_0 = 1} = x;"),
        ("javascript", "let a; export {a};", "let v_0; export {v_0 as a};"),
        ("tsx", "const A = () => <A/>;", "const F_0 = () => <F_0/>;"),
        ("csharp", "var a = 1; var b = new { a };", "var v_0 = 1; var v_1 = new { a = v_0 };"),
        ("php", "<?php class A { private $b; }", "<?php class c_0 { private $v_0; }"),
        ("ruby", "class A; def b = @c = 1; end", "class C_0; def f_0 = @v_0 = 1; end"),
        ("go", "func F[T any](a T) {}", "func f_0[c_0 any](p_0 c_0) {}"),
    ],
)
def test_placeholders_fit_the_language(language: str, code: str, expected: str) -> None:
    assert obfuscated(code, language) == expected


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        (
            "python",
            "@cached\n    def get(self, key):\n        return self.found[key]",
            "@cached\n    def f_0(p_0, p_1):\n        return p_0.found[p_1]",
        ),
        (
            "java",
            "@Override\n    public int get(int key) { return this.found + get(key); }",
            "@Override\n    public int f_0(int p_0) { return this.found + f_0(p_0); }",
        ),
        (
            "java",
            "public Cache(int size) { this.s = size; }",
            "public Cache(int p_0) { this.s = p_0; }",
        ),
        (
            "javascript",
            "async get(key) { this.found = key; return this.get(key); }",
            "async f_0(p_0) { this.found = p_0; return this.f_0(p_0); }",
        ),
        (
            "php",
            "public function get($key) { return $this->found[$key]; }",
            "public function f_0($p_0) { return $this->found[$p_0]; }",
        ),
        ("php", "function get($key) { return $key; }", "function f_0($p_0) { return $p_0; }"),
        (
            "ruby",
            "def get(key)\n  @found[key]\nend",
            "def f_0(p_0)\n  @found[p_0]\nend",
        ),
        (
            "csharp",
            "public int Get(int key) { return this.found + Get(key); }",
            "public int f_0(int p_0) { return this.found + f_0(p_0); }",
        ),
        (
            "go",
            "func (c *Cache) Get(key string) int { return c.found[key] }",
            "func (p_0 *Cache) Get(p_1 string) int { return p_0.found[p_1] }",
        ),
    ],
)
def test_a_function_cut_out_of_its_file(language: str, code: str, expected: str) -> None:
    assert obfuscated(code, language) == expected


@pytest.mark.parametrize("code", ["", "\r\n", "x = 'é'\r\ny = x\udc80", "def f(:\n  x", "\0"])
def test_any_text_comes_back(code: str) -> None:
    for language in ("python", "javascript", "php", "ruby"):
        obfuscated(code, language)


def test_a_language_without_rules_is_refused() -> None:
    with pytest.raises(InputError, match="haskell"):
        obfuscate("f x = x", language_named("haskell"))


def test_no_name_of_its_own_survives() -> None:
    code = (PROGRAMS / "closures.py").read_text("utf-8")
    tree = ast.parse(obfuscated(code, "python"))
    kept = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            kept.add(node.id)
        elif isinstance(node, ast.arg):
            kept.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            kept.add(node.name)
    own = {name for name in kept if name[:2] not in ("c_", "f_", "p_", "v_")}
    assert own == {
        *("__init__", "__eq__", "__hash__"),  # of the language
        *("get", "area", "size"),  # of objects whose class is not known where they are used
        *("value",),  # read by the body of a class that has one of its own
        *("alpha", "beta"),  # of a function that is called with `**`
        *("secret", "other"),  # beside `locals()`
    }


def test_the_order_of_hashes_changes_nothing() -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from diglot.languages import language_of\n"
        "from diglot.languages.obfuscate import obfuscate\n"
        "for path in sorted(Path(sys.argv[1]).iterdir()):\n"
        "    print(obfuscate(path.read_text('utf-8'), language_of(path.name)))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(PROGRAMS)],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
