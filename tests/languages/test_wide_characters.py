"""Characters far beyond ASCII end no process, whatever a grammar's scanner does with them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from diglot.languages import all_languages, extract_units, language_named

PIECES = ["$", "{", "}", "<<", "\n", " ", "a", "=", '"', "`", "(", ")", "#", "%", ":", "/"]
WIDE = [chr(code) for code in (0x10FFFF, 0xE0001, 0xF1234, 0x2FA1D)]
PROGRAM = """
import random, sys
from diglot.languages import extract_units, language_named
pieces, seed = eval(sys.stdin.read())
draw = random.Random(seed)
for _ in range(2000):
    text = "".join(draw.choices(pieces, k=draw.randint(1, 60)))
    extract_units(text, language_named(sys.argv[1]))
"""


@pytest.mark.parametrize("name", [language.name for language in all_languages()])
def test_wide_characters_end_no_process(name: str) -> None:
    given = repr((PIECES + 2 * WIDE, 1))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name], input=given, text=True, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_shell_functions_keep_their_wide_names_and_words() -> None:
    text = '# 解析内存\ngröße() {\n  echo "→ größe"\n}\n'
    (unit,) = extract_units(text, language_named("bash"))
    assert (unit.symbol, unit.docs) == ("größe", "解析内存")
    assert "→ größe" in unit.body
