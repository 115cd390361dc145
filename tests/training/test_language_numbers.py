from __future__ import annotations

import numpy as np
import torch

from diglot.objectives.registry import build_objectives
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.training.assembly import build_model
from diglot.training.feed import micro_batches
from diglot.training.views import open_view


def test_languages_that_are_asked_for_have_the_same_numbers_in_every_split(reading) -> None:
    for split in ("train", "validation"):
        store = reading.store("functions", split, ("python", "c"))
        assert store.about["languages"] == ["c", "python"]
        assert np.unique(store.languages).tolist() == [1]
    everything = reading.store("functions", "train")
    assert everything.about["languages"] == ["python"]
    assert np.unique(everything.languages).tolist() == [0]


def test_code_is_read_by_the_encoder_of_its_language_in_whatever_order_recipes_name_them(
    reading, recipe_of
) -> None:
    for languages in (["python", "c"], ["c", "python"]):
        recipe = recipe_of(
            model={"architecture": "nbow", "languages": languages},
            data={"view": "pairs", "languages": languages[::-1]},
            objectives=[{"name": "contrastive", "marks": False}],
        )
        model = build_model(recipe, reading.tokenizer).eval()
        context = Context(TokenizerInfo.of(reading.tokenizer))
        (objective,) = (one.objective for one in build_objectives(recipe.objectives, context))
        view = open_view(recipe.data, reading, "train", seed=0, causal=False)
        (batch,) = micro_batches(view, np.arange(4), [objective], 0, 0)
        ids, lengths = (batch.tensors[f"{name}_1"] for name in ("ids", "lengths"))
        with torch.no_grad():
            found = objective.encode(model, None, batch.tensors)[:, 1]
            encoders = dict(zip(model.settings.languages, model.code, strict=True))
            assert torch.equal(found, encoders["python"](ids, lengths))
            assert not torch.allclose(found, encoders["c"](ids, lengths))
