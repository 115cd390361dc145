"""Views: what an example is. A view is a sequence of examples that are made when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError
from diglot.objectives.base import Example, Tokens
from diglot.tokenizer import CodeTokenizer
from diglot.training.encoding import Kind
from diglot.training.examples import CODE, TEXT, body, concatenate, mark, piece
from diglot.training.files import read_labelled, read_negatives
from diglot.training.packing import Packing, pack
from diglot.training.recipe import DataRecipe
from diglot.training.tokens import TokenStore, open_store

if TYPE_CHECKING:
    from diglot.corpus.reader import Corpus
    from diglot.corpus.schema import Split

Numbers = NDArray[np.int64]


class View(Protocol):
    """Examples by row number, from 0. Processes that prepare batches get copies."""

    @property
    def lengths(self) -> Numbers:
        """Tokens of each example, about: batches are bucketed by them."""
        ...

    @property
    def languages(self) -> Numbers:
        """Number of each example's language."""
        ...

    def __getitem__(self, row: int) -> Example:
        """The example of a row; it does not depend on when it is asked for."""
        ...


@dataclass(frozen=True)
class Reading:
    """Where views read: a corpus through a tokenizer, kept in a cache."""

    corpus: Corpus
    tokenizer: CodeTokenizer
    cache: Path
    workers: int = 1

    def store(self, kind: Kind, split: Split, languages: Sequence[str] = ()) -> TokenStore:
        """The token store of one kind of row."""
        return open_store(
            self.corpus,
            self.tokenizer,
            kind,
            split,
            self.cache,
            languages=languages,
            workers=self.workers,
        )

    @property
    def marks(self) -> tuple[int, int]:
        """Ids of `<s>` and `</s>`.

        Raises:
            InputError: The vocabulary lacks one.
        """
        return self.tokenizer.mark_id("<s>"), self.tokenizer.mark_id("</s>")


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
            InputError: They are of one repository.
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
        if len(table) and len(np.unique(repositories[table[:, 0]])) < 2:
            raise InputError(
                f"corpus {reading.corpus.path}: its {split} split has one repository; view "
                "'sentences' takes a sentence of another one"
            )
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


@dataclass(frozen=True)
class Functions:
    """Code of functions: `<s> code </s>`."""

    functions: TokenStore
    rows: Numbers
    """Of the store."""
    marks: tuple[int, int]
    limit: int
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Functions:
        """Take all functions of a split."""
        functions = reading.store("functions", split, data.languages)
        rows = np.flatnonzero(functions.lengths)
        lengths = np.minimum(functions.lengths[rows] + 2, data.length)
        languages = functions.languages[rows].astype(np.int64)
        return cls(functions, rows, reading.marks, data.length, lengths, languages)

    def __getitem__(self, row: int) -> Example:
        code = _cut(self.functions, int(self.rows[row]), self.limit - 2, CODE)
        begin, end = self.marks
        parts = (mark(begin, TEXT), code, mark(end, CODE))
        return Example(row, (concatenate(parts, (0, 0, 0)),), language=int(self.languages[row]))


