"""Line ends of every sort: the same units, functions and lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from diglot.languages import extract_units, language_of
from diglot.languages.functions import read_functions

SAMPLES = sorted((Path(__file__).parent / "samples").glob("sample.*[!s]"))


def samples() -> list[Path]:
    return [path for path in SAMPLES if language_of(path.name)]


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.suffix)
def test_line_ends_change_nothing(path: Path) -> None:
    text = path.read_text().replace("\r\n", "\n")
    language = language_of(path.name)
    assert language is not None
    mixed = "".join(
        line.removesuffix("\n") + ("\r", "\r\n", "\n")[number % 3]
        for number, line in enumerate(text.splitlines(keepends=True))
        if line
    )
    plain = extract_units(text, language)
    functions = read_functions(text, language)
    for other in (text.replace("\n", "\r"), text.replace("\n", "\r\n")):
        assert extract_units(other, language) == plain
        assert read_functions(other, language) == functions
    if "\n\n" not in text:  # else \r before an empty line's \n would be one end
        assert extract_units(mixed, language) == plain
