"""Text without a grammar."""

from __future__ import annotations

from diglot.languages import extract_units
from diglot.languages.windows import WINDOW_CHARACTERS, WINDOW_LINES


def test_short_text_is_one_window_without_the_blank_lines_around():
    (unit,) = extract_units("\n\n# Title\n\ntext\n\n", None)
    assert (unit.kind, unit.symbol, unit.signature, unit.docs) == ("window", "", "", "")
    assert (unit.start_line, unit.end_line, unit.body) == (3, 5, "# Title\n\ntext")


def test_blank_text_has_no_units():
    assert extract_units("", None) == []
    assert extract_units(" \n\t\n\r\n", None) == []


def test_windows_end_at_blank_lines():
    lines = [f"line {number}" for number in range(1, 101)]
    lines[49] = ""
    units = extract_units("\n".join(lines), None)
    assert [(unit.start_line, unit.end_line) for unit in units] == [(1, 49), (51, 100)]


def test_windows_without_blank_lines_are_full():
    units = extract_units("\n".join("x" for _ in range(2 * WINDOW_LINES + 1)), None)
    assert [unit.end_line for unit in units] == [
        WINDOW_LINES,
        2 * WINDOW_LINES,
        2 * WINDOW_LINES + 1,
    ]


def test_a_huge_line_is_cut():
    text = "x" * (2 * WINDOW_CHARACTERS + 5)
    units = extract_units(f"head\n{text}\ntail\n", None)
    assert "".join(unit.body for unit in units) == f"head{text}tail"
    assert max(len(unit.body) for unit in units) == WINDOW_CHARACTERS
    assert [unit.start_line for unit in units] == [1, 2, 2, 2, 3]


def test_long_lines_make_short_windows():
    line = "x" * 999
    units = extract_units("\n".join([line] * 50), None)
    assert all(len(unit.body) <= WINDOW_CHARACTERS for unit in units)
    assert [unit.start_line for unit in units] == [1, 21, 41]
