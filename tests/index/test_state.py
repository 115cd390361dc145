from __future__ import annotations

from diglot.index.state import details_text, left_out_counts, searched_text

LEFT_OUT = {"ignored by git": {".py": 2, "out/": 1}, "binary": {"": 1}}


def test_counts_of_both_sorts_are_together() -> None:
    counts = {"ignored by git": {".py": 2, "out/": 1}}
    assert left_out_counts(counts, [("a.py", "binary")]) == LEFT_OUT
    assert left_out_counts({}, [("a.py", "binary"), ("b.py", "binary")]) == {"binary": {"": 2}}


def test_details_are_on_one_line() -> None:
    details = {f".{letter}": 20 - number for number, letter in enumerate("abcdefgh")}
    assert details_text(details) == ".a 20, .b 19, .c 18, .d 17, .e 16, .f 15, 27 more"
    assert details_text({"": 3}) == ""


def test_what_was_not_searched_is_told() -> None:
    told = "3 ignored by git (.py 2, out/ 1); 1 binary"
    assert searched_text(5, 5, LEFT_OUT) == f"not searched: {told} (see diglot status)"
    assert searched_text(0, 5, LEFT_OUT) == "the filters leave none of 5 files to search"
    assert searched_text(0, 0, LEFT_OUT) == f"there is nothing to search; left out: {told}"
    assert searched_text(0, 0, {}) == "there is nothing to search"
    assert searched_text(5, 5, {}) == ""
