from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diglot.index.candidates import Candidates, largest

COLUMNS = ("lexical", "coverage", "phrase", "exact", "cosine", "cosine_file", "encoder")


def test_only_picks_all_that_belongs_to_the_candidates() -> None:
    values = {
        name: np.arange(4, dtype=np.float32) + 10 * number for number, name in enumerate(COLUMNS)
    }
    everything = Candidates(rows=np.arange(4), best_lexical=3.0, attainable=1.0, **values)
    some = everything.only(np.array([2, 0]))
    assert some.rows.tolist() == [2, 0]
    assert (some.best_lexical, some.attainable) == (3.0, 1.0)
    for name in COLUMNS:
        assert getattr(some, name).tolist() == values[name][[2, 0]].tolist(), name


@given(st.lists(st.floats(-9, 9, width=16), max_size=20), st.integers(1, 12))
def test_largest_are_the_largest_and_of_equal_ones_the_first(
    values: list[float], count: int
) -> None:
    found = largest(np.array(values, np.float32), count)
    slowly = sorted(range(len(values)), key=lambda place: (-values[place], place))[:count]
    assert found.tolist() == sorted(slowly)
