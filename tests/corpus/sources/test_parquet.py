from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diglot.corpus.schema import FILES, SCHEMA_VERSION
from diglot.corpus.sources import RawFile, parse_source
from diglot.errors import InputError


def write_corpus(folder: Path) -> Path:
    (folder / "files").mkdir(parents=True)
    (folder / "datasheet.json").write_text(json.dumps({"schema": SCHEMA_VERSION}))
    for split, name, licence in (("train", "é.py", "MIT"), ("test", "b.md", "")):
        row = {
            "file_id": "1",
            "repository": "pypi:attrs",
            "revision": "1",
            "path": name,
            "split": split,
            "licence": licence,
            "licence_declared": "",
            "licence_detected": "",
            "language": "python" if name.endswith("py") else "",
            "text": f"text of {name}",
            "source_bytes": 1,
            "source_hash": "",
            "redactions": [],
        }
        table = pa.Table.from_pylist([row], schema=FILES)
        pq.write_table(table, folder / "files" / f"{split}-00000.parquet")
    return folder


def test_files_of_a_corpus_with_their_split(tmp_path: Path) -> None:
    fetched = parse_source(f"parquet:{write_corpus(tmp_path / 'c')}").fetch(tmp_path)
    assert fetched.repository == "parquet:c"
    assert list(fetched.files()) == [
        RawFile("é.py", "text of é.py".encode(), "pypi:attrs", "1", "MIT", "python", split="train"),
        RawFile("b.md", b"text of b.md", "pypi:attrs", "1", split="test"),
    ]


def test_no_corpus_and_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no corpus"):
        parse_source(f"parquet:{tmp_path}").fetch(tmp_path)
    corpus = write_corpus(tmp_path / "c")
    shard = next(corpus.glob("files/test-*"))
    shard.write_bytes(shard.read_bytes()[:-30])
    with pytest.raises(InputError, match="cannot read the corpus"):
        list(parse_source(f"parquet:{corpus}").fetch(tmp_path).files())
