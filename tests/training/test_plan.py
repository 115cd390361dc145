from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.training.plan import Plan, share

rows = st.integers(1, 200)
batches = st.integers(1, 64)


def lengths_of(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(5, 500, count)


@given(count=rows, batch=batches, bucket=st.integers(1, 5), groups=st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_an_epoch_reads_every_row_once_in_even_batches(count, batch, bucket, groups) -> None:
    languages = np.arange(count) % groups if groups > 1 else None
    plan = Plan(lengths_of(count), batch, seed=3, bucket=bucket, groups=languages)
    for epoch in range(2):
        steps = range(epoch * plan.batches_per_epoch, (epoch + 1) * plan.batches_per_epoch)
        found = [plan.rows(step) for step in steps]
        assert {plan.epoch_of(step) for step in steps} == {epoch}
        assert sorted(np.concatenate(found).tolist()) == list(range(count))
        assert max(map(len, found)) <= batch
        if languages is None:
            assert max(map(len, found)) - min(map(len, found)) <= 1
        else:
            assert all(len(np.unique(languages[one])) == 1 for one in found)


@given(count=rows, processes=st.integers(1, 5), micro=st.integers(1, 40))
@settings(deadline=None)
def test_processes_share_a_batch_in_equally_many_micro_batches(count, processes, micro) -> None:
    batch = np.arange(count)
    shares = [share(batch, rank, processes, micro) for rank in range(processes)]
    assert sorted(np.concatenate([np.concatenate(one) for one in shares]).tolist()) == list(batch)
    assert len({len(one) for one in shares}) == 1
    assert max(len(part) for one in shares for part in one) <= micro


def test_a_batch_depends_on_the_step_alone() -> None:
    make = lambda: Plan(lengths_of(100), 16, seed=5, bucket=2)  # noqa: E731
    one, other = make(), make()
    forwards = [one.rows(step).tolist() for step in range(20)]
    backwards = [other.rows(step).tolist() for step in reversed(range(20))]
    assert forwards == backwards[::-1]
    assert forwards[:7] != forwards[7:14]  # another epoch, another order
    assert Plan(lengths_of(100), 16, seed=6).rows(0).tolist() != forwards[0]


def test_buckets_save_padding_and_leave_the_order_of_lengths_to_chance() -> None:
    lengths = lengths_of(4096)

    def padding(bucket: int) -> float:
        found = Plan(lengths, 32, bucket=bucket).epoch(0)
        return 1 - lengths.sum() / sum(len(one) * lengths[one].max() for one in found)

    assert padding(1) > 0.4
    assert padding(64) < 0.05
    means = [lengths[one].mean() for one in Plan(lengths, 32, bucket=64).epoch(0)]
    steps = np.arange(len(means))
    assert abs(np.corrcoef(steps, means)[0, 1]) < 3 / np.sqrt(len(means))


def test_every_row_is_as_likely_in_every_place() -> None:
    # 2,000 epochs of 12 rows: where row 0 comes is uniform over the 4 batches (chi-squared, 3
    # degrees of freedom: 16.3 is exceeded once in a thousand), and so is who comes with it.
    plan = Plan(np.full(12, 10), 3, seed=9)
    places, company = np.zeros(4), np.zeros(12)
    for epoch in range(2000):
        for place, found in enumerate(plan.epoch(epoch)):
            if 0 in found:
                places[place] += 1
                company[found] += 1
    assert ((places - 500) ** 2 / 500).sum() < 16.3
    expected = 2000 * 2 / 11
    assert ((company[1:] - expected) ** 2 / expected).sum() < 29.6  # 10 degrees of freedom


def test_languages_come_in_proportion_throughout_an_epoch() -> None:
    languages = np.repeat([0, 1], [3200, 800])
    found = Plan(np.full(4000, 9), 40, seed=2, groups=languages).epoch(0)
    drawn = np.array([languages[one[0]] for one in found])
    assert drawn.sum() == 20
    halves = drawn[:50].sum()
    assert halves == pytest.approx(10, abs=3.3 * np.sqrt(50 * 0.2 * 0.8 * 0.5))
