"""That others can use a folder without diglot. Runs where transformers is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diglot.errors import InputError
from diglot.tokenizer import adapt_tokenizer, encode_pair, load_tokenizer
from diglot.tokenizer.marks import MARKS

transformers = pytest.importorskip("transformers")

TEXT, CODE = "Adds é.", "def add(a, b):\n\treturn a + b  # 😀\n"


@pytest.mark.parametrize("loader", ["AutoTokenizer", "PreTrainedTokenizerFast"])
def test_a_trained_folder_is_read(tokenizer, tmp_path: Path, loader: str) -> None:
    tokenizer.save(tmp_path)
    theirs = getattr(transformers, loader).from_pretrained(tmp_path)
    ours = encode_pair(tokenizer, TEXT, CODE)
    assert theirs(TEXT, CODE)["input_ids"] == ours.ids.tolist()
    assert len(theirs) == tokenizer.size
    parts = (theirs.cls_token, theirs.sep_token, theirs.pad_token, theirs.mask_token)
    assert parts == ("<s>", "</s>", "<pad>", "<mask>")
    assert theirs.decode(theirs(CODE)["input_ids"], skip_special_tokens=True) == CODE
    assert theirs.convert_tokens_to_ids("<mask>") == tokenizer.mark_id("<mask>")
    masked = theirs.convert_ids_to_tokens(theirs("x = <mask>", add_special_tokens=False).input_ids)
    assert masked[-2:] == ["\u0120=", "<mask>"]  # what `fill-mask` is given


def test_an_adapted_folder_is_read(bert, tmp_path: Path) -> None:
    adapted = adapt_tokenizer(bert).tokenizer
    adapted.save(tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert len(theirs) == adapted.size
    assert theirs(TEXT, CODE)["input_ids"] == encode_pair(adapted, TEXT, CODE).ids.tolist()
    for mark in MARKS:
        token = adapted.written[mark.token]
        assert theirs.convert_tokens_to_ids(token) == adapted.mark_id(mark.token)


def test_a_folder_of_the_old_kind_is_adapted(tokenizer, tmp_path: Path) -> None:
    """Vocabulary and merges in two files, as microsoft/codebert-base has them."""
    model = json.loads(tokenizer.backend.to_str())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"] | {"<unk>": tokenizer.size}))
    merges = "\n".join(["#version: 0.2", *(" ".join(merge) for merge in model["merges"])])
    (tmp_path / "merges.txt").write_text(merges)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "roberta"}))
    loaded = load_tokenizer(tmp_path)
    assert loaded.written["<s>"] == "<s>"
    adapted = adapt_tokenizer(loaded)
    assert "<s>" not in adapted.added
    pair = encode_pair(adapted.tokenizer, TEXT, CODE)
    assert pair.ids[0] == loaded.mark_id("<s>")


def test_an_unknown_name_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="no tokenizer 'no-such/tokenizer'"):
        load_tokenizer("no-such/tokenizer")
