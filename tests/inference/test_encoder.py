"""What every encoder promises, whichever it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.errors import ModelError
from diglot.inference import Encoder, load_encoder
from diglot.models import resolve_model

TEXTS = [
    "where do we parse memory strings",
    "def parse_memory(text):\n    return int(text[:-1]) << 20",
    "",
    "   \n\t",
    "!?",
    "读取文件",
    "読み込む",
    "где мы читаем файл",
    "\ud800 lone surrogate",
    "a\x00b",
    "x" * 5000,
    "word " * 3000,
    "🙂",
]


def test_rows_have_norm_1_whatever_the_text(encoder: Encoder):
    for vectors in (encoder.encode_queries(TEXTS), encoder.encode_code(TEXTS)):
        assert vectors.shape == (len(TEXTS), encoder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(), max_size=5))
def test_any_text_has_a_row_of_norm_1(encoder: Encoder, texts: list[str]):
    vectors = encoder.encode_code(texts)
    assert vectors.shape == (len(texts), encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    shares = encoder.represented(texts)
    assert shares.shape == (len(texts),)
    assert ((shares >= 0) & (shares <= 1)).all()


def test_the_same_text_gives_the_same_bytes(encoder: Encoder):
    again = load_encoder(encoder.name)
    assert encoder.encode_code(TEXTS).tobytes() == encoder.encode_code(TEXTS).tobytes()
    assert encoder.encode_code(TEXTS).tobytes() == again.encode_code(TEXTS).tobytes()


def test_a_vector_does_not_depend_on_the_batch(encoder: Encoder):
    # Rounding of float32 sums is all that may differ: 3e-8 was seen. With int8 scales taken from
    # each batch the cosine would fall to 0.985.
    together = encoder.encode_code(TEXTS)
    backwards = encoder.encode_code(TEXTS[::-1])[::-1]
    alone = np.concatenate([encoder.encode_code([text]) for text in TEXTS])
    assert (together * backwards).sum(axis=1).min() > 0.99999
    assert (together * alone).sum(axis=1).min() > 0.99999


def test_related_texts_are_closer_than_unrelated_ones(encoder: Encoder):
    query = encoder.encode_queries(["read a file line by line"])[0]
    close, far = encoder.encode_code(
        ["def read_lines(path): return open(path).readlines()", "def cosine(a, b): return a @ b"]
    )
    assert query @ close > query @ far + 0.1


def test_represented_tells_words_from_letters(encoder: Encoder):
    texts = {
        "parse the memory limit": 1,
        "getUserById(userId) // x": 1,
        "解析内存字符串": 0,
        "разобрать строку": 0,
        "読み込む": 0,
        "parse 内存": 0.5,
        "": 0,
        "?!": 0,
    }
    assert encoder.represented(list(texts)).tolist() == list(texts.values())


def test_name_and_key_are_the_folders(encoder: Encoder):
    folder = resolve_model(encoder.name)
    assert (encoder.key, encoder.dimension) == (folder.key, folder.dimension)


def test_an_unknown_model_is_an_error():
    with pytest.raises(ModelError, match="no model 'nonesuch'"):
        load_encoder("nonesuch")


def same_size_damage(path: Path, offset: int) -> None:
    """Overwrite 64 bytes; the size recorded in `config.json` still fits."""
    content = bytearray(path.read_bytes())
    content[offset : offset + 64] = b"\xff" * 64
    path.write_bytes(content)


@pytest.mark.parametrize("file", ["tokenizer.json", "weights"])
def test_a_damaged_file_is_named(copy: Path, file: str):
    file = resolve_model(str(copy)).weights if file == "weights" else file
    same_size_damage(copy / file, 0)
    with pytest.raises(ModelError, match=file):
        load_encoder(str(copy))


@pytest.mark.parametrize("file", ["tokenizer.json", "weights"])
def test_a_file_cut_short_is_named_even_if_no_size_is_recorded(copy: Path, file: str):
    file = resolve_model(str(copy)).weights if file == "weights" else file
    (copy / file).write_bytes((copy / file).read_bytes()[: 1 << 17])
    (copy / "config.json").write_text('{"hidden_size": 384, "max_position_embeddings": 512}')
    with pytest.raises(ModelError, match=file):
        load_encoder(str(copy))


def test_a_dimension_that_does_not_fit_is_an_error(copy: Path):
    config = json.loads((copy / "config.json").read_text())
    config["diglot"]["dimension"] = 100
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="100"):
        load_encoder(str(copy)).encode_queries(["x"])


def test_the_fast_path_loads_neither_onnxruntime_nor_torch():
    program = (
        "import sys; from diglot.inference import load_encoder;"
        "load_encoder('static').encode_queries(['x']);"
        "print(*sorted({'onnxruntime', 'torch', 'transformers', 'safetensors'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == ""
