"""A small corpus, and the same texts as the peers' trainers read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.repositories import BenchmarkError
from diglot.corpus.reader import DATASHEET, Corpus, open_corpus
from diglot.corpus.schema import SCHEMA_VERSION, Table
from diglot.tokenizer import CodeTokenizer

FILES, PAIRS = 300, 3000
"""Rows of the small corpus; what the steps of a run read comes from these."""
_GROUPS = {"files": 1, "functions": 24}
"""Row groups, of some 1,000 rows, that are read to choose from."""
MOST_TEXT = 64
"""Tokens of a summary at most: diglot's default, which then cuts nothing."""
_MARKS = 3


def write_data(
    source: Path, folder: Path, tokenizer: CodeTokenizer, length: int, seed: int
) -> dict[str, Any]:
    """Choose rows of a corpus by chance, and write them for both sides.

    Pairs are such that no side has to cut anything.

    Args:
        source: folder of a corpus.
        folder: gets `corpus/`, `mlm.jsonl` and `contrastive.jsonl`.
        tokenizer: of the model that is trained.
        length: tokens of a pair at most.
        seed: of the choice.

    Returns:
        Where the texts come from, for the record.

    Raises:
        BenchmarkError: The corpus has no such pairs.
    """
    corpus, rng = open_corpus(source), np.random.default_rng(seed)
    files = _some(corpus, "files", _GROUPS["files"], rng).slice(0, FILES)
    functions = _some(corpus, "functions", _GROUPS["functions"], rng)
    pairs = _fitting(functions, tokenizer, length).slice(0, PAIRS)
    if not len(pairs):
        raise BenchmarkError(f"{source}: no function with a summary fits {length} tokens")
    identity = f"{corpus.datasheet['corpus_hash']} {seed} {length} {FILES} {PAIRS}"
    sheet = {
        "schema": SCHEMA_VERSION,
        "corpus_hash": hashlib.blake2b(identity.encode(), digest_size=16).hexdigest(),
    }
    small = folder / "corpus"
    for name, table in (("files", files), ("functions", pairs)):
        (small / name).mkdir(parents=True)
        pq.write_table(table, small / name / "train-00000-of-00001.parquet")
    (small / DATASHEET).write_text(json.dumps(sheet) + "\n", encoding="utf-8")
    _write_lines(folder / "mlm.jsonl", ({"text": text} for text in files["text"].to_pylist()))
    columns = (pairs[name].to_pylist() for name in ("summary", "code"))
    _write_lines(
        folder / "contrastive.jsonl",
        ({"anchor": text, "positive": code} for text, code in zip(*columns, strict=True)),
    )
    return {
        "corpus": corpus.datasheet["name"],
        "corpus_hash": corpus.datasheet["corpus_hash"],
        "seed": seed,
        "files": len(files),
        "pairs": len(pairs),
    }


def _some(corpus: Corpus, name: Table, groups: int, rng: np.random.Generator) -> pa.Table:
    """Row groups of the training split, shuffled; of functions, only those with a summary."""
    shards = [pq.ParquetFile(shard) for shard in corpus.shards(name, "train")]
    places = [(shard, group) for shard in shards for group in range(shard.num_row_groups)]
    chosen = rng.permutation(len(places))[:groups]
    parts = [places[place][0].read_row_group(places[place][1]) for place in chosen.tolist()]
    rows = pa.concat_tables(parts)
    if name == "functions":
        rows = rows.filter(pc.field("summary") != "")
    return rows.take(rng.permutation(len(rows)))


def _fitting(functions: pa.Table, tokenizer: CodeTokenizer, length: int) -> pa.Table:
    """Those of which text and code fit whole."""
    texts = _lengths(functions["summary"].to_pylist(), tokenizer)
    codes = _lengths(functions["code"].to_pylist(), tokenizer)
    whole = (texts <= MOST_TEXT) & (texts + codes + _MARKS <= length)
    return functions.filter(pa.array(whole))


def _lengths(texts: list[str], tokenizer: CodeTokenizer) -> NDArray[np.int64]:
    encoded = tokenizer.backend.encode_batch_fast(texts, add_special_tokens=False)
    return np.array([len(one.ids) for one in encoded], np.int64)


def _write_lines(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
