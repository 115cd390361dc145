from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diglot.index.candidates import Candidates, largest


def test_only_picks_all_that_belongs_to_the_candidates() -> None:
    values = np.arange(4, dtype=np.float32)
    some = Candidates(np.arange(4), values, 1.0, values + 1, values + 2, values + 3).only(
        np.array([2, 0])
    )
    assert some.rows.tolist() == [2, 0]
    assert some.encoder is not None
    picked = [some.lexical, some.cosine, some.cosine_file, some.encoder]
    assert [values.tolist() for values in picked] == [[2, 0], [3, 1], [4, 2], [5, 3]]


@given(st.lists(st.floats(-9, 9, width=16), max_size=20), st.integers(1, 12))
def test_largest_are_the_largest(values: list[float], count: int) -> None:
    found = largest(np.array(values, np.float32), count)
    assert len(set(found.tolist())) == len(found)
    assert sorted(values[place] for place in found) == sorted(values)[-count:]
