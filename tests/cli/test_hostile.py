"""Odd and hostile values and files: one line that names them, exit code 2, and no traceback."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from diglot.models import resolve_model

DIGITS = "9" * 30
MANY_DIGITS = "9" * 5000
LONG = "x" * 100_000
NUL = "a\0b"
DEEP = "[" * 100_000 + "]" * 100_000
DEEP_OBJECTS = '{"a":' * 100_000 + "1" + "}" * 100_000


def refused(result, *words: str) -> None:
    assert (result.code, result.out) == (2, ""), result.err[-400:]
    assert result.err.startswith("diglot: ")
    assert result.err.count("\n") == 1, result.err[-400:]
    assert len(result.err) < 3000
    for word in words:
        assert word in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "x", "-k", MANY_DIGITS], ["top-k", "..."]),
        (["search", "x", "-k", "0"], ["top-k", "x>=1"]),
        (["search", "x", "-k", ""], ["top-k"]),
        (["search", "x", "--snippet-lines", MANY_DIGITS], ["snippet-lines"]),
        (["search", NUL], ["a\\x00b", "NUL"]),
        (["search", "x", "-g", NUL], ["a\\x00b", "NUL"]),
        (["search", "x", "-t", LONG], ["xxx...xxx", "python"]),
        (["search", "x", "--rank", LONG], ["xxx...xxx", "fast"]),
        (["search", "x", "--kind", LONG], ["--kind", "xxx...xxx"]),
        (["search", "x", "-p", LONG], ["xxx...xxx"]),
        (["search", "x", "--model", LONG], ["xxx...xxx", "static"]),
        (["search", "x", "--model", "~nobody-of-that-name/m"], ["~nobody", "home"]),
        (["search", "x", "--cache-dir", LONG], ["xxx...xxx"]),
        (["search", "x", LONG], ["xxx...xxx"]),
        (["search", "x", "x/" * 3000], ["..."]),
        (["index", LONG], ["xxx...xxx"]),
        (["status", NUL], ["a\\x00b", "NUL"]),
        (["related", f"src/memory.py:{MANY_DIGITS}"], ["FILE:LINE"]),
        (["related", f"src/memory.py:{DIGITS}"], ["FILE:LINE"]),
        (["related", "src/memory.py:0"], ["src/memory.py:0"]),
        (["related", f"{LONG}:1"], ["xxx...xxx", "no such file"]),
        (["models", "show", LONG], ["xxx...xxx"]),
        (["corpus", "show", LONG], ["xxx...xxx", "corpus"]),
        (["corpus", "build", LONG, "-o", "out"], ["xxx...xxx"]),
        (["corpus", "build", "src", "-o", "out", "--seed", MANY_DIGITS], ["--seed"]),
        (["corpus", "build", "src", "-o", "out", "--workers", "0"], ["--workers", "x>=1"]),
        (["corpus", "build", "~nobody-of-that-name/x", "-o", "out"], ["~nobody", "home"]),
        (["corpus", "build", "--recipe", LONG, "-o", "out"], ["xxx...xxx"]),
        (["corpus", "build", "--recipe", f"{LONG}.toml", "-o", "out"], ["no such file"]),
        (["corpus", "build", "src", "-o", LONG], ["xxx...xxx"]),
        (["tokenizer", "train", LONG, "-o", "out"], ["xxx...xxx"]),
        (["tokenizer", "train", "src", "-o", "out", "--vocab-size", MANY_DIGITS], ["vocab-size"]),
    ],
)
def test_values(project, run, arguments: list[str], words: list[str]) -> None:
    refused(run(*arguments), *words)


@pytest.mark.parametrize("query", ["(" * 50_000, "a " * 50_000, "\udcff", "\U0001f600" * 1000])
@pytest.mark.parametrize("globs", [[], ["-g", "*a" * 30 + "b"], ["-g", "**/" * 300 + "x"]])
def test_odd_questions_are_answered(project, run, query: str, globs: list[str]) -> None:
    result = run("search", query, "--rank", "fast", "-k", DIGITS, "--snippet-lines", DIGITS, *globs)
    assert result.code in (0, 1)
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "text",
    [
        "a = " + DEEP,
        "a" + ".a" * 50_000 + " = 1",
        "seed = " + MANY_DIGITS,
        "seed = " + DIGITS,
        "similarity = nan",
        "similarity = inf",
        'languages = ["' + LONG + '"]',
        "\ufffe",
        "",
    ],
)
def test_recipes(project, run, text: str) -> None:
    Path("odd.toml").write_text(text)
    refused(run("corpus", "build", "--recipe", "odd.toml", "-o", "out"))
    assert not Path("out", "datasheet.json").exists()


@pytest.mark.parametrize(
    "content", [DEEP_OBJECTS, "[1]", f'{{"schema":{MANY_DIGITS}}}', "\xff", ""]
)
def test_datasheets(project, run, content: str) -> None:
    Path("corpus").mkdir()
    Path("corpus/datasheet.json").write_bytes(content.encode("latin-1"))
    refused(run("corpus", "show", "corpus"), "corpus")


def tensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def one(dtype: str = "F32", shape: object = (1, 1), offsets: object = (0, 4)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\1\2",
        struct.pack("<Q", 1 << 62) + b"{}",
        tensors(DEEP_OBJECTS.encode()),
        tensors(b"[1, 2]"),
        tensors({"embeddings": None}),
        tensors({"embeddings": one(shape=[10, 10])}, bytes(4)),
        tensors({"embeddings": one(shape=[-1, 4], offsets=[0, 16])}, bytes(16)),
        tensors({"embeddings": one(shape=[1 << 62, 1 << 62])}, bytes(4)),
        tensors({"embeddings": one(offsets=[4, 0])}, bytes(4)),
        tensors({"embeddings": one(offsets=[0, 1 << 80])}, bytes(4)),
        tensors({"embeddings": one("F99")}, bytes(4)),
        tensors(b'{"embeddings":{"dtype":"F32","shape":[1],"data_offsets":[0,1e999]}}'),
        tensors({"embeddings": one(), "weights": one(shape=[1])}, bytes(4)),
    ],
    ids=range(14),
)
def test_tables(project, run, content: bytes) -> None:
    Path("model").mkdir()
    Path("model/config.json").write_text("{}")
    shutil.copy(resolve_model("static").path / "tokenizer.json", "model")
    Path("model/model.safetensors").write_bytes(content)
    refused(run("models", "show", "./model"), "model.safetensors")
    refused(run("search", "x", "--model", "./model"), "model.safetensors")


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["embeddings", "weights"])
def test_numbers_that_are_none(project, run, number: float, where: str) -> None:
    values = {"embeddings": np.zeros((4, 2), "<f4"), "weights": np.ones(4, "<f4")}
    values[where].flat[1] = number
    header, data = {}, b""
    for name, array in values.items():
        start, data = len(data), data + array.tobytes()
        header[name] = one(shape=array.shape, offsets=[start, len(data)])
    Path("model").mkdir()
    Path("model/tokenizer.json").write_text("{}")
    Path("model/model.safetensors").write_bytes(tensors(header, data))
    refused(run("search", "x", "--model", "./model"), "model.safetensors", where, "NaN")


@pytest.mark.parametrize(
    "changes",
    [
        {"dimension": 10**300},
        {"dimension": -1},
        {"dimension": "x"},
        {"dimension": None},
        {"weights": LONG},
        {"weights": "a\0b"},
        {"weights": 5},
        {"kind": ["static"]},
        {"files": {LONG: {"sha256": "x", "bytes": 1}}},
        {"files": {"a\0b": {"sha256": "x", "bytes": 1}}},
        {"files": {"tokenizer.json": {"sha256": "x", "bytes": "x"}}},
        {"files": []},
        {"max_tokens": 0},
        {"query_prefix": 1},
    ],
)
def test_model_folders(project, run, changes: dict[str, object]) -> None:
    shutil.copytree(resolve_model("static").path, "model")
    config = json.loads(Path("model/config.json").read_text())
    config["diglot"] |= changes
    Path("model/config.json").write_text(json.dumps(config))
    refused(run("search", "x", "--model", "./model"), "model")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
@pytest.mark.parametrize("content", [DEEP, DEEP_OBJECTS, "\xff", "[]", f'{{"a": {MANY_DIGITS}}}'])
def test_files_of_a_model(project, run, name: str, content: str) -> None:
    shutil.copytree(resolve_model("static").path, "model")
    Path("model", name).write_bytes(content.encode("latin-1"))
    refused(run("search", "x", "--model", "./model"), "model")
