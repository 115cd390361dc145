"""Word pieces: how a model's tokenizer reads words, one at a time.

A static table gives a word the same pieces wherever it stands, so each distinct word goes through
the tokenizer once and is remembered.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from diglot.errors import ModelError
from diglot.languages.words import split_words

_CACHE_LIMIT = 1 << 20
"""Words; far more than one repository has."""
_FEW_WORDS = 32
"""Up to here one call per word is quicker than starting the tokenizer's threads."""


def load_tokenizer(path: Path) -> Tokenizer:
    """Read a `tokenizer.json`, without the padding and truncation it may ask for.

    Raises:
        ModelError: The file cannot be read.
    """
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelError(f"{path}: not a readable tokenizer ({error})") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class Vocabulary:
    """The pieces of words under one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Take a tokenizer that neither pads nor truncates."""
        self._tokenizer = tokenizer
        self._unknown = _unknown_piece(tokenizer)
        self._pieces: dict[str, tuple[int, ...]] = {}

    def pieces(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the numbers of each word's pieces; an unknown piece is -1."""
        known = self._pieces
        missing = [word for word in words if word not in known]
        if missing:
            if len(known) >= _CACHE_LIMIT:
                known.clear()
                missing = list(words)
            self._learn(list(dict.fromkeys(missing)))
        return [known[word] for word in words]

    def _learn(self, words: list[str]) -> None:
        if len(words) <= _FEW_WORDS:
            encodings = [self._tokenizer.encode(word, add_special_tokens=False) for word in words]
        else:
            encodings = self._tokenizer.encode_batch_fast(words, add_special_tokens=False)
        unknown = self._unknown
        for word, encoding in zip(words, encodings, strict=True):
            numbers = encoding.ids
            if unknown in numbers:
                numbers = [-1 if number == unknown else number for number in numbers]
            self._pieces[word] = tuple(numbers)

    def represented(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the share of each text's words that the vocabulary can represent, 0 to 1.

        A word is represented if none of its pieces is unknown and they have two characters or more
        on average; a single ASCII character counts when it stands alone. Spelling a word out letter
        by letter, as vocabularies do with scripts they were not made for, says nothing of what it
        means. A text without words gives 0.
        """
        shares = np.zeros(len(texts), np.float32)
        for row, text in enumerate(texts):
            words = split_words(text)
            if words:
                pieces = self.pieces(words)
                shares[row] = sum(map(_is_represented, words, pieces)) / len(words)
        return shares


def _is_represented(word: str, pieces: tuple[int, ...]) -> bool:
    if not pieces or -1 in pieces:
        return False
    return len(word) >= 2 * len(pieces) or (len(word) == 1 and word.isascii())


def _unknown_piece(tokenizer: Tokenizer) -> int | None:
    """Return the number of the piece that stands for the unknown, if there is one."""
    model = tokenizer.model
    token = getattr(model, "unk_token", None)
    if token is not None:
        return tokenizer.token_to_id(token)
    unknown = json.loads(tokenizer.to_str())["model"].get("unk_id")  # unigram models only
    return unknown if isinstance(unknown, int) else None
