"""The `model` table of a recipe; needs no torch."""

from __future__ import annotations

import pytest

from diglot.errors import InputError
from diglot.models.architectures import ModelSettings

SHAPE = {"layers": 4, "width": 32, "heads": 4, "length": 64}


def test_a_table_becomes_settings():
    settings = ModelSettings.of({"architecture": "bert", **SHAPE, "dropout": 0})
    assert settings == ModelSettings(architecture="bert", dropout=0.0, **SHAPE)
    assert ModelSettings.of({"from": "some/name"}).source == "some/name"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "model.architecture: '', accepted are roberta, bert"),
        ({"architecture": "t5", **SHAPE}, "model.architecture: 't5', accepted are roberta"),
        ({"architecture": "bert", **SHAPE, "depth": 3}, "model.depth: unknown, accepted are from"),
        ({"architecture": "bert", **SHAPE, "layers": 0}, "model.layers: 0, accepted is 1"),
        ({"architecture": "bert", **SHAPE, "layers": 2.5}, "model.layers: 2.5 is no integer"),
        ({"architecture": "bert", **SHAPE, "layers": True}, "model.layers: True is no integer"),
        ({"architecture": "bert", **SHAPE, "heads": 5}, "model.heads: 5 heads do not divide"),
        ({"architecture": "bert", **SHAPE, "dropout": 1}, "model.dropout: 1, accepted is 0 to"),
        ({"architecture": "bert", **SHAPE, "initializer_range": 2}, "accepted is 0 to 1"),
        ({"from": "x", "initializer_range": 0.1}, "`from` is given, so initializer_range cannot"),
        ({"architecture": "bert", **SHAPE, "source": "x"}, "model.source: unknown, accepted"),
        ({"from": "x", "layers": 2}, "`from` is given, so layers cannot be"),
    ],
)
def test_settings_that_are_refused(table, message):
    with pytest.raises(InputError, match=message):
        ModelSettings.of(table)
