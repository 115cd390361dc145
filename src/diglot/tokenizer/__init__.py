"""Tokenizers of text and code: training, adapting, encoding with modality, reporting."""

from __future__ import annotations

from diglot.tokenizer.adapt import Adapted, adapt_tokenizer
from diglot.tokenizer.encode import EncodedPair, EncodedPairs, encode_pair, encode_pairs
from diglot.tokenizer.folder import CodeTokenizer, load_tokenizer
from diglot.tokenizer.train import train_on_corpus, train_tokenizer

__all__ = [
    "Adapted",
    "CodeTokenizer",
    "EncodedPair",
    "EncodedPairs",
    "adapt_tokenizer",
    "encode_pair",
    "encode_pairs",
    "load_tokenizer",
    "train_on_corpus",
    "train_tokenizer",
]
