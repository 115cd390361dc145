from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from diglot.errors import InputError, MissingExtraError
from diglot.tokenizer import adapt_tokenizer, encode_pair, load_tokenizer
from diglot.tokenizer.encode import MODALITY_RELATIVE
from diglot.tokenizer.folder import CodeTokenizer, wrap
from diglot.tokenizer.losses import losses
from diglot.tokenizer.marks import MARKS
from diglot.tokenizer.whitespace import missing_runs


@pytest.fixture
def gpt(tokenizer) -> CodeTokenizer:
    """A vocabulary in the manner of GPT-2: bytes, one mark for everything."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({letter: n for n, letter in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken("<|endoftext|>", special=True)])
    return wrap(backend, name="gpt")


def test_what_is_missing_is_added_after_what_is_there(bert) -> None:
    before = bert.backend.get_vocab()
    adapted = adapt_tokenizer(bert)
    assert list(adapted.added.values()) == list(range(len(before), adapted.tokenizer.size))
    after = adapted.tokenizer.backend.get_vocab()
    assert {token: after[token] for token in before} == before
    assert {"<python>", "<extra_id_0>", "\n    "} <= set(adapted.added)
    assert {"<mask>", "<s>", "[MASK]"}.isdisjoint(adapted.added)  # it has its own
    for mark in MARKS:
        adapted.tokenizer.mark_id(mark.token)
    assert missing_runs(adapted.tokenizer.backend) == []
    assert bert.backend.get_vocab() == before  # not changed itself


def test_adapting_again_adds_nothing(bert, gpt, tokenizer, tmp_path: Path) -> None:
    for source in (bert, gpt):
        once = adapt_tokenizer(source)
        once.tokenizer.save(tmp_path / source.name.replace("/", "-"))
        loaded = load_tokenizer(tmp_path / source.name.replace("/", "-"))
        assert loaded.written == once.tokenizer.written
        assert adapt_tokenizer(loaded).added == {}
    assert adapt_tokenizer(tokenizer).added == {}


def test_what_a_vocabulary_loses_is_said(bert, gpt, tokenizer) -> None:
    assert losses(tokenizer) == losses(gpt) == ()
    assert {"case", "accents", "runs of spaces", "line ends", "tabs"} <= set(losses(bert))
    adapted = adapt_tokenizer(bert)
    assert {"case", "accents"} <= set(adapted.losses)
    assert {"runs of spaces", "line ends", "indentation"}.isdisjoint(adapted.losses)


def test_white_space_can_be_left_alone(bert) -> None:
    adapted = adapt_tokenizer(bert, whitespace=False)
    assert "line ends" in adapted.losses
    assert all(token.startswith("<") for token in adapted.added)


def test_one_token_may_play_several_parts(gpt) -> None:
    adapted = adapt_tokenizer(gpt)
    end = adapted.tokenizer.mark_id("</s>")
    assert end == adapted.tokenizer.mark_id("<s>") == 256
    assert adapted.tokenizer.mark_id("<pad>") != end  # padding must not look like an end
    text = "if x:\n        return '<|endoftext|>'\n"
    pair = encode_pair(adapted.tokenizer, text, text, layout=MODALITY_RELATIVE, language="go")
    assert adapted.tokenizer.special_ids.isdisjoint(pair.ids[~pair.is_mark].tolist())
    assert adapted.added["\n        "] in pair.ids
    assert adapted.tokenizer.backend.decode(pair.ids[pair.modality == 1]) == text


def test_settings_say_which_token_plays_which_part(gpt, tmp_path: Path) -> None:
    gpt.save(tmp_path)
    gpt.backend.add_special_tokens(["[START]"])
    gpt.backend.save(str(tmp_path / "tokenizer.json"))
    settings = {"bos_token": {"content": "[START]"}, "pad_token": None, "eos_token": "[GONE]"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    loaded = load_tokenizer(tmp_path)
    assert loaded.written["<s>"] == "[START]"
    assert loaded.written["</s>"] == "<|endoftext|>"
    assert "<pad>" not in loaded.written


def test_a_folder_without_a_tokenizer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises((InputError, MissingExtraError), match=str(tmp_path)):
        load_tokenizer(tmp_path)


def test_a_damaged_tokenizer_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match=r"tokenizer\.json: not a readable tokenizer"):
        load_tokenizer(tmp_path)


def test_a_file_is_no_tokenizer(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(InputError, match="is a file"):
        load_tokenizer(tmp_path / "x")
