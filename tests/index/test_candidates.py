from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diglot.index.candidates import Candidates, largest


def test_only_picks_all_that_belongs_to_the_candidates() -> None:
    columns = ("lexical", "coverage", "phrase", "exact", "cosine", "cosine_file", "encoder")
    values = {name: np.arange(4, dtype=np.float32) + n for n, name in enumerate(columns)}
    some = Candidates(rows=np.arange(4), best_lexical=9.0, attainable=1.0, **values)
    picked = some.only(np.array([2, 0]))
    assert picked.rows.tolist() == [2, 0]
    for name in columns:
        assert getattr(picked, name).tolist() == values[name][[2, 0]].tolist()


@given(st.lists(st.floats(-9, 9, width=16), max_size=20), st.integers(1, 12))
def test_largest_are_the_largest(values: list[float], count: int) -> None:
    found = largest(np.array(values, np.float32), count)
    assert len(set(found.tolist())) == len(found)
    assert sorted(values[place] for place in found) == sorted(values)[-count:]
    assert found.tolist() == sorted(found.tolist())
    left = set(range(len(values))) - set(found.tolist())
    for place in found.tolist():  # of equal ones the first
        assert not any(values[other] == values[place] and other < place for other in left)
