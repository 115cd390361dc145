from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.training.packing import pack


@given(
    lengths=st.lists(st.integers(0, 90), min_size=1, max_size=30),
    length=st.integers(24, 64),
    apart=st.booleans(),
)
@settings(deadline=None)
def test_blocks_hold_every_token_once_and_never_too_many(lengths, length, apart) -> None:
    per_block, per_piece = (0, 2) if apart else (1, 1)
    order = np.random.default_rng(0).permutation(len(lengths))
    packing = pack(
        np.array(lengths), order, length, per_block=per_block, per_piece=per_piece, shortest=8
    )
    seen = {number: 0 for number in range(len(lengths))}
    for document, begin, end in zip(
        packing.documents.tolist(), packing.begins.tolist(), packing.ends.tolist(), strict=True
    ):
        assert begin == seen[document]  # in order, without a gap
        seen[document] = end
    assert seen == dict(enumerate(lengths))
    sizes = packing.ends - packing.begins
    for first, last in pairwise(packing.firsts.tolist()):
        used = per_block + sizes[first:last].sum() + per_piece * (last - first)
        assert first < last
        assert used <= length
        if last < len(sizes):  # room is left only for pieces not worth cutting off
            assert length - used < per_piece + 8


def test_long_documents_leave_almost_no_room() -> None:
    lengths = np.random.default_rng(0).integers(20, 3000, 400)
    packing = pack(lengths, np.arange(400), 512, per_block=0, per_piece=2)
    blocks = len(packing.firsts) - 1
    assert lengths.sum() / (blocks * 512) > 0.98
