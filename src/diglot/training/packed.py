"""Views of files and prose: packed blocks, and sentences that follow each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError
from diglot.objectives.base import Example, Tokens
from diglot.training.examples import CODE, TEXT, concatenate, mark, piece
from diglot.training.packing import Packing, pack
from diglot.training.reading import Reading
from diglot.training.recipe import DataRecipe
from diglot.training.tokens import TokenStore

if TYPE_CHECKING:
    from diglot.corpus.schema import Split

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Documents:
    """Files and prose as one list of documents."""

    stores: tuple[TokenStore, ...]
    modalities: tuple[int, ...]
    """Of each store."""

    @classmethod
    def read(cls, data: DataRecipe, reading: Reading, split: Split) -> Documents:
        """Open the tables that a recipe names."""
        stores = tuple(reading.store(kind, split, data.languages) for kind in data.tables)
        return cls(stores, tuple(CODE if kind == "files" else TEXT for kind in data.tables))

    @property
    def lengths(self) -> Numbers:
        """Tokens of each document."""
        return np.concatenate([store.lengths for store in self.stores])

    @property
    def repositories(self) -> NDArray[np.str_]:
        """The repository of each document."""
        names = [np.array(store.about["repositories"], np.str_) for store in self.stores]
        parts = [one[store.repositories] for one, store in zip(names, self.stores, strict=True)]
        return np.concatenate(parts)

    def piece(self, document: int, begin: int, end: int) -> tuple[Tokens, int, bool]:
        """Tokens of a piece, their modality, and whether the document ends with it."""
        number = 0
        while document >= len(self.stores[number]):
            document -= len(self.stores[number])
            number += 1
        store, modality = self.stores[number], self.modalities[number]
        complete = end == int(store.lengths[document])
        return piece(store, document, modality, begin, end), modality, complete


@dataclass(frozen=True)
class Blocks:
    """Files and prose packed to one length.

    For encoders a block is `<s> piece </s> piece </s>`, where documents attend to each other, and
    `<s> piece </s> <s> piece </s>`, where they do not. For decoders `</s>` ends every document, and
    `<s>` begins it where documents do not attend to each other. A block whose documents attend to
    each other counts as one document.
    """

    documents: Documents
    packing: Packing
    apart: bool
    causal: bool
    marks: tuple[int, int]
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Blocks:
        """Pack the documents of a split in an order by chance."""
        documents = Documents.read(data, reading, split)
        apart = data.packing == "apart"
        packing = pack(
            documents.lengths,
            np.random.default_rng([seed, 0]).permutation(len(documents.lengths)),
            data.length,
            per_block=0 if apart or causal else 1,
            per_piece=2 if apart else 1,
        )
        count = len(packing.firsts) - 1
        lengths, languages = np.full(count, data.length), np.zeros(count, np.int64)
        return cls(documents, packing, apart, causal, reading.marks, lengths, languages)

    def __getitem__(self, row: int) -> Example:
        packing, (begin, end) = self.packing, self.marks
        parts: list[Tokens] = []
        owners: list[int] = []
        before = TEXT
        places = range(int(packing.firsts[row]), int(packing.firsts[row + 1]))
        for number, place in enumerate(places):
            tokens, modality, complete = self.documents.piece(
                int(packing.documents[place]), int(packing.begins[place]), int(packing.ends[place])
            )
            if self.apart or (number == 0 and not self.causal):
                parts.append(mark(begin, before))
            parts.append(tokens)
            if complete or not self.causal:
                parts.append(mark(end, modality))
            before = modality
            owners += [number if self.apart else 0] * (len(parts) - len(owners))
        return Example(row, (concatenate(parts, owners),))


@dataclass(frozen=True)
class Sentences:
    """Spans for next-sentence prediction, bare: A, what follows it, one of another repository.

    A stretch of a document is cut in two at a place by chance; the third part is as long as the
    second. All three stay the same from epoch to epoch.
    """

    documents: Documents
    stretches: NDArray[np.int64]
    """Shape (rows, 3): document, begin, end."""
    repositories: NDArray[np.int64]
    """Number of each document's repository."""
    seed: int
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Sentences:
        """Cut the documents of a split into stretches.

        Raises:
            InputError: Those to train on are of one repository.
        """
        documents = Documents.read(data, reading, split)
        stretches = [
            (document, begin, min(begin + data.length - 3, length))
            for document, length in enumerate(documents.lengths.tolist())
            for begin in range(0, length - 7, data.length - 3)
        ]
        table = np.array([one for one in stretches if one[2] - one[1] >= 8], np.int64).reshape(
            -1, 3
        )
        _, repositories = np.unique(documents.repositories, return_inverse=True)
        if len(np.unique(repositories[table[:, 0]])) == 1:
            if split == "train":
                raise InputError(
                    f"corpus {reading.corpus.path}: its training split has one repository; view "
                    "'sentences' takes a sentence of another one"
                )
            table = table[:0]  # nothing to evaluate on
        reading.marks  # noqa: B018 - an error now rather than at the first example
        lengths = table[:, 2] - table[:, 1] + 3
        languages = np.zeros(len(table), np.int64)
        return cls(documents, table, repositories, seed, lengths, languages)

    def __getitem__(self, row: int) -> Example:
        rng = np.random.default_rng([self.seed, 2, row])
        document, begin, end = self.stretches[row].tolist()
        middle = int(rng.integers(begin + 1, end))
        while True:
            other = int(rng.integers(len(self.stretches)))
            elsewhere, start, stop = self.stretches[other].tolist()
            if self.repositories[elsewhere] != self.repositories[document]:
                break
        stop = min(stop, start + end - middle)
        spans = ((document, begin, middle), (document, middle, end), (elsewhere, start, stop))
        return Example(row, tuple(self.documents.piece(*span)[0] for span in spans))
