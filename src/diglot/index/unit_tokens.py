"""The text of units cut into tokens, and counted: what lexical search and static vectors read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diglot.languages.words import tokens
from diglot.types import Unit


class UnitTokens(NamedTuple):
    """A unit's text by field, cut into tokens."""

    symbol: list[str]
    signature: list[str]
    docs: list[str]
    body: list[str]

    @classmethod
    def of(cls, unit: Unit) -> UnitTokens:
        """Cut a unit's text into tokens."""
        return cls(*map(tokens, (unit.symbol, unit.signature, unit.docs, unit.body)))


TOKEN_FIELDS = UnitTokens._fields


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """How often each of a batch's tokens stands in each field of its units."""

    tokens: list[str]
    """The distinct tokens of the batch."""
    unit: NDArray[np.int64]
    """Unit of each count. Those of a unit are adjacent, in the order of its text."""
    field: NDArray[np.int64]
    """Field of each count, an index into TOKEN_FIELDS."""
    token: NDArray[np.int64]
    """Token of each count, an index into `tokens`."""
    count: NDArray[np.int64]

    @classmethod
    def of(cls, units: Sequence[UnitTokens]) -> TokenCounts:
        """Count the tokens of units."""
        numbers = _Numbers()
        flat: list[int] = []
        lengths: list[int] = []
        for unit in units:
            for found in unit:
                flat.extend(map(numbers.__getitem__, found))
                lengths.append(len(found))
        token = np.array(flat, np.int64)
        place = np.repeat(np.arange(len(lengths)), lengths)
        total = max(1, len(numbers))
        distinct, first, count = np.unique(
            place * total + token, return_index=True, return_counts=True
        )
        # In the order of the text, which does not depend on what else is in the batch.
        order = np.argsort(first)
        places = distinct[order] // total
        return cls(
            tokens=list(numbers),
            unit=places // len(TOKEN_FIELDS),
            field=places % len(TOKEN_FIELDS),
            token=distinct[order] % total,
            count=count[order],
        )


class _Numbers(dict[str, int]):
    """Numbers tokens in order of first use."""

    def __missing__(self, token: str) -> int:
        number = self[token] = len(self)
        return number
