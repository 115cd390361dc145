from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.printable import printable, printable_json

HOSTILE = {
    "escape": "\x1b",
    "line feed": "\n",
    "carriage return": "\r",
    "delete": "\x7f",
    "control sequence of C1": "\x9b",
    "next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "override": "\u202e",
    "isolate": "\u2067",
    "mark": "\u200f",
    "arabic mark": "\u061c",
    "zero-width space": "\u200b",
    "soft hyphen": "\xad",
    "byte order mark": "\ufeff",
    "invisible letter": "\u3164",
    "tag": "\U000e0041",
    "byte that is not UTF-8": "\udcff",
}
anything = st.text(st.characters())


@pytest.mark.parametrize("character", HOSTILE.values(), ids=HOSTILE)
def test_what_steers_forges_or_hides_is_replaced(character: str) -> None:
    assert printable(f"a{character}b") == "a\ufffdb"
    document = printable_json(json.dumps({"a": f"x{character}y"}, ensure_ascii=False))
    assert character not in document
    assert json.loads(document) == {"a": f"x{character}y"}


@pytest.mark.parametrize(
    "text",
    [
        "\tdef größe():  # 内存",
        "نمی\u200cخواهم",  # noqa: RUF001 - Persian
        "क्\u200dष",
        "👩\u200d💻",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "e\u0301",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("name", ["ad\u200dmin", "ad\u200cmin", "admin\ufe0f", "é\u200dé"])
def test_joiners_and_selectors_hide_nothing_in_names(name: str) -> None:
    assert "\ufffd" in printable(name)


@given(anything)
def test_a_text_is_one_line_of_as_many_characters(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert len(shown.splitlines()) <= 1
    assert {unicodedata.category(c) for c in shown} & {"Zl", "Zp", "Cs"} == set()
    assert all(unicodedata.category(c) != "Cc" or c == "\t" for c in shown)
    assert all(unicodedata.bidirectional(c) not in BIDIRECTIONAL for c in shown)
    assert printable(shown) == shown


BIDIRECTIONAL = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.dictionaries(anything, anything), st.sampled_from([None, 2]))
def test_json_is_exact(record: dict[str, str], indent: int | None) -> None:
    document = printable_json(json.dumps(record, ensure_ascii=False, indent=indent))
    assert json.loads(document) == record
    assert all(printable(line) == line for line in document.split("\n"))
