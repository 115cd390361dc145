"""Which of the rows that were read stay in a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from diglot.corpus.schema import Table
from diglot.corpus.shards import read_tables

FAMILIES = {"typescript": "javascript", "tsx": "javascript"}
"""Languages whose pairs count together."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """For each part of a build and each table, which rows stay."""

    masks: Mapping[Path, Mapping[Table, Mask]]
    last_pair: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By language and repository, the last function id whose summary stays; no entry, all stay."""
    duplicates: Mapping[Table, int] = field(default_factory=dict)
    """Rows left out because another is nearly the same."""

    @classmethod
    def of(cls, folders: Sequence[Path], keeps: Mapping[Table, Mask]) -> Selection:
        """Cut up decisions on all rows.

        Args:
            folders: Parts, in order.
            keeps: For each table whether each of its rows stays, over all parts.
        """
        masks: dict[Path, dict[Table, Mask]] = {folder: {} for folder in folders}
        for table, keep in keeps.items():
            position = 0
            for folder in folders:
                rows = pq.read_metadata(folder / f"{table}.parquet").num_rows
                masks[folder][table] = keep[position : position + rows]
                position += rows
        duplicates = {table: int((~keep).sum()) for table, keep in keeps.items()}
        return cls(masks, duplicates=duplicates)

    def kept(
        self, folder: Path, table: Table, columns: list[str] | None = None
    ) -> Iterator[pa.Table]:
        """Rows of a part that stay, with the summaries over the largest share blanked."""
        position = 0
        for rows in read_tables(folder / f"{table}.parquet", columns):
            mask = self.masks[folder][table][position : position + rows.num_rows]
            position += rows.num_rows
            chosen = rows.filter(pa.array(mask))
            if table == "functions" and self.last_pair and "summary" in chosen.column_names:
                chosen = self._blanked(chosen)
            yield chosen

    def _blanked(self, rows: pa.Table) -> pa.Table:
        """Functions of a repository beyond its share are no pairs."""
        summaries = [
            "" if identity > self.last_pair.get((family(language), repository), "~") else summary
            for identity, language, repository, summary in zip(
                *(
                    rows.column(name).to_pylist()
                    for name in ("function_id", "language", "repository", "summary")
                ),
                strict=True,
            )
        ]
        at = rows.column_names.index("summary")
        return rows.set_column(at, rows.schema.field(at), pa.array(summaries, pa.string()))


def rows_without_file(folders: Sequence[Path], files: Mask, table: Table) -> Mask:
    """Which rows of a table are from a file that does not stay.

    Args:
        folders: Parts, in order.
        files: Which files stay, over all parts.
        table: `functions` or `prose`.
    """
    if table == "files":
        return ~files
    column = {"functions": "file_id", "prose": "document_id"}[table]
    found = [np.empty(0, dtype=np.bool_)]
    position = 0
    for folder in folders:
        identities = _column(folder, "files", "file_id")
        gone = identities.filter(pa.array(~files[position : position + len(identities)]))
        position += len(identities)
        found.append(np.asarray(pc.is_in(_column(folder, table, column), value_set=gone), bool))
    return np.concatenate(found)


def share_out(
    folders: Sequence[Path], selection: Selection, share: float
) -> dict[tuple[str, str], str]:
    """Bound the share of one repository in a language's pairs.

    Over the bound, the functions with the lowest ids, which are hashes, stay pairs. Where a
    language has so few repositories that one must exceed the share, all is left as it is.

    Args:
        folders: Parts, in order.
        selection: Rows that stay.
        share: Largest share, above 0 and below 1.

    Returns:
        By language and repository, the last function id whose summary stays.
    """
    ids: dict[tuple[str, str], list[str]] = {}
    columns = ["function_id", "language", "repository", "summary"]
    for folder in folders:
        for rows in selection.kept(folder, "functions", columns):
            for identity, language, repository, summary in zip(
                *(rows.column(name).to_pylist() for name in columns), strict=True
            ):
                if summary:
                    ids.setdefault((family(language), repository), []).append(identity)
    last: dict[tuple[str, str], str] = {}
    for language in {language for language, _ in ids}:
        counts = {key: len(found) for key, found in ids.items() if key[0] == language}
        bound = bound_of(list(counts.values()), share)
        for key, count in counts.items():
            if 0 < bound < count:
                last[key] = sorted(ids[key])[bound - 1]
    return dict(sorted(last.items()))


def family(language: str) -> str:
    """The language with which a language's pairs count."""
    return FAMILIES.get(language, language)


def bound_of(counts: list[int], share: float) -> int:
    """The most a repository may keep: a fixed point of `share` times what all keep; 0 if none."""
    bound = max(counts)
    while (lower := int(share * sum(min(count, bound) for count in counts))) < bound:
        bound = lower
    return bound


def _column(folder: Path, table: Table, column: str) -> pa.ChunkedArray:
    return pq.read_table(folder / f"{table}.parquet", columns=[column]).column(column)
