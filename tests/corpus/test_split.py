from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.corpus.split import split_of
from diglot.errors import InputError

NAMES = st.text(min_size=1, max_size=40)


@given(NAMES, st.integers(0, 2**31))
def test_one_split_a_repository(name, seed):
    assert split_of(name, seed=seed) == split_of(name, ["other" + name], {"x" + name}, seed)


@given(NAMES, st.integers(0, 100))
def test_lists_win_over_the_hash(name, seed):
    assert split_of(name, validation=[name], seed=seed) == "validation"
    assert split_of(name, test=[name], seed=seed) == "test"


def test_known_places():
    """These must never change: a repository would move between splits of a rebuilt corpus."""
    places = {  # by the last byte of: printf '0\\0NAME' | b2sum -l 64
        "pypi:attrs": "train",  # 70
        "git:https://example.com/a": "validation",  # 1e
        "deb:sed": "train",  # a0
        "npm:left-pad": "train",  # 8e
        "npm:p15": "test",  # 06
    }
    assert {name: split_of(name) for name in places} == places


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shares(seed):
    total = 20_000
    counts = Counter(split_of(f"pypi:package-{n}", seed=seed) for n in range(total))
    expected = {"train": 0.8 * total, "validation": 0.1 * total, "test": 0.1 * total}
    chi_square = sum((counts[split] - n) ** 2 / n for split, n in expected.items())
    assert chi_square < 13.82  # 0.999 quantile at two degrees of freedom


def test_seeds_divide_differently():
    names = [f"npm:{n}" for n in range(200)]
    assert [split_of(n, seed=1) for n in names] != [split_of(n, seed=2) for n in names]


def test_listed_twice():
    with pytest.raises(InputError, match=r"pypi:a.*both"):
        split_of("pypi:a", validation=["pypi:a"], test=["pypi:a"])
