"""A few rows of a corpus, chosen by chance."""

from __future__ import annotations

import heapq
import random
from typing import Any, Literal

import pyarrow as pa

from diglot.corpus.reader import Corpus
from diglot.corpus.schema import SCHEMAS, Split, Table
from diglot.corpus.shards import read_tables
from diglot.errors import InputError

Sampled = Literal["files", "functions", "prose", "pairs"]
"""A table, or the functions that have a summary."""


def sample(
    corpus: Corpus,
    kind: Sampled,
    count: int,
    *,
    language: str | None = None,
    split: Split | None = None,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Choose rows, each with the same chance; the same ones for the same seed.

    Args:
        corpus: The corpus.
        kind: What to choose from.
        count: How many rows at most.
        language: Only of this language.
        split: Only of this split.
        seed: Of the choice.

    Raises:
        InputError: Prose is asked for by language.
    """
    table: Table = "functions" if kind == "pairs" else kind
    if language is not None and "language" not in SCHEMAS[table].names:
        raise InputError(f"--lang {language}: prose has no language; accepted: other tables")
    chance = random.Random(seed)
    chosen: list[tuple[float, int, dict[str, Any]]] = []
    number = 0
    for shard in corpus.shards(table, split):
        for rows in read_tables(shard):
            wanted = [
                at
                for at, (own, summary) in enumerate(
                    zip(
                        _column(rows, "language", rows.num_rows),
                        _column(rows, "summary", rows.num_rows),
                        strict=True,
                    )
                )
                if (language is None or own == language) and (kind != "pairs" or summary)
            ]
            for at in wanted:
                number += 1
                key = chance.random()
                if len(chosen) < count:
                    heapq.heappush(chosen, (key, number, rows.slice(at, 1).to_pylist()[0]))
                elif count and key > chosen[0][0]:
                    heapq.heapreplace(chosen, (key, number, rows.slice(at, 1).to_pylist()[0]))
    return [row for _, _, row in sorted(chosen, key=lambda item: item[1])]


def _column(rows: pa.Table, name: str, length: int) -> list[str | None]:
    if name not in rows.column_names:
        return [None] * length
    values: list[str | None] = rows.column(name).to_pylist()
    return values
