"""From places in a file to tokens: which of them belong to an identifier."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diglot.errors import InputError


def spans_in_code(spans: ArrayLike, start: int, cuts: ArrayLike) -> NDArray[np.int32]:
    """Turn spans in a file into spans in the code of one function.

    Args:
        spans: shape (m, 2), within the function and outside `cuts`.
        start: where the function begins in the file.
        cuts: shape (c, 2): what its code leaves out, sorted and disjoint.

    Returns:
        Shape (m, 2): characters of the code.
    """
    cut = np.asarray(cuts, np.int64).reshape(-1, 2)
    removed = np.concatenate([[0], np.cumsum(cut[:, 1] - cut[:, 0])])
    places = np.asarray(spans, np.int64).reshape(-1, 2)
    before = removed[np.searchsorted(cut[:, 0], places[:, :1], side="right")]
    return np.asarray(places - start - before, np.int32)


def owners(spans: NDArray[np.int32], ranges: ArrayLike) -> NDArray[np.int32]:
    """Tell for every token which range it lies in, by at least one character.

    For deobfuscation (CodeSage, 2402.01935, section 3.1): the tokens of an identifier are masked,
    each by a mask of its own. The space before an identifier is part of its first token. No token
    of a vocabulary that diglot trained reaches from a name of letters, digits and underscores into
    what stands beside it. A token that reaches into two ranges belongs to the first.

    Args:
        spans: shape (n, 2), as `EncodedPair.spans` for one segment; -1 for marks.
        ranges: shape (m, 2), sorted and disjoint, in the same string.

    Returns:
        Shape (n,): position of the range, -1 where there is none.

    Raises:
        InputError: The ranges are not sorted or overlap.
    """
    wanted = np.asarray(ranges, np.int64).reshape(-1, 2)
    if len(wanted) > 1 and not (wanted[1:, 0] >= wanted[:-1, 1]).all():
        raise InputError("ranges must be sorted and disjoint")
    position = np.searchsorted(wanted[:, 1], spans[:, 0], side="right")
    starts = np.append(wanted[:, 0], np.iinfo(np.int64).max)
    inside = (spans[:, 0] >= 0) & (starts[position] < spans[:, 1])
    return np.where(inside, position, -1).astype(np.int32)
