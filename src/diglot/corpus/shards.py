"""Writing tables as Parquet, a row group at a time and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diglot.corpus.schema import SCHEMA_VERSION, SCHEMAS, Table

ROWS_PER_GROUP = 1000
"""Rows that are in memory at once, when written as when read."""
_COMPRESSION = "zstd"


class TableWriter:
    """Writes one Parquet file. Its bytes depend on the rows alone, not on how they were handed in.

    The file has its name only when the `with` block ends without an error.
    """

    def __init__(self, path: Path, table: Table) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
        self._schema = SCHEMAS[table].with_metadata({"diglot_corpus_schema": str(SCHEMA_VERSION)})
        self._writer = pq.ParquetWriter(self._temporary, self._schema, compression=_COMPRESSION)
        self._rows: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []
        self._pending = 0
        self.rows = 0

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._flush()
            self._writer.close()
            if kind is None:
                self._temporary.replace(self._path)
        finally:
            self._temporary.unlink(missing_ok=True)

    def write_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows that are dictionaries."""
        self._rows += rows
        if len(self._rows) >= ROWS_PER_GROUP:
            self._convert()

    def write(self, table: pa.Table) -> None:
        """Add the rows of a table."""
        self.rows += table.num_rows
        self._tables.append(table)
        self._pending += table.num_rows
        if self._pending >= ROWS_PER_GROUP:
            whole = self._pending - self._pending % ROWS_PER_GROUP
            self._write_groups(whole)

    def _convert(self) -> None:
        rows, self._rows = self._rows, []
        self.write(pa.Table.from_pylist(rows, schema=self._schema))

    def _flush(self) -> None:
        if self._rows:
            self._convert()
        if self._pending:
            self._write_groups(self._pending)

    def _write_groups(self, rows: int) -> None:
        table = pa.concat_tables(self._tables).replace_schema_metadata(self._schema.metadata)
        table = table.combine_chunks()
        self._writer.write_table(table.slice(0, rows), row_group_size=ROWS_PER_GROUP)
        self._tables = [table.slice(rows)]
        self._pending -= rows


def read_tables(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Rows of a Parquet file, a row group at a time."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(
                group, columns=None if columns is None else list(columns), use_threads=False
            )
