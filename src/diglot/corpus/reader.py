"""Opening a corpus that has been built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from diglot.corpus.schema import SCHEMA_VERSION, SCHEMAS, SPLITS, Split, Table
from diglot.documents import parse_json
from diglot.errors import InputError
from diglot.paths import is_file

DATASHEET = "datasheet.json"


@dataclass(frozen=True)
class Corpus:
    """A folder with `files/`, `functions/` and `prose/`, and the datasheet that describes them."""

    path: Path

    @cached_property
    def datasheet(self) -> dict[str, Any]:
        """What the corpus holds and how it was made.

        Raises:
            InputError: It cannot be read.
        """
        path = self.path / DATASHEET
        try:
            loaded = parse_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read as JSON: {error}") from error
        if not isinstance(loaded, dict):
            raise InputError(f"{path} holds no datasheet; accepted: a JSON object")
        return loaded

    def shards(self, table: Table, split: Split | None = None) -> list[Path]:
        """Files of a table, of one split or of all, in reading order."""
        splits = [split] if split else list(SPLITS)
        return [
            shard
            for name in splits
            for shard in sorted((self.path / table).glob(f"{name}-*.parquet"))
        ]

    def dataset(self, table: Table, split: Split | None = None) -> ds.Dataset:
        """A table, of one split or of all."""
        shards = [str(shard) for shard in self.shards(table, split)]
        return ds.dataset(shards, schema=SCHEMAS[table], format="parquet")

    def batches(
        self, table: Table, columns: Sequence[str], split: Split | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Columns of a table, batch by batch, always in the same order."""
        dataset = self.dataset(table, split)
        yield from dataset.to_batches(columns=list(columns), use_threads=False)


def open_corpus(path: Path | str) -> Corpus:
    """Open a corpus.

    Raises:
        InputError: The folder holds none, an unfinished one, or one of another schema version.
    """
    corpus = Corpus(Path(path))
    if not is_file(corpus.path / DATASHEET):
        raise InputError(
            f"{path} is no corpus: it has no {DATASHEET}; build one with `diglot corpus build`"
        )
    version = corpus.datasheet.get("schema")
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{path} has corpus schema {version!r}; this version of diglot reads {SCHEMA_VERSION}"
        )
    return corpus
