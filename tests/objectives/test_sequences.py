from __future__ import annotations

import numpy as np
from tests.objectives.support import text

from diglot.objectives.sequences import (
    concatenate,
    flat_positions,
    join,
    sequence_arrays,
    sequence_tensors,
    within_documents,
)


def rows(info, lengths, **known):
    return [sequence_arrays(text(info, length, **known)) for length in lengths]


def test_rows_of_one_length_and_one_document_need_no_mask(info):
    assert set(sequence_tensors(rows(info, [7, 7]), info.pad)) == {"ids"}


def test_padding_is_told_by_lengths(info):
    tensors = sequence_tensors(rows(info, [7, 4]), info.pad)
    assert set(tensors) == {"ids", "lengths"}
    assert tensors["lengths"].tolist() == [7, 4]
    assert tensors["ids"][1, 4:].tolist() == [info.pad] * 3


def test_several_documents_are_told_with_their_padding(info):
    several = rows(info, [5], documents=[0, 0, 1, 1, 1])
    tensors = sequence_tensors([*rows(info, [7]), *several], info.pad)
    assert set(tensors) == {"ids", "documents"}
    assert tensors["documents"].tolist() == [[0] * 7, [0, 0, 1, 1, 1, -1, -1]]


def test_positions_are_those_of_the_padded_batch(info):
    prepared = rows(info, [4, 7])
    for row, positions in zip(prepared, ([1, 3], [0, 6]), strict=True):
        row["positions"] = np.array(positions)
    places = flat_positions(prepared)
    assert places.tolist() == [1, 3, 7, 13]
    ids = sequence_tensors(prepared, info.pad)["ids"].view(-1)[places]
    assert ids.tolist() == [
        prepared[0]["ids"][1],
        prepared[0]["ids"][3],
        prepared[1]["ids"][0],
        prepared[1]["ids"][6],
    ]


def test_words_of_joined_parts_stay_apart(info):
    part = text(info, 4, words=[0, 0, 1, 1])
    joined = join((part, part), info)
    assert joined.words[1:5].tolist() == [1, 1, 2, 2]
    assert len(set(joined.words[6:10].tolist()) & set(joined.words[:6].tolist())) == 0
    assert joined.maskable.tolist() == [False, *[True] * 4, False, *[True] * 4, False]


def test_a_mark_has_the_modality_of_the_segment_before_it(info):
    joined = join((text(info, 2), text(info, 3, modality=1)), info)
    assert joined.modality.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_a_block_is_left_as_it_is(info):
    part = text(info, 5)
    assert join((part,), info) is part


def test_pieces_become_one_document(info):
    part = text(info, 4, documents=[0, 0, 1, 1])
    assert concatenate([part, part]).documents.tolist() == [0] * 8


def test_numbers_of_documents_become_unique():
    numbers = within_documents(np.array([0, 1, 0, 1], np.int32), np.array([0, 0, 1, 1], np.int32))
    assert len(set(numbers.tolist())) == 4
