"""Files that a recipe names beside the corpus: labelled texts, mined negatives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diglot.documents import parse_json
from diglot.errors import InputError
from diglot.objectives.base import Tokens
from diglot.tokenizer import CodeTokenizer, encode_pairs
from diglot.tokenizer.encode import CODE
from diglot.training.encoding import word_starts
from diglot.training.examples import TEXT, plain


def read_labelled(
    path: Path, tokenizer: CodeTokenizer, limit: int
) -> tuple[tuple[tuple[Tokens, ...], ...], tuple[int, ...]]:
    """Read `{"text": ..., "label": 0}` lines, which may also have a `pair` or a list of `choices`.

    Args:
        path: JSON lines.
        tokenizer: how to read the texts.
        limit: tokens of each text at most.

    Returns:
        Tokens of the texts of each line, and the labels.

    Raises:
        InputError: The file cannot be read, or a line is of another form.
    """
    rows: list[list[str]] = []
    labels: list[int] = []
    for number, record in _json_lines(path):
        others = record.get("choices", [record["pair"]] if "pair" in record else [])
        texts = [record.get("text"), *others] if isinstance(others, list) else [None]
        if not all(isinstance(one, str) for one in texts):
            raise InputError(f"{path}:{number}: accepted: text, and pair or choices, of strings")
        label = record.get("label")
        if not isinstance(label, int) or isinstance(label, bool) or label < 0:
            raise InputError(f"{path}:{number}: label is {label!r}; accepted: a number from 0")
        rows.append([str(one) for one in texts])
        labels.append(label)
    flat = [one for row in rows for one in row]
    encoded = encode_pairs(tokenizer, [""] * len(flat), flat, layout=(CODE,), max_code=limit)
    words = word_starts(flat, encoded.spans, encoded.starts)
    spans = zip(encoded.starts[:-1], encoded.starts[1:], strict=True)
    tokens = iter([plain(encoded.ids[a:b], words[a:b], TEXT) for a, b in spans])
    return tuple(tuple(next(tokens) for _ in row) for row in rows), tuple(labels)


def read_negatives(
    path: Path, keys: NDArray[np.str_], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read mined negatives: `{"id": function_id, "negatives": [function_id, ...]}` lines.

    Args:
        path: JSON lines.
        keys: ids of all functions.
        rows: positions in `keys` of those that are positives.

    Returns:
        Shape (rows + 1,): first of each row's negatives; and all of them, positions in `keys`.

    Raises:
        InputError: The file cannot be read, a line is of another form, or none is of these rows.
    """
    numbers = {key: number for number, key in enumerate(keys.tolist())}
    listed: dict[int, list[int]] = {}
    for number, record in _json_lines(path):
        names = record.get("negatives")
        if not isinstance(record.get("id"), str) or not isinstance(names, list):
            raise InputError(f"{path}:{number}: accepted: id and negatives, of function ids")
        if record["id"] in numbers:
            listed[numbers[record["id"]]] = [numbers[name] for name in names if name in numbers]
    of_rows = [listed.get(row, []) for row in rows.tolist()]
    if not any(of_rows):
        raise InputError(f"{path}: no function of the corpus has negatives there")
    firsts = np.cumsum([0, *(len(one) for one in of_rows)])
    return firsts, np.array([other for one in of_rows for other in one], np.int64)


def _json_lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text("utf-8").split("\n")
        records = [(n, parse_json(line)) for n, line in enumerate(lines, 1) if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not readable as JSON lines ({error})") from error
    for number, record in records:
        if not isinstance(record, dict):
            raise InputError(f"{path}:{number}: {record!r}; accepted: an object")
    return records