@dataclass(frozen=True)
class Pairs:
    """Summary and code of functions, bare: (text, code), and what else is wanted.

    That is the body and mined negatives (text, code, body, code, ...), or other pairs by chance
    (text, code, text, code, ...), the same ones from epoch to epoch.

    A function without a summary, where these are wanted too, has an empty text.
    """

    functions: TokenStore
    summaries: TokenStore
    rows: Numbers
    """Of both stores."""
    limits: tuple[int, int]
    """Tokens of a text, and of the whole sequence with three marks."""
    with_body: bool
    negatives: tuple[Numbers, Numbers] | None
    """First of each row's negatives, and all of them: rows of `functions`."""
    others: int
    seed: int
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Pairs:
        """Take all functions with a summary of a split, or all functions."""
        functions = reading.store("functions", split, data.languages)
        summaries = reading.store("summaries", split, data.languages)
        wanted = functions.lengths > 0
        if not data.unimodal:
            wanted &= summaries.lengths > 0
        rows = np.flatnonzero(wanted)
        negatives = None
        if data.negatives and split == "train":
            firsts, others = read_negatives(Path(data.negatives), functions.keys, rows)
            listed = np.diff(firsts) > 0
            rows, negatives = rows[listed], (np.append(firsts[:-1][listed], firsts[-1]), others)
        text = np.minimum(summaries.lengths[rows], data.text_length)
        lengths = np.minimum(functions.lengths[rows] + text + 3, data.length)
        languages = functions.languages[rows].astype(np.int64)
        limits = (data.text_length, data.length)
        return cls(
            functions,
            summaries,
            rows,
            limits,
            data.body,
            negatives,
            data.others,
            seed,
            lengths,
            languages,
        )

    def __getitem__(self, row: int) -> Example:
        function = int(self.rows[row])
        parts = self._pair(function)
        room = self.limits[1] - len(parts[0].ids) - 3
        if self.with_body or self.negatives is not None:
            parts.append(body(self.functions, function, room))
        if self.negatives is not None:
            firsts, others = self.negatives
            mined = others[firsts[row] : firsts[row + 1]].tolist()
            parts += [_cut(self.functions, other, room, CODE) for other in mined]
        if self.others:
            drawn = np.random.default_rng([self.seed, 3, row]).choice(self.rows, self.others)
            parts += [part for other in drawn.tolist() for part in self._pair(other)]
        return Example(row, tuple(parts), language=int(self.languages[row]))

    def _pair(self, function: int) -> list[Tokens]:
        text_limit, limit = self.limits
        text = _cut(self.summaries, function, text_limit, TEXT)
        return [text, _cut(self.functions, function, limit - len(text.ids) - 3, CODE)]


@dataclass(frozen=True)
class Labelled:
    """Texts of a JSONL file with a class each, bare."""

    parts: tuple[tuple[Tokens, ...], ...]
    labels: tuple[int, ...]
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Labelled:
        """Read the file of a split; other splits than that for training may have none."""
        name = data.file if split == "train" else data.validation_file
        parts, labels = (
            read_labelled(Path(name), reading.tokenizer, data.length) if name else ((), ())
        )
        lengths = np.array([sum(len(one.ids) for one in row) for row in parts], np.int64)
        return cls(parts, labels, lengths, np.zeros(len(labels), np.int64))

    def __getitem__(self, row: int) -> Example:
        return Example(row, self.parts[row], label=self.labels[row])


@dataclass(frozen=True)
class Subset:
    """Some rows of a view, numbered anew."""

    view: View
    rows: Numbers

    @property
    def lengths(self) -> Numbers:
        """Tokens of each example, about."""
        return self.view.lengths[self.rows]

    @property
    def languages(self) -> Numbers:
        """Number of each example's language."""
        return self.view.languages[self.rows]

    def __getitem__(self, row: int) -> Example:
        return self.view[int(self.rows[row])]


_VIEWS = {
    "blocks": Blocks,
    "sentences": Sentences,
    "functions": Functions,
    "pairs": Pairs,
    "labelled": Labelled,
}


def open_view(
    data: DataRecipe, reading: Reading, split: Split, *, seed: int, causal: bool
) -> View | None:
    """Open the view that a recipe asks for.

    Args:
        data: the recipe's table.
        reading: the corpus and how to read it.
        split: which rows.
        seed: orders documents before they are packed, and chooses rows.
        causal: whether the model is a decoder, which decides the marks of blocks.

    Returns:
        None if the split has no such examples.

    Raises:
        InputError: The vocabulary lacks a mark, or a file of the recipe cannot be read.
    """
    view: View = _VIEWS[data.view].open(data, reading, split, seed, causal)  # type: ignore[attr-defined]
    count = len(view.lengths)
    if not count:
        return None
    if split == "train" and 0 < data.rows < count:
        return some_rows(view, data.rows, seed)
    return view


def some_rows(view: View, count: int, seed: int) -> View:
    """Choose rows of a view by chance; all if there are not so many."""
    if len(view.lengths) <= count:
        return view
    chosen = np.random.default_rng([seed, 1]).choice(len(view.lengths), count, replace=False)
    return Subset(view, np.sort(chosen))


def _cut(store: TokenStore, row: int, limit: int, modality: int) -> Tokens:
    return piece(store, row, modality, 0, min(int(store.lengths[row]), max(limit, 0)))
