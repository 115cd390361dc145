from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import diglot
from diglot.corpus.schema import SCHEMA_VERSION, SCHEMAS
from diglot.languages import language_of
from diglot.models import resolve_model
from diglot.tokenizer import CodeTokenizer, load_tokenizer, train_tokenizer

SOURCE = Path(diglot.__file__).parent
SAMPLES = Path(__file__).parents[1] / "languages" / "samples"
SIZE = 2048


def source_files() -> Iterator[tuple[str, str]]:
    """Language and text of files at hand: this project's own, and the samples of each language."""
    for folder in ("languages", "index"):
        for path in sorted((SOURCE / folder).glob("*.py")):
            yield "python", path.read_text("utf-8")
    for path in sorted(SAMPLES.iterdir()):
        language = language_of(path.name)
        if language and path.suffix != ".units":
            yield language.name, path.read_text("utf-8")


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return [text for _, text in source_files()]


@pytest.fixture(scope="session")
def tokenizer(texts) -> CodeTokenizer:
    return train_tokenizer(texts, vocabulary_size=SIZE)


@pytest.fixture(scope="session")
def bert() -> CodeTokenizer:
    """An uncased vocabulary made by others: the shipped models have BERT's."""
    return load_tokenizer(resolve_model("encoder").path)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of the files at hand; its validation split has functions of two of them."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {
        ("files", "train"): [],
        ("prose", "train"): [],
        ("functions", "validation"): [],
        ("prose", "validation"): [],
    }
    for number, (language, text) in enumerate(source_files()):
        origin = {"repository": f"folder:{number}", "path": str(number), "licence": "Apache-2.0"}
        file_id = blake2b(text.encode(), digest_size=8).hexdigest()
        file = {"file_id": file_id, "language": language, "text": text}
        file["source_bytes"] = len(text.encode())
        rows["files", "train"].append(origin | {"split": "train"} | file)
        for split in ("train", "validation"):
            prose = {"prose_id": f"{file_id}{split}", "text": text.split("\n", 1)[0]}
            rows["prose", split].append(origin | {"split": split} | prose)
        if language == "python" and text.isascii():
            rows["functions", "validation"] += [
                origin | {"split": "validation"} | function for function in functions(text)
            ]
    folder = tmp_path / "corpus"
    for (table, split), records in rows.items():
        (folder / table).mkdir(parents=True, exist_ok=True)
        shard = pa.Table.from_pylist(records, schema=SCHEMAS[table])
        pq.write_table(shard, folder / table / f"{split}-00000.parquet")
    (folder / "datasheet.json").write_text(json.dumps({"schema": SCHEMA_VERSION}))
    return folder


def functions(text: str) -> Iterator[dict[str, Any]]:
    """Rows of a Python file's functions: docstrings cut out, arguments as identifiers."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef):
            continue
        start, end = starts[node.lineno - 1] + node.col_offset, 0
        end = starts[node.end_lineno - 1] + node.end_col_offset
        cuts = []
        if ast.get_docstring(node) and len(node.body) > 1:
            literal = node.body[0]
            cuts = [{"start": starts[literal.lineno - 1], "end": starts[literal.end_lineno]}]
        code = text[start:end]
        if cuts:
            code = text[start : cuts[0]["start"]] + text[cuts[0]["end"] : end]
        identifiers = []
        for name in {argument.arg for argument in node.args.args}:
            found = [match.span() for match in re.finditer(rf"\b{name}\b", text[start:end])]
            spans = [{"start": start + a, "end": start + b} for a, b in found]
            kept = [s for s in spans if not any(c["start"] <= s["start"] < c["end"] for c in cuts)]
            identifiers.append({"name": name, "role": "parameter", "spans": kept})
        yield {
            "function_id": blake2b(f"{node.name}{start}{text}".encode(), digest_size=8).hexdigest(),
            "language": "python",
            "code": code,
            "start": start,
            "cuts": cuts,
            "identifiers": identifiers,
        }
