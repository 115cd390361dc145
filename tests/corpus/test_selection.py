from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from diglot.corpus.selection import bound_of


@given(
    st.lists(st.integers(min_value=1, max_value=5000), min_size=1, max_size=40),
    st.floats(min_value=0.02, max_value=0.99),
)
def test_the_bound_is_the_highest_that_keeps_every_share(counts: list[int], share: float) -> None:
    bound = bound_of(counts, share)
    kept = [min(count, bound) for count in counts]
    if bound:
        assert max(kept) <= share * sum(kept)
    if bound < max(counts):
        more = [min(count, bound + 1) for count in counts]
        assert max(more) > share * sum(more)


def test_too_few_repositories_for_a_share_have_no_bound() -> None:
    assert bound_of([100, 100, 100], 0.15) == 0


def test_enough_of_them_keep_all() -> None:
    assert bound_of([100] * 10, 0.15) == 100
