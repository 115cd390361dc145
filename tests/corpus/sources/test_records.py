from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from diglot.corpus.sources import RawFile, parse_source
from diglot.errors import InputError
from diglot.languages.functions import read_functions
from diglot.languages.registry import language_named

RECORD = {
    "repo": "some/thing",
    "path": "src/Store.java",
    "func_name": "Store.get",
    "original_string": "Object get() { return é; }",
    "language": "java",
    "code": "Object get() { return é; }",
    "code_tokens": ["Object"],
    "docstring": "Gets it.",
    "docstring_tokens": ["Gets", "it"],
    "sha": "abc",
    "url": "https://github.com/some/thing/blob/abc/src/Store.java#L10-L12",
    "partition": "valid",
}
FILE = RawFile(
    path="src/Store.java#L10-L12",
    data="Object get() { return é; }".encode(),
    repository="git:https://github.com/some/thing",
    revision="abc",
    language="java",
    docstring="Gets it.",
    split="validation",
)


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def read(spec: str) -> list[RawFile]:
    return list(parse_source(spec).fetch(Path("cache")).files())


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@pytest.mark.parametrize("scheme", ["", "codesearchnet:", "codexglue:"])
def test_a_record_becomes_a_file(tmp_path: Path, scheme: str, name: str) -> None:
    assert read(f"{scheme}{write(tmp_path / name, RECORD)}") == [FILE]


def test_codexglue_lacks_some_fields(tmp_path: Path) -> None:
    record = {key: value for key, value in RECORD.items() if not key.endswith("_tokens")}
    assert read(str(write(tmp_path / "a.jsonl", {**record, "idx": 3}))) == [FILE]
    del record["original_string"]
    assert read(str(write(tmp_path / "a.jsonl", record))) == [FILE]


def test_a_folder_in_the_order_of_its_files(tmp_path: Path) -> None:
    records = [{**RECORD, "sha": str(number), "partition": "train"} for number in range(4)]
    write(tmp_path / "x" / "java_train_1.jsonl.gz", *records[2:])
    write(tmp_path / "x" / "java_train_0.jsonl.gz", *records[:2])
    (tmp_path / "x" / "notes.txt").write_text("no record")
    found = read(f"codesearchnet:{tmp_path / 'x'}")
    assert [file.revision for file in found] == ["0", "1", "2", "3"]
    assert {file.split for file in found} == {"train"}


def test_the_digest_is_of_the_files(tmp_path: Path) -> None:
    spec = f"codexglue:{write(tmp_path / 'a.jsonl', RECORD)}"
    first = parse_source(spec).fetch(tmp_path)
    assert first.repository == "codexglue:a.jsonl"
    assert first.revision in first.digest
    write(tmp_path / "a.jsonl", RECORD, RECORD)
    assert parse_source(spec).fetch(tmp_path).digest != first.digest


ADVTEST = {
    "idx": 7,
    "url": "https://github.com/a/b/blob/c0ffee/x/y.py#L3-L9",
    "nwo": "a/b",
    "sha": "c0ffee",
    "path": "x/y.py",
    "language": "python",
    "identifier": "pack",
    "parameters": "(lid)",
    "docstring": "Pack.",
    "function": "def pack(lid):\n    return lid\n",
}


@pytest.mark.parametrize("missing", [[], ["nwo"], ["sha"], ["path"], ["language"], ["identifier"]])
def test_codexglue_code_search(tmp_path: Path, missing: list[str]) -> None:
    record = {key: value for key, value in ADVTEST.items() if key not in missing}
    (file,) = read(f"codexglue:{write(tmp_path / 'dataset' / 'test.jsonl', record)}")
    assert file == RawFile(
        path="x/y.py#L3-L9",
        data=b"def pack(lid):\n    return lid\n",
        repository="git:https://github.com/a/b",
        revision="c0ffee",
        language="python",
        docstring="Pack.",
        split="test",
    )


@pytest.mark.parametrize(
    ("name", "language", "split"),
    [
        ("train.jsonl", "python", "train"),
        ("valid.jsonl.gz", "python", "validation"),
        ("ruby/test.jsonl", "ruby", "test"),
        ("go/final/jsonl/go_valid_0.jsonl", "go", "validation"),
        ("evaluator.jsonl", "python", None),
    ],
)
def test_a_file_name_says_what_its_records_do_not(
    tmp_path: Path, name: str, language: str, split: str | None
) -> None:
    rows = [{"url": f"url{n}", "docstring": "doc", "function": "fun", "idx": n} for n in (1, 2)]
    found = read(f"codexglue:{write(tmp_path / name, *rows)}")
    assert [(file.language, file.split) for file in found] == [(language, split)] * 2
    assert len({file.path for file in found}) == 2


UNREADABLE = [
    ("{", "record is not JSON"),
    ("[1]", "record is not an object"),
    ("[" * 100_000, "record is not JSON"),
    (json.dumps({**RECORD, "original_string": " ", "code": None}), "record has no code"),
    (json.dumps({**RECORD, "partition": "elsewhere"}), "record has a partition"),
    (json.dumps({**RECORD, "language": "brainfuck"}), "record is of no known language"),
    ("x" * (17 << 20), "record has more than"),
]


@pytest.mark.parametrize(("line", "reason"), UNREADABLE, ids=[reason for _, reason in UNREADABLE])
def test_a_line_that_is_no_record_is_skipped_and_counted(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{line}\n{json.dumps(RECORD)}\n{line}\n")
    fetched = parse_source(str(path)).fetch(tmp_path)
    assert list(fetched.files()) == [FILE]
    ((told, count),) = fetched.skipped.items()
    assert told.startswith(reason)
    assert count == 2


def test_a_file_without_any_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("no\nrecord\n")
    with pytest.raises(InputError, match=r"a\.jsonl, line 1 is not JSON, and no other line"):
        read(str(path))


def test_blank_lines_count_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"\n{json.dumps(RECORD)}\n\n")
    assert read(str(path)) == [FILE]


def test_a_cut_off_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl.gz", *[{**RECORD, "sha": str(i * i)} for i in range(99)])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cannot read"):
        read(str(path))


def test_no_files(tmp_path: Path) -> None:
    for spec in (f"codesearchnet:{tmp_path}", "codexglue:/nowhere"):
        with pytest.raises(InputError, match=r"no \.jsonl or \.jsonl\.gz file is there"):
            read(spec)


@pytest.mark.parametrize(
    ("language", "name", "code", "framed"),
    [
        ("php", "Links.get", "public function get() {}", "<?php\npublic function get() {}"),
        ("javascript", "Links.get", "function (a) { return a }", "Links.get = function (a) {"),
        ("javascript", "", "async (a) => { return a }", "exports = async (a) =>"),
        ("javascript", "Links.get", "get(a) { return a }", "class Links {\nget(a)"),
        ("javascript", "get", "function get(a) { return a }", "function get(a) { return a }"),
        ("python", "get", "def get(self):\n    return 1", "def get(self):\n    return 1"),
    ],
)
def test_bare_functions_get_what_their_grammar_wants(
    tmp_path: Path, language: str, name: str, code: str, framed: str
) -> None:
    record = {**RECORD, "language": language, "func_name": name, "original_string": code}
    (file,) = read(str(write(tmp_path / "a.jsonl", record)))
    assert file.data.decode().startswith(framed)
    source = read_functions(file.data.decode(), language_named(language))
    assert source is not None
    assert [function.parses for function in source.functions] == [True]
