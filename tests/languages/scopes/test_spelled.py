"""Names that a program looks up at run time keep their meaning: programs do the same."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.languages.scopes.test_programs import run

from diglot.languages import language_named
from diglot.languages.obfuscate import obfuscate

PYTHON = {
    "positional only": (
        "def f(a, b=2, /, c=3, **rest):\n    return a, b, c, sorted(rest.items())\n"
        "print(f(1, a=5, b=6, c=7))\n"
        "class K:\n    def __init__(self, x, /, **kw): self.kw = kw, x\n"
        "    def m(self, y, /, **kw): return kw, y\n"
        "    def n(self): return self.m(1, y=4, self=3)\n"
        "k = K(1, x=3)\nprint(k.kw, k.n())\n"
    ),
    "annotated and lambda": (
        "def f(*parts: int, **attrs: str) -> tuple:\n    return parts, attrs\n"
        "print(f(1, parts=2, attrs=3))\ng = lambda *xs, **ks: (xs, ks)\nprint(g(1, xs=2, ks=3))\n"
    ),
    "partial": (
        "import functools\ndef f(first, second=2):\n    return first, second\n"
        'p = functools.partial(f, second=5)\nq = functools.partial(f, **{"second": 9})\n'
        "print(p(1), p(1, second=3), q(first=1))\n"
    ),
    "arguments of a thread": (
        "import threading\nout = []\ndef work(item, times):\n    out.append((item, times))\n"
        'for kw in ({"target": work, "args": (1, 2)},):\n    threading.Thread(**kw).run()\n'
        'threading.Thread(target=work, kwargs={"item": 1, "times": 2}).run()\n'
        "threading.Thread(target=work, kwargs=dict(item=3, times=4)).run()\nprint(out)\n"
    ),
    "passed on": (
        "def call(fn, **kw): return fn(**kw)\ndef f(first, second): return first - second\n"
        "print(call(f, first=1, second=9), f(**{'first': 1, 'second': 2}))\n"
    ),
    "__all__": (
        'import sys\n__all__ = ["fun", "Klass"]\n__all__ += ["other"]\n__all__.append("one")\n'
        '__all__.extend(["two"])\ndef fun(): return 1\ndef other(): return 1\ndef one(): return 1\n'
        "def two(): return 1\nclass Klass: pass\nm = sys.modules[__name__]\n"
        "print([hasattr(m, n) for n in __all__])\n"
    ),
    "formats": (
        "class P:\n    def __init__(self, across): self.across = across\n"
        '    def show(self): return "{0.across} {p.across}".format(self, p=self)\n'
        "print(P(3).show())\ndef f(name):\n    total = name * 2\n"
        '    return "{name} {total}".format(**locals())\nprint(f("a"))\n'
    ),
    "match": (
        'class P:\n    __match_args__ = ("across", "down")\n'
        "    def __init__(self, across, down): self.across, self.down = across, down\n"
        "match P(1, 2):\n    case P(a, b): print(a, b)\n"
    ),
}
JAVASCRIPT = {
    "subscripts": (
        "class Box { constructor() { this.width = 3; } grow() { return ++this.width; } }\n"
        'const b = new Box(); const key = "width"; console.log(b["grow"](), b[key], "grow" in b);\n'
    ),
    "functions": (
        'function inner(given) { return given; }\nglobal["inner"] = inner;\n'
        'console.log(global["inner"](4), typeof inner);\n'
    ),
}


def check(code: str, language: str, path: Path) -> None:
    result = obfuscate(code, language_named(language))
    assert result.restore() == code
    assert result.names
    assert run(result.code, path) == run(code, path)


@pytest.mark.parametrize("code", PYTHON.values(), ids=PYTHON.keys())
def test_python(code: str, tmp_path: Path) -> None:
    check(code, "python", tmp_path / "a.py")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.parametrize("code", JAVASCRIPT.values(), ids=JAVASCRIPT.keys())
def test_javascript(code: str, tmp_path: Path) -> None:
    check(code, "javascript", tmp_path / "a.js")


GO = """package p

type Base struct{ id int }
type Part[T any] struct{ value T }
type Plain struct{ x int }
type Whole struct {
	*Base
	Part[int]
	name string
}

func build() Whole { return Whole{Base: &Base{1}, Part: Part[int]{2}} }
func read(w Whole, p Plain) int { return w.Base.id + w.Part.value + p.x }
"""


def test_go_types_that_are_embedded_name_a_field() -> None:
    code = obfuscate(GO, language_named("go")).code
    assert re.findall(r"\b(?:Base|Part)\b", code) == re.findall(r"\b(?:Base|Part)\b", GO)
    assert not re.search(r"\b(?:Whole|Plain)\b", code)


@pytest.mark.parametrize(
    ("language", "code", "kept", "renamed"),
    [
        ("php", "<?php\nfunction one($a) { return $a; } array_map('one', [1]);", "one", "a"),
        (
            "php",
            "<?php\nclass Shop { static function twice($v) { return $v; } }"
            " array_map('Shop::twice', [1]); array_map([Shop::class, \"twice\"], [1]);",
            "Shop twice",
            "v",
        ),
        (
            "php",
            "<?php\nfunction on_start() {} function late($x) {} $f = 'on_' . $n; $f(); late(1);",
            "on_start",
            "late x",
        ),
        (
            "php",
            '<?php\nfunction on_stop() {} function g() {} $f = "on_{$n}"; g();',
            "on_stop",
            "g",
        ),
        (
            "java",
            "class Main { static class Inner {} static class Other {} void run() throws Exception {"
            ' Class.forName("Main$Inner"); new Other(); } }',
            "Inner",
            "Other",
        ),
        (
            "ruby",
            "class Shop\nend\nclass Till\nend\nObject.const_get('Shop').new\nTill.new\n",
            "Shop",
            "Till",
        ),
    ],
)
def test_names_in_strings(language: str, code: str, kept: str, renamed: str) -> None:
    names = set(obfuscate(code, language_named(language)).names.values())
    assert names.isdisjoint(kept.split())
    assert names.issuperset(renamed.split())
