"""Folders of bi-encoders: a language model whose pooled, normalised states are compared.

The folder is one that `sentence-transformers` loads; its files are few and documented
(https://sbert.net/docs/sentence_transformer/usage/custom_models.html), so they are written here.
`transformers.AutoModel` loads the same folder for hidden states.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional

from diglot.models.language_model import LanguageModel
from diglot.models.pooling import Pooling
from diglot.models.pretrained import quiet
from diglot.models.writing import replacing_folder, save_tokenizer, write_json
from diglot.tokenizer import CodeTokenizer

_MODULES = ("Transformer", "Pooling", "Normalize")
_MODES = {
    "first": "pooling_mode_cls_token",
    "mean": "pooling_mode_mean_tokens",
    "last": "pooling_mode_lasttoken",
}


def embed(
    model: LanguageModel,
    ids: torch.Tensor,
    lengths: torch.Tensor | None = None,
    pooling: Pooling = "mean",
) -> torch.Tensor:
    """Make a vector of length 1 of each sequence.

    Args:
        model: a bi-encoder.
        ids: (B, L) int64, tokens.
        lengths: (B,) tokens of each row before padding; None if none is padded.
        pooling: as trained.

    Returns:
        (B, width).
    """
    return functional.normalize(model.pooled(model.hidden(ids, lengths=lengths), lengths, pooling))


def save_biencoder(
    model: LanguageModel,
    folder: Path | str,
    tokenizer: CodeTokenizer,
    *,
    length: int,
    pooling: Pooling = "mean",
    query_prompt: str = "",
    code_prompt: str = "",
    card: str = "",
) -> None:
    """Write a folder that `sentence-transformers` loads; it appears whole or not at all.

    The language-model head is left out: vectors have no use for it.

    Args:
        model: an encoder or decoder trained to make vectors.
        folder: where; what an earlier save wrote there is replaced.
        tokenizer: saved along; it puts the marks that the model was trained with.
        length: tokens of a sequence, marks included; longer ones are cut.
        pooling: as trained.
        query_prompt: put before a question (`encode_query`).
        code_prompt: put before a piece of code (`encode_document`).
        card: text of README.md.

    Raises:
        InputError: The folder holds something that is no model.
    """
    with replacing_folder(folder) as new:
        with quiet():
            model.network.base_model.save_pretrained(new, max_shard_size="1TB")
        save_tokenizer(tokenizer, new, length)
        for name, content in _settings(model, length, pooling, query_prompt, code_prompt).items():
            write_json(new / name, content)
        if card:
            (new / "README.md").write_text(card, "utf-8", newline="\n")


def _settings(
    model: LanguageModel, length: int, pooling: Pooling, query_prompt: str, code_prompt: str
) -> dict[str, object]:
    """Return what describes the pipeline, by file."""
    places = ["", *(f"{number}_{name}" for number, name in enumerate(_MODULES) if number)]
    modules = [
        {
            "idx": number,
            "name": str(number),
            "path": place,
            "type": f"sentence_transformers.models.{name}",
        }
        for number, (name, place) in enumerate(zip(_MODULES, places, strict=True))
    ]
    return {
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": length, "do_lower_case": False},
        f"{places[1]}/config.json": {
            "word_embedding_dimension": model.width,
            **{mode: how == pooling for how, mode in _MODES.items()},
        },
        f"{places[2]}/config.json": {},
        "config_sentence_transformers.json": {
            "prompts": {"query": query_prompt, "document": code_prompt},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
