from __future__ import annotations

import json

from benchmarks.training_data import write_data

from diglot.corpus.reader import open_corpus
from diglot.training.reading import Reading
from diglot.training.recipe import DataRecipe
from diglot.training.views import open_view


def test_both_sides_read_the_same_pairs_whole(tiny_corpus, tiny_tokenizer, tmp_path):
    write_data(tiny_corpus, tmp_path, tiny_tokenizer, 128, seed=0)
    reading = Reading(open_corpus(tmp_path / "corpus"), tiny_tokenizer, tmp_path / "cache")
    data = DataRecipe(view="pairs", length=128)
    view = open_view(data, reading, "train", seed=0, causal=False)
    lines = (tmp_path / "contrastive.jsonl").read_text().splitlines()
    assert len(view.lengths) == len(lines) > 5
    for row, line in enumerate(lines):
        for part, text in zip(view[row].parts, json.loads(line).values(), strict=True):
            ids = tiny_tokenizer.backend.encode(text, add_special_tokens=False).ids
            assert part.ids.tolist() == ids
