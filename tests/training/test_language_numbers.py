from __future__ import annotations

import numpy as np


def test_languages_that_are_asked_for_have_the_same_numbers_in_every_split(reading) -> None:
    for split in ("train", "validation"):
        store = reading.store("functions", split, ("python", "c"))
        assert store.about["languages"] == ["c", "python"]
        assert np.unique(store.languages).tolist() == [1]
    everything = reading.store("functions", "train")
    assert everything.about["languages"] == ["python"]
    assert np.unique(everything.languages).tolist() == [0]
