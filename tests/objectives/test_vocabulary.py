from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from diglot.errors import InputError
from diglot.models import resolve_model
from diglot.objectives.mlm import MlmSettings
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import load_tokenizer
from diglot.tokenizer.folder import wrap


def test_ids_are_those_of_the_tokenizer(tokenizer, info):
    assert [info.cls, info.pad, info.sep, info.mask] == [0, 1, 2, 3]
    assert info.eos == info.sep
    assert info.size == tokenizer.size
    assert info.special_ids == tokenizer.special_ids
    assert len(info.ordinary) + len(info.special_ids) == info.size
    assert not info.is_special[info.ordinary].any()


def test_a_vocabulary_made_by_others():
    tokenizer = load_tokenizer(resolve_model("encoder").path)
    info = TokenizerInfo.of(tokenizer)
    written = ("[CLS]", "[SEP]", "[MASK]", "[PAD]")
    ids = [tokenizer.backend.token_to_id(token) for token in written]
    assert [info.cls, info.sep, info.mask, info.pad] == ids


def test_a_missing_mark_is_told_when_an_objective_is_built():
    backend = Tokenizer(models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    info = TokenizerInfo.of(wrap(backend, name="plain"))
    with pytest.raises(InputError, match="tokenizer plain has no mark <mask>"):
        MlmSettings().build(Context(info))
    assert info.pad == 0
