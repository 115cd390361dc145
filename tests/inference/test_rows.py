from __future__ import annotations

import numpy as np

from diglot.inference.rows import unit_rows


def test_rows_keep_their_direction():
    vectors = np.array([[3, 4], [0, -2]], np.float32)
    np.testing.assert_allclose(unit_rows(vectors, ["a", "b"]), [[0.6, 0.8], [0, -1]])


def test_a_zero_row_becomes_a_direction_of_its_text():
    first, second, same = unit_rows(np.zeros((3, 256), np.float32), ["一", "二", "一"])
    np.testing.assert_array_equal(first, same)
    assert abs(first @ second) < 0.3
    np.testing.assert_allclose(np.linalg.norm([first, second], axis=1), 1, atol=1e-6)


def test_the_direction_is_the_same_on_every_machine():
    (row,) = unit_rows(np.zeros((1, 4), np.float32), ["text"])
    np.testing.assert_allclose(row, [0.614979, 0.280916, -0.022777, 0.736456], atol=1e-4)
