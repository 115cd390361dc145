"""Texts as bags of words: identifiers split, each word tokenized by itself.

This is how static tables read (`diglot.inference.static`). A word has the same tokens wherever it
stands, so each distinct word goes through the tokenizer once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from diglot.languages.words import split_words, tokens
from diglot.tokenizer.folder import CodeTokenizer


@dataclass(frozen=True, slots=True, eq=False)
class EncodedWords:
    """Texts end to end, N tokens in all."""

    ids: NDArray[np.int32]
    """Shape (N,)."""
    word_starts: NDArray[np.bool_]
    """Shape (N,): whether a token is the first of a word; `HTTPServer` is two words."""
    spans: NDArray[np.int32]
    """Shape (N, 2): characters of the identifier, number or word of text that a token is from; the
    tokens of one identifier have the same span."""
    starts: NDArray[np.int64]
    """Shape (texts + 1,): where each text begins, and where the last one ends."""


def encode_words(tokenizer: CodeTokenizer, texts: Sequence[str]) -> EncodedWords:
    """Encode the words of texts.

    Args:
        tokenizer: whose vocabulary to use; it adds no marks.
        texts: in any language.
    """
    found = [tokens(text) for text in texts]
    pieces = _pieces(tokenizer, sorted({token for row in found for token in row}))
    lengths = [sum(len(pieces[token][0]) for token in row) for row in found]
    used = list(chain.from_iterable(found))
    ids = chain.from_iterable(pieces[token][0] for token in used)
    firsts = chain.from_iterable(pieces[token][1] for token in used)
    places = np.array(
        [span for text, row in zip(texts, found, strict=True) for span in _spans(text, row)],
        np.int32,
    ).reshape(-1, 2)
    total = sum(lengths)
    return EncodedWords(
        np.fromiter(ids, np.int32, total),
        np.fromiter(firsts, np.bool_, total),
        np.repeat(places, [len(pieces[token][0]) for token in used], axis=0),
        np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
    )


def _pieces(
    tokenizer: CodeTokenizer, found: Sequence[str]
) -> dict[str, tuple[list[int], list[bool]]]:
    """Ids of each identifier, and which of them begin a word of it."""
    split = {token: split_words(token) for token in found}
    words = list(dict.fromkeys(chain.from_iterable(split.values())))
    encodings = tokenizer.backend.encode_batch_fast(words, add_special_tokens=False)
    ids = {word: encoding.ids for word, encoding in zip(words, encodings, strict=True)}
    return {
        token: (
            [number for part in parts for number in ids[part]],
            [place == 0 for part in parts for place in range(len(ids[part]))],
        )
        for token, parts in split.items()
    }


def _spans(text: str, found: Sequence[str]) -> list[tuple[int, int]]:
    """Where the tokens of a text are; they come in order."""
    spans, end = [], 0
    for token in found:
        start = text.index(token, end)
        end = start + len(token)
        spans.append((start, end))
    return spans
