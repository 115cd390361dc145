"""What holds for every text in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diglot.languages import all_languages, extract_units, language_of
from diglot.languages.docs import is_licence
from diglot.languages.windows import WINDOW_CHARACTERS

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

WIDE = "größe\U00010400日本"
"""A word whose characters take 1 to 4 bytes each."""
PIECES = st.sampled_from(
    [line + "\n" for text in SAMPLES.values() for line in text.split("\n")]
    + [
        *"(){}[]<>\"'`\\/*#@$%|-=:;,. \n\t\r",
        "\r\n",
        "/*",
        '"""',
        "<<EOF\n",
        "\0",
        "日本",
        "\U00010400",
    ]
)


def check(text, units):
    """Spans lie in the file, and every line that is not blank is in a unit, once if loose."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    covered = set()
    for unit in units:
        assert 1 <= unit.start_line <= unit.end_line <= len(lines)
        covered.update(range(unit.start_line, unit.end_line + 1))
        assert bool(unit.symbol) == (unit.kind not in ("module", "window"))
        assert unit.body.strip() or unit.docs
        if unit.kind == "window":
            assert len(unit.body) <= WINDOW_CHARACTERS
    assert [unit.start_line for unit in units] == sorted(unit.start_line for unit in units)
    modules = [unit for unit in units if unit.kind == "module"]
    assert len(modules) <= 1
    folded = {line.strip() for unit in modules for line in unit.body.split("\n")}
    for number, line in enumerate(lines, 1):
        if re.search(r"[^\W_]", line) and number not in covered and units:
            assert line.strip() in folded or is_licence(text)


@languages
@quick
@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text(language, text):
    check(text, extract_units(text, language))


@languages
@quick
@given(pieces=st.lists(PIECES, max_size=30))
def test_any_mixture_of_code(language, pieces):
    text = "".join(pieces)
    check(text, extract_units(text, language))


@samples
def test_sample_cut_anywhere(name):
    source = SAMPLES[name].encode()
    for size in range(1, len(source), 5):
        text = source[:size].decode(errors="replace")
        check(text, extract_units(text, language_of(name)))


@samples
def test_line_ends_do_not_matter(name):
    text, language = SAMPLES[name], language_of(name)
    assert extract_units(text.replace("\n", "\r\n"), language) == extract_units(text, language)
    assert extract_units("\ufeff" + text, language) == extract_units(text, language)


@samples
def test_loose_lines_are_in_one_unit_only(name):
    units = extract_units(SAMPLES[name], language_of(name))
    loose = [unit.body for unit in units if unit.kind == "module"]
    held = [line for body in loose for line in body.split("\n") if len(line.strip()) > 10]
    others = [unit.body.split("\n") for unit in units if unit.kind != "module"]
    assert not [line for line in held for lines in others if line in lines]


@samples
def test_bodies_are_lines_of_the_file(name):
    text = SAMPLES[name]
    lines = {line.strip() for line in text.split("\n")}
    for unit in extract_units(text, language_of(name)):
        spanned = "\n".join(text.split("\n")[unit.start_line - 1 : unit.end_line])
        for line in unit.body.split("\n"):
            assert line.strip() in lines or line.strip() in spanned


@languages
def test_wide_characters_do_not_shift_positions(language):
    name = next(name for name in SAMPLES if language_of(name) == language)
    text = SAMPLES[name]
    plain = extract_units(text, language)
    wide = extract_units(text.replace("pages", WIDE), language)
    assert [(unit.symbol, unit.start_line, unit.end_line) for unit in wide] == [
        (unit.symbol.replace("pages", WIDE), unit.start_line, unit.end_line) for unit in plain
    ]
    assert [unit.body for unit in wide] == [unit.body.replace("pages", WIDE) for unit in plain]


@languages
@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 100_000 + "1" + ")" * 100_000,
        "(" * 100_000,
        "{" * 100_000,
        "function f() {" * 5_000,
        "a<" * 50_000,
        "[" + "," * 50_000 + "]",
        "a " * 100_000,
    ],
    ids=["nested", "round", "curly", "functions", "angles", "commas", "words"],
)
def test_deep_and_wide_text(language, text):
    check(text, extract_units(text, language))


def test_deeply_nested_code_has_short_symbols():
    text = "".join(f"{' ' * depth}class A{depth}:\n" for depth in range(90)) + " " * 90 + "pass\n"
    units = extract_units(text, language_of("a.py"))
    assert max(len(unit.symbol) for unit in units) < 200
    check(text, units)
