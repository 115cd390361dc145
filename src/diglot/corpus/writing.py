"""Writing the rows that stay as the shards of a corpus, and counting them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from diglot.corpus.schema import SCHEMAS, SPLITS, Split, Table
from diglot.corpus.selection import Selection
from diglot.corpus.shards import TableWriter

ROWS_PER_SHARD: dict[Table, int] = {"files": 20_000, "functions": 50_000, "prose": 200_000}


@dataclass
class Written:
    """What was written: counts for the datasheet."""

    hashes: dict[str, str] = field(default_factory=dict)
    """BLAKE2b-128 of each shard, by its path in the corpus."""
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By table and split."""
    files: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By language and split."""
    bytes: Counter[str] = field(default_factory=Counter)
    """Of the text of files, in UTF-8, by language."""
    functions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By language and split."""
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Functions with a summary, by language and split."""
    pairs_by_repository: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By language and repository."""
    styles: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Docstrings, by language and style."""
    licences: Counter[str] = field(default_factory=Counter)
    """Files, by licence."""
    redactions: Counter[str] = field(default_factory=Counter)
    """By kind."""
    sources: Counter[str] = field(default_factory=Counter)
    """Paragraphs of prose, by where they are from."""
    repositories: dict[str, str] = field(default_factory=dict)
    """Split of each repository."""
    summary_words: Counter[int] = field(default_factory=Counter)
    """Pairs, by words in the summary."""
    function_lines: Counter[int] = field(default_factory=Counter)
    """Functions, by lines."""


def write_tables(
    folders: Sequence[Path],
    selection: Selection,
    target: Path,
    progress: Callable[[int, int], None],
) -> Written:
    """Write the rows that stay, split by split, in the order of the parts.

    Args:
        folders: Parts, in order.
        selection: Rows that stay.
        target: Folder of the tables; replaced if it exists.
        progress: Told how many of how many parts are written.
    """
    shutil.rmtree(target, ignore_errors=True)
    written = Written()
    done, total = 0, len(folders) * len(SCHEMAS)
    for table in SCHEMAS:
        (target / table).mkdir(parents=True)
        totals = _totals(folders, selection, table)
        with ExitStack() as stack:
            writers = {
                split: stack.enter_context(_Shards(target / table, table, split, totals[split]))
                for split in SPLITS
                if totals[split]
            }
            for folder in folders:
                for rows in selection.kept(folder, table):
                    _count(written, table, rows)
                    for split, writer in writers.items():
                        writer.write(rows.filter(pc.equal(rows.column("split"), split)))
                done += 1
                progress(done, total)
    for path in sorted(target.rglob("*.parquet")):
        written.hashes[path.relative_to(target).as_posix()] = file_hash(path)
    return written


def file_hash(path: Path) -> str:
    """BLAKE2b-128 of a file."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class _Shards:
    """The files of one table and split, filled one after the other."""

    def __init__(self, folder: Path, table: Table, split: Split, rows: int) -> None:
        self._folder, self._table, self._split = folder, table, split
        self._count = -(-rows // ROWS_PER_SHARD[table])
        self._number = 0
        self._writer: TableWriter | None = None
        self._stack = ExitStack()

    def __enter__(self) -> _Shards:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, rows: pa.Table) -> None:
        while rows.num_rows:
            if self._writer is None:
                name = f"{self._split}-{self._number:05}-of-{self._count:05}.parquet"
                self._writer = self._stack.enter_context(
                    TableWriter(self._folder / name, self._table)
                )
            room = ROWS_PER_SHARD[self._table] - self._writer.rows
            self._writer.write(rows.slice(0, room))
            rows = rows.slice(room)
            if self._writer.rows == ROWS_PER_SHARD[self._table]:
                self._stack.close()
                self._writer = None
                self._number += 1


def _totals(folders: Sequence[Path], selection: Selection, table: Table) -> Counter[str]:
    totals: Counter[str] = Counter()
    for folder in folders:
        for rows in selection.kept(folder, table, ["split"]):
            totals.update(rows.column("split").to_pylist())
    return totals


def _count(written: Written, table: Table, rows: pa.Table) -> None:
    def column(name: str) -> list[Any]:
        values: list[Any] = rows.column(name).to_pylist()
        return values

    splits = column("split")
    written.rows.update((table, split) for split in splits)
    written.repositories.update(zip(column("repository"), splits, strict=True))
    if table == "prose":
        written.sources.update(column("source"))
        return
    languages = column("language")
    if table == "files":
        written.files.update(zip(languages, splits, strict=True))
        written.licences.update(column("licence"))
        for language, size in zip(
            languages, pc.binary_length(rows.column("text")).to_pylist(), strict=True
        ):
            written.bytes[language] += size
        for redactions in column("redactions"):
            written.redactions.update(item["kind"] for item in redactions)
        return
    written.functions.update(zip(languages, splits, strict=True))
    for language, split, repository, summary, style, first, last in zip(
        languages,
        splits,
        column("repository"),
        column("summary"),
        column("docstring_style"),
        column("start_line"),
        column("end_line"),
        strict=True,
    ):
        written.function_lines[last - first + 1] += 1
        if style:
            written.styles[language, style] += 1
        if summary:
            written.pairs[language, split] += 1
            written.pairs_by_repository[language, repository] += 1
            written.summary_words[len(summary.split())] += 1
