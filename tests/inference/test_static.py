from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from safetensors.numpy import load_file, save_file

from diglot.errors import ModelError
from diglot.inference.static import StaticEncoder
from diglot.models import resolve_model

PLAIN = [
    "where do we parse memory strings",
    "read the configuration file and merge defaults",
    "tokenizer subword unhyphenated iterables",
    "retry request exponential backoff jitter",
    "zxqv",
]


@pytest.fixture(scope="module")
def theirs() -> StaticModel:
    return StaticModel.from_pretrained(resolve_model("static").path)


def cosines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return (ours * theirs).sum(axis=1) / np.linalg.norm(theirs, axis=1)


def test_model2vec_loads_the_shipped_folder_and_agrees(static: StaticEncoder, theirs: StaticModel):
    assert cosines(static.encode_queries(PLAIN), theirs.encode(PLAIN)).min() > 0.99999


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32"])
def test_folders_that_model2vec_saves_load_in_every_precision(
    theirs: StaticModel, tmp_path: Path, dtype: str
):
    table = theirs.embedding * theirs.weights[:, None]
    model = StaticModel(table.astype(np.float32), theirs.tokenizer, normalize=True)
    model.save_pretrained(tmp_path / "float32")
    StaticModel.from_pretrained(tmp_path / "float32", quantize_to=dtype).save_pretrained(
        tmp_path / "model"
    )
    shutil.rmtree(tmp_path / "float32")
    ours = StaticEncoder(resolve_model(str(tmp_path / "model")))
    saved = StaticModel.from_pretrained(tmp_path / "model")
    assert saved.embedding.dtype == dtype
    # model2vec adds float16 rows up in float16, diglot in float32
    bound = 0.9999 if dtype == "float16" else 0.99999
    assert cosines(ours.encode_queries(PLAIN), saved.encode(PLAIN)).min() > bound


def test_pieces_that_share_rows_load(theirs: StaticModel, tmp_path: Path):
    rows = 500
    mapping = np.arange(len(theirs.tokens)) % rows
    table = np.random.default_rng(0).standard_normal((rows, 16)).astype(np.float32)
    shared = StaticModel(
        table, theirs.tokenizer, normalize=True, weights=theirs.weights, token_mapping=mapping
    )
    shared.save_pretrained(tmp_path)
    ours = StaticEncoder(resolve_model(str(tmp_path)))
    assert cosines(ours.encode_queries(PLAIN), shared.encode(PLAIN)).min() > 0.99999


def test_a_word_is_the_weighted_sum_of_its_pieces(static: StaticEncoder):
    folder = resolve_model("static")
    tensors = load_file(folder.path / folder.weights)
    (pieces,) = static.table.vocabulary.pieces(["tokenizer"])
    assert len(pieces) > 1
    expected = (tensors["embeddings"] * tensors["weights"][:, None])[list(pieces)].sum(axis=0)
    np.testing.assert_allclose(static.word_vectors(["tokenizer"])[0], expected, atol=1e-5)


def test_word_vectors_do_not_depend_on_their_company(static: StaticEncoder):
    words = ["parse", "檔案", "", "tokenizers", "parse", "x", "unhyphenated"]
    together = static.word_vectors(words)
    assert together.shape == (len(words), 256)
    for word, vector in zip(words, together, strict=True):
        np.testing.assert_array_equal(static.word_vectors([word])[0], vector)
    assert not together[[1, 2]].any()
    assert static.word_vectors([]).shape == (0, 256)


def test_many_new_words_agree_with_few(static: StaticEncoder):
    words = [f"{first}{second}" for first in PLAIN[0].split() for second in range(10_000)]
    vectors = static.word_vectors(words)
    for number in range(0, len(words), 9973):
        single = StaticEncoder(resolve_model("static")).word_vectors([words[number]])[0]
        np.testing.assert_array_equal(vectors[number], single)


def test_a_text_is_the_damped_sum_of_its_words(static: StaticEncoder):
    (vector,) = static.encode_code(["parseMemory(parse, memory, parse, limit)"])
    parse, memory, limit = static.word_vectors(["parse", "memory", "limit"])
    expected = np.log(4) * parse + np.log(3) * memory + np.log(2) * limit
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-6)


def test_a_text_of_unknown_words_equals_itself_only(static: StaticEncoder):
    first, second, same = static.encode_queries(["ሰላም", "ትንተና", "ሰላም"])
    assert static.represented(["ሰላም"])[0] == 0
    assert not static.word_vectors(["ሰላም"]).any()
    assert first @ same == pytest.approx(1)
    assert abs(first @ second) < 0.3
    known = static.encode_queries(PLAIN)
    assert np.abs(known @ first).max() < 0.3


def test_a_table_for_another_tokenizer_is_refused(tmp_path: Path):
    source = resolve_model("static").path
    shutil.copy(source / "tokenizer.json", tmp_path)
    (tmp_path / "config.json").write_text("{}")
    save_file({"embeddings": np.zeros((7, 4), np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"7 pieces, tokenizer\.json has 30522"):
        StaticEncoder(resolve_model(str(tmp_path)))
