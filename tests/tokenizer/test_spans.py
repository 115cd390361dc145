from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.errors import InputError
from diglot.tokenizer import encode_pair
from diglot.tokenizer.encode import CODE
from diglot.tokenizer.spans import owners, spans_in_code

CODE_TEXT = "def total(values):\n    return sum(value_of(v) for v in values)\n"


def test_the_tokens_of_an_identifier_are_found(tokenizer) -> None:
    ranges = [(10, 16), (55, 61)]
    assert [CODE_TEXT[start:end] for start, end in ranges] == ["values", "values"]
    pair = encode_pair(tokenizer, "", CODE_TEXT, layout=(CODE,))
    owner = owners(pair.spans, ranges)
    for number, (start, end) in enumerate(ranges):
        spans = pair.spans[owner == number]
        assert spans[-1, 1] == end
        assert CODE_TEXT[spans[0, 0] : start].strip() == ""


def test_marks_belong_to_nothing(tokenizer) -> None:
    pair = encode_pair(tokenizer, "", "value")
    assert owners(pair.spans, [(0, 5)])[pair.is_mark].tolist() == [-1, -1, -1]


@settings(deadline=None)
@given(words=st.lists(st.sampled_from(["self", "x1", "_get", "HTTPError", "(", ".", " ", "\n  "])))
def test_no_token_reaches_from_an_identifier_into_what_follows(tokenizer, words) -> None:
    """Each identifier ends where a token ends, and begins where one begins or after its space."""
    code, ranges = "", []
    for word in words:
        if word.isidentifier():
            code += "," if code[-1:].isalnum() else ""
            ranges.append((len(code), len(code) + len(word)))
        code += word
    spans = encode_pair(tokenizer, "", code, layout=(CODE,)).spans.tolist()
    starts, ends = {start for start, _ in spans}, {end for _, end in spans}
    for start, end in ranges:
        assert end in ends
        assert start in starts or (start - 1 in starts and code[start - 1] == " ")


@settings(deadline=None)
@given(data=st.data())
def test_spans_in_a_file_become_spans_in_the_code(data) -> None:
    text = data.draw(st.text(max_size=40))
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    edges = edges[: len(edges) // 2 * 2]
    if not edges:
        return
    start, end = edges[0], edges[-1]
    cuts = list(zip(edges[1:-1:2], edges[2:-1:2], strict=True))
    kept = [(a, b) for a, b in zip(edges[0::2], edges[1::2], strict=True) if a < b]
    code = text[start:end]
    for a, b in reversed(cuts):
        code = code[: a - start] + code[b - start :]
    moved = spans_in_code(kept, start, cuts)
    assert [code[a:b] for a, b in moved] == [text[a:b] for a, b in kept]


def test_ranges_that_overlap_are_an_error() -> None:
    with pytest.raises(InputError, match="sorted and disjoint"):
        owners(np.zeros((1, 2), np.int32), [(0, 3), (2, 5)])


def test_no_ranges_own_nothing() -> None:
    assert owners(np.array([[0, 3]], np.int32), []).tolist() == [-1]
    assert spans_in_code([], 5, []).shape == (0, 2)
