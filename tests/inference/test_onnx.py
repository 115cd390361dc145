from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from diglot.errors import ModelError
from diglot.inference.onnx import OnnxEncoder, _batches
from diglot.models import resolve_model

PARITY = Path(__file__).parent / "parity.npz"
"""Float32 vectors by `transformers`; written by `recipes/default_models.py --parity`."""


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1)


def test_int8_stays_close_to_float32(onnx: OnnxEncoder):
    with np.load(PARITY) as reference:
        texts, expected = reference["texts"].tolist(), reference["vectors"]
    assert len(texts) == 20
    found = cosines(onnx.encode_code(texts), expected)
    assert found.mean() > 0.99
    assert found.min() > 0.98


def test_vectors_do_not_depend_on_threads(onnx: OnnxEncoder):
    texts = ["read a file", "def f(x):\n    return x", "word " * 500]
    one = OnnxEncoder(resolve_model("encoder"), threads=1)
    assert cosines(one.encode_code(texts), onnx.encode_code(texts)).min() > 0.9999


def test_texts_are_cut_at_max_tokens(onnx: OnnxEncoder):
    long = "count the number of words " * 100
    pieces = Tokenizer.from_file(str(resolve_model("encoder").path / "tokenizer.json")).encode(long)
    end = pieces.offsets[254][1]  # 256 tokens are [CLS], 254 pieces and [SEP]
    assert cosines(onnx.encode_code([long]), onnx.encode_code([long[:end]])).min() > 0.99999
    shorter = onnx.encode_code([long[: pieces.offsets[200][1]]])
    assert cosines(onnx.encode_code([long]), shorter).min() < 0.99999


@pytest.mark.parametrize("lengths", [[], [3], [256] * 40, list(range(1, 257)), [5000, 1, 2]])
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int]):
    batches = list(_batches(lengths))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= 4096


def sentence_transformers_folder(folder: Path, **pooling: object) -> Path:
    """The shipped encoder in sentence-transformers' layout."""
    source = resolve_model("encoder").path
    (folder / "onnx").mkdir()
    (folder / "1_Pooling").mkdir()
    shutil.copy(source / "model.onnx", folder / "onnx")
    shutil.copy(source / "tokenizer.json", folder)
    (folder / "config.json").write_text('{"hidden_size": 384, "max_position_embeddings": 512}')
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 256}')
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling))
    return folder


def test_a_sentence_transformers_folder_gives_the_same_vectors(onnx: OnnxEncoder, tmp_path: Path):
    folder = sentence_transformers_folder(tmp_path, pooling_mode_mean_tokens=True)
    other = OnnxEncoder(resolve_model(str(folder)))
    texts = ["read a file", "def f(x):\n    return x"]
    np.testing.assert_array_equal(other.encode_code(texts), onnx.encode_code(texts))
    assert other.key != onnx.key


def test_cls_pooling_takes_the_first_token(tmp_path: Path):
    folder = sentence_transformers_folder(tmp_path, pooling_mode_cls_token=True)
    (vector,) = OnnxEncoder(resolve_model(str(folder))).encode_code(["read a file"])
    session = onnxruntime.InferenceSession(str(folder / "onnx/model.onnx"))
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode("read a file").ids
    feed = {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), np.int64)}
    first = session.run(None, feed)[0][0, 0]
    np.testing.assert_allclose(vector, first / np.linalg.norm(first), atol=1e-6)


def test_prefixes_are_put_before_questions_and_code(onnx: OnnxEncoder, tmp_path: Path):
    folder = sentence_transformers_folder(tmp_path, pooling_mode_mean_tokens=True)
    prompts = {"prompts": {"query": "question: ", "document": "code: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    other = OnnxEncoder(resolve_model(str(folder)))
    texts = ["question: read", "code: read"]
    expected = onnx.encode_code(texts)
    assert cosines(other.encode_queries(["read"]), expected[:1]).min() > 0.9999
    assert cosines(other.encode_code(["read"]), expected[1:]).min() > 0.9999


def test_threads_default_to_the_cores_at_hand():
    from diglot.inference.onnx import _cores

    assert 1 <= _cores() <= (os.cpu_count() or 1)


def test_a_graph_that_is_no_text_encoder_is_refused(tmp_path: Path):
    folder = sentence_transformers_folder(tmp_path, pooling_mode_mean_tokens=True)
    path = folder / "onnx/model.onnx"
    path.write_bytes(path.read_bytes().replace(b"input_ids", b"pixel_ids"))
    with pytest.raises(ModelError, match=r"pixel_ids.*a text encoder takes input_ids"):
        OnnxEncoder(resolve_model(str(folder)))
