"""A corpus that has been built, as a source of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.cache import file_digest
from diglot.errors import InputError

_COLUMNS = ["path", "text", "repository", "revision", "licence", "language", "split"]


@dataclass(frozen=True)
class ParquetCorpus:
    """`parquet:CORPUS_DIR`: the files of a corpus, with their repositories and their split."""

    path: str

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"parquet:{self.path}"

    def fetch(self, cache: Path) -> Fetched:
        """Open the corpus; it is read where it lies, in its own order.

        Raises:
            InputError: There is no corpus.
        """
        from diglot.corpus.reader import open_corpus

        corpus = open_corpus(Path(self.path).expanduser())
        digest = file_digest(*corpus.shards("files"))
        return Fetched(
            repository=f"parquet:{corpus.path.resolve().name}",
            revision=digest.partition(":")[2][:16],
            declared_licence="",
            digest=digest,
            read=partial(_read, corpus.path),
        )


def _read(path: Path, skipped: Counter[str]) -> Iterator[RawFile]:
    import pyarrow as pa

    from diglot.corpus.reader import open_corpus

    try:
        for batch in open_corpus(path).batches("files", _COLUMNS):
            for row in batch.to_pylist():
                yield RawFile(
                    path=row["path"],
                    data=row["text"].encode(),
                    repository=row["repository"],
                    revision=row["revision"],
                    licence=row["licence"] or None,
                    language=row["language"] or None,
                    split=row["split"],
                )
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"cannot read the corpus {path}: {error}") from error
