"""What a corpus gives a tokenizer: texts to train on, and rows to be measured on."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError, MissingExtraError
from diglot.tokenizer.spans import spans_in_code

if TYPE_CHECKING:
    from diglot.corpus.reader import Corpus
    from diglot.corpus.schema import Split, Table

PROSE = "prose"
"""Stands beside the names of languages."""
BYTES_PER_LANGUAGE = 100_000_000
"""More text of one language changes its share of the vocabulary, and hardly what is in it."""
ROWS_PER_LANGUAGE = 1000


def open_corpus(path: Path | str) -> Corpus:
    """Open a corpus.

    Raises:
        InputError: There is none.
        MissingExtraError: Reading one takes `pyarrow`, which is not installed.
    """
    try:
        from diglot.corpus import reader
    except ImportError as error:
        raise MissingExtraError(
            f"reading a corpus needs {error.name}: pip install 'diglot[corpus]'"
        ) from error
    return reader.open_corpus(path)


class TrainingTexts:
    """Files and prose of the training split: every function is in a file.

    Of a language with more than its share, files are taken by a hash of their id, so that all its
    repositories are heard and a corpus in another order gives the same ones.
    """

    def __init__(self, corpus: Corpus, bytes_per_language: int = BYTES_PER_LANGUAGE) -> None:
        """Take a corpus.

        Raises:
            InputError: It has no text to train on.
        """
        self._corpus = corpus
        self._sizes = Counter[str]()
        for name, _, size, _ in _training_rows(corpus, with_text=False):
            self._sizes[name] += size
        if not self._sizes.total():
            raise InputError(f"corpus {corpus.path} has no text in its training split")
        self._shares = {name: bytes_per_language / size for name, size in self._sizes.items()}
        self.read = Counter[str]()
        """Bytes read so far, by language and prose."""

    def __iter__(self) -> Iterator[str]:
        self.read.clear()
        for name, row_id, size, text in _training_rows(self._corpus, with_text=True):
            if _chance(row_id) < self._shares[name]:
                self.read[name] += size
                yield text

    @property
    def provenance(self) -> dict[str, Any]:
        """What was read, for the record; complete once the texts were iterated over."""
        datasheet = (self._corpus.path / "datasheet.json").read_bytes()
        return {
            "corpus": {
                "datasheet_sha256": sha256(datasheet).hexdigest(),
                "split": "train",
                "bytes": dict(sorted(self.read.items())),
            }
        }


@dataclass
class Sample:
    """Rows of one language, or of prose."""

    texts: list[str] = field(default_factory=list)
    identifiers: list[NDArray[np.int32]] = field(default_factory=list)
    """For each text, shape (m, 2): every occurrence of an identifier, in characters, sorted."""


def held_out_split(corpus: Corpus) -> Split:
    """Return the split to measure on: one that was not trained on, if it has functions.

    Raises:
        InputError: No split has any.
    """
    splits: tuple[Split, ...] = ("validation", "test", "train")
    for split in splits:
        if corpus.dataset("functions", split).count_rows():
            return split
    raise InputError(f"corpus {corpus.path} has no functions to measure on")


def sample_rows(corpus: Corpus, split: Split, rows: int = ROWS_PER_LANGUAGE) -> dict[str, Sample]:
    """Choose functions of every language, and prose, by a hash of their ids.

    Returns:
        Samples by language, prose last.
    """
    chosen: dict[str, list[tuple[float, str, dict[str, Any]]]] = {}
    functions = ["function_id", "language", "code", "start", "cuts", "identifiers"]
    for table, columns in (("functions", functions), ("prose", ["prose_id", "text"])):
        for batch in corpus.batches(cast("Table", table), columns, split):
            ids = batch.column(columns[0]).to_pylist()
            groups = batch.column("language").to_pylist() if table == "functions" else repeat(PROSE)
            for place, (row_id, name) in enumerate(zip(ids, groups, strict=False)):
                best = chosen.setdefault(name, [])
                key = (-_chance(row_id), row_id)
                if len(best) < rows:
                    heapq.heappush(best, (*key, batch.slice(place, 1).to_pylist()[0]))
                elif key > best[0][:2]:
                    heapq.heapreplace(best, (*key, batch.slice(place, 1).to_pylist()[0]))
    names = sorted(chosen, key=lambda name: (name == PROSE, name))
    return {name: _sample([row for *_, row in sorted(chosen[name])]) for name in names}


def _sample(rows: list[dict[str, Any]]) -> Sample:
    sample = Sample()
    for row in rows:
        sample.texts.append(row["code"] if "code" in row else row["text"])
        occurrences = sorted(
            (span["start"], span["end"])
            for identifier in row.get("identifiers") or ()
            for span in identifier["spans"]
        )
        cuts = [(cut["start"], cut["end"]) for cut in row.get("cuts") or ()]
        sample.identifiers.append(spans_in_code(occurrences, row.get("start", 0), cuts))
    return sample


def _training_rows(corpus: Corpus, *, with_text: bool) -> Iterator[tuple[str, str, int, str]]:
    """Language, id, bytes and, if wanted, text of every row to train on."""
    columns = ["file_id", "language", "source_bytes", *(["text"] if with_text else [])]
    for batch in corpus.batches("files", columns, "train"):
        values = [batch.column(name).to_pylist() for name in columns]
        for row_id, language, size, *text in zip(*values, strict=True):
            yield language, row_id, size, text[0] if text else ""
    for batch in corpus.batches("prose", ["prose_id", "text"], "train"):
        for row_id, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield PROSE, row_id, len(text.encode()), text


def _chance(row_id: str) -> float:
    """A number from 0 to 1 that a row keeps wherever it stands."""
    return int.from_bytes(blake2b(row_id.encode(), digest_size=7).digest()) / 2**56
