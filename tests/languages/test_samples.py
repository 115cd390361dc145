"""What comes out of one realistic file per language.

Beside each sample lies its table: kind, symbol, lines and first line of the documentation.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from diglot.languages import all_languages, extract_units, language_of

SAMPLES = Path(__file__).parent / "samples"
FILES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix != ".units")


@pytest.mark.parametrize("name", FILES)
def test_units_of_sample(name):
    text = (SAMPLES / name).read_text(encoding="utf-8")
    expected = (SAMPLES / f"{name}.units").read_text(encoding="utf-8").splitlines()

    units = extract_units(text, language_of(name))

    rows = [
        "\t".join(
            (
                unit.kind,
                unit.symbol or "-",
                f"{unit.start_line}-{unit.end_line}",
                unit.docs.split("\n")[0] or "-",
            )
        )
        for unit in units
    ]
    assert rows == expected


def test_every_language_has_a_sample():
    sampled = {language_of(name) for name in FILES}
    assert sampled == set(all_languages())
