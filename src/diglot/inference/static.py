"""The fast encoder: a table of word-piece vectors, no network to run.

A text is a bag of words: identifiers are split into words, each word is the weighted sum of its
pieces' rows, and the text is the damped sum of its words, scaled to length 1. Since a word's
vector does not depend on its neighbours, an index can compute it once per distinct word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diglot.errors import ModelError
from diglot.inference.rows import unit_rows
from diglot.inference.vocabulary import Vocabulary, load_tokenizer
from diglot.languages.words import split_words
from diglot.models.folder import ModelFolder
from diglot.models.tensors import read_tensors

_GATHER_ROWS = 1 << 15
"""Table rows dequantised at once: 32 MiB at 256 dimensions, so that memory stays bounded."""


class StaticTable:
    """Vectors of words, from a memory-mapped table of word pieces in model2vec's format."""

    def __init__(self, folder: ModelFolder) -> None:
        """Map the table of a folder of kind `static`.

        Its tensors are `embeddings` (rows, dimension; int8, float16 or float32) and optionally
        `weights` (a factor per piece) and `mapping` (the row of each piece, when pieces share).

        Raises:
            ModelError: A file is unreadable, or table and tokenizer do not fit each other.
        """
        path = folder.path / folder.weights
        tensors = read_tensors(path)
        tokenizer = load_tokenizer(folder.path / "tokenizer.json")
        self.vocabulary = Vocabulary(tokenizer)
        self._rows = tensors.get("embeddings", np.empty((0, 0), np.float32))
        self._weights = tensors.get("weights")
        self._mapping = tensors.get("mapping")
        pieces = tokenizer.get_vocab_size()
        per_piece = self._rows if self._mapping is None else self._mapping
        for name, tensor in (("embeddings", per_piece), ("weights", self._weights)):
            if tensor is not None and len(tensor) != pieces:
                raise ModelError(
                    f"{path}: `{name}` is for {len(tensor)} pieces, tokenizer.json has {pieces}"
                )
        if self._mapping is not None and not _are_rows(self._mapping, len(self._rows)):
            raise ModelError(f"{path}: `mapping` names rows that are not among {len(self._rows)}")
        if self._rows.shape[1:] != (folder.dimension,):
            raise ModelError(
                f"{path}: rows of shape {self._rows.shape[1:]}, not {folder.dimension}"
            )

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of `words`, shape (words, dimension), as sums of their pieces' rows.

        Unknown pieces add nothing, so a word made of them alone has a row of zeros.
        """
        pieces = self.vocabulary.pieces(words)
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        numbers = np.fromiter(chain.from_iterable(pieces), np.int64)
        starts = np.cumsum(lengths) - lengths
        vectors = np.zeros((len(words), self._rows.shape[1]), np.float32)
        for position in range(int(lengths.max(initial=0))):  # all first pieces, all second, ...
            longer = np.flatnonzero(lengths > position)
            for part in np.split(longer, range(_GATHER_ROWS, len(longer), _GATHER_ROWS)):
                vectors[part] += self._gather(numbers[starts[part] + position])
        return vectors

    def text_vector(self, text: str) -> NDArray[np.float32]:
        """Return the sum of a text's words, shape (dimension,), repetitions damped.

        A word that occurs n times counts log(1 + n), which finds more than n does: in code a few
        names are repeated until they drown the rest.
        """
        counts = Counter(split_words(text))
        pieces = self.vocabulary.pieces(list(counts))
        numbers = np.fromiter(chain.from_iterable(pieces), np.int64)
        damped = np.log1p(np.fromiter(counts.values(), np.float32, len(counts)))
        factors = np.repeat(damped, np.fromiter(map(len, pieces), np.int64, len(pieces)))
        vector: NDArray[np.float32] = factors @ self._gather(numbers)
        return vector

    def _gather(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the weighted rows of pieces as float32; those of unknown pieces are zero."""
        rows = self._rows[numbers if self._mapping is None else self._mapping[numbers]]
        weights = (numbers >= 0).astype(np.float32)
        if self._weights is not None:
            weights *= self._weights[numbers]
        weighted: NDArray[np.float32] = np.multiply(rows, weights[:, None], dtype=np.float32)
        return weighted


def _are_rows(numbers: NDArray[Any], rows: int) -> bool:
    """Whether numbers are positions in so many rows."""
    return numbers.dtype.kind == "i" and bool(((numbers >= 0) & (numbers < rows)).all())


class StaticEncoder:
    """Encodes questions and code alike as bags of words."""

    def __init__(self, folder: ModelFolder) -> None:
        """Map the model in `folder`.

        Raises:
            ModelError: A file is unreadable, or table and tokenizer do not fit each other.
        """
        self.name = folder.name
        self.key = folder.key
        self.dimension = folder.dimension
        self.table = StaticTable(folder)

    def word_vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of `words`, shape (words, dimension); see `StaticTable`."""
        return self.table.word_vectors(words)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of questions, shape (n, dimension), rows of norm 1."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self.table.text_vector(text)
        return unit_rows(vectors, texts)

    def encode_code(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of pieces of code, as `encode_queries` does for questions."""
        return self.encode_queries(texts)

    def represented(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the share of each text's words that the table knows; see `Vocabulary`."""
        return self.table.vocabulary.represented(texts)
