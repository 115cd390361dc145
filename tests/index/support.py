"""Comparing what two indexes hold and find, and being another user."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from diglot.index import Index

LONG_AGO = 1_600_000_000_000_000_000
"""A time, in nanoseconds, at which no file is young."""

QUERIES = ("parse text", "value_3", "read the cache", "解析 3", "Holder.keep")


class Near:
    """A vector that equals others up to rounding, which depends on what is embedded with it."""

    def __init__(self, vector: NDArray[np.float32]) -> None:
        self.vector = vector

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Near) and np.allclose(self.vector, other.vector, atol=1e-5)

    __hash__ = None  # type: ignore[assignment]


def files_of(index: Index) -> list[tuple[object, ...]]:
    """What the index knows of each file but its times and places, by path."""
    return sorted(
        (file.path, file.size, file.hash, file.language, file.units, file.generated, file.skipped)
        for file in index.view.catalogue.files
    )


def units_of(index: Index) -> dict[tuple[str, int], tuple[object, ...]]:
    """What the index knows of each unit, by path and ordinal."""
    catalogue = index.view.catalogue
    sources = index.view.texts.units(np.arange(len(catalogue.units)), 10**9)
    units = {}
    for row, unit in enumerate(catalogue.units.tolist()):
        file, start, end, kind, vector, key = unit
        place = (catalogue.files[file].path, row - int(catalogue.first_units[file]))
        assert place not in units
        units[place] = (
            *(start, end, kind, key, catalogue.symbols[row], sources[row]),
            Near(index.view.vectors.matrix[vector]),
        )
    return units


def texts_of(index: Index) -> dict[str, bytes]:
    """The text that the index holds of each file, by path."""
    files = index.view.catalogue.files
    return {file.path: index.view.texts.file(row) for row, file in enumerate(files)}


def hits_of(index: Index, query: str) -> dict[tuple[str, int, str], float]:
    """Score of each hit."""
    hits = index.search(query, 1000, rank="fast")
    found = {(hit.path, hit.start_line, hit.symbol): hit.score for hit in hits}
    assert len(found) == len(hits)
    return found


def assert_same(index: Index, expected: Index, tolerance: float = 1e-6) -> None:
    """Compare two indexes of the same tree.

    Args:
        index: the one that was kept up to date.
        expected: one built from nothing.
        tolerance: how far scores may differ.
    """
    assert files_of(index) == files_of(expected)
    assert texts_of(index) == texts_of(expected)
    assert units_of(index) == units_of(expected)
    assert index.state.fresh
    assert index.state.skipped == expected.state.skipped
    for query in QUERIES:
        mine, theirs = hits_of(index, query), hits_of(expected, query)
        assert mine == pytest.approx(theirs, abs=tolerance)


@contextmanager
def not_as_root() -> Iterator[None]:
    """Drop root's rights for a while, since root may read and write everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
