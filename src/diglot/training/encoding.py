"""From rows of a corpus to tokens with what is known of each: one shard's worth at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from diglot.tokenizer import CodeTokenizer, encode_pairs
from diglot.tokenizer.encode import CODE
from diglot.tokenizer.spans import owners, spans_in_code
from diglot.tokenizer.words import encode_words

if TYPE_CHECKING:
    from diglot.corpus.reader import Corpus
    from diglot.corpus.schema import Split

Kind = Literal["files", "prose", "functions", "summaries"]
"""What a row is: a file, the paragraphs of a document, a function's code, a function's summary."""

COLUMNS = ("ids", "word_starts", "bindings", "in_body")
"""What is stored of every token; `in_body` of functions, `bindings` of files and functions."""

_CHUNK = 512
"""Rows that are tokenized at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row before it is tokenized."""

    key: str
    """`file_id`, `document_id` or `function_id`."""
    language: str
    """Empty for text."""
    repository: str
    text: str
    identifiers: list[tuple[int, int, int]]
    """First character, the one after the last, and the number of the binding; sorted, disjoint."""
    body: list[tuple[int, int]]
    """Ranges of characters that a function's body without its return statements takes up."""


def encode_task(
    tokenizer: CodeTokenizer, rows: Iterable[Row], words: bool = False
) -> dict[str, NDArray[Any]]:
    """Tokenize rows.

    Args:
        tokenizer: the vocabulary.
        rows: in order.
        words: whether identifiers are split and each word is tokenized by itself, as static tables
            read.

    Returns:
        The columns, end to end, and `lengths`, `languages`, `repositories`, `keys` by row; the
        latter three as strings.
    """
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in (*COLUMNS, "lengths")}
    about: dict[str, list[str]] = {"languages": [], "repositories": [], "keys": []}
    chunk: list[Row] = []

    def flush() -> None:
        for name, array in _encode(tokenizer, chunk, words).items():
            parts[name].append(array)
        chunk.clear()

    for row in rows:
        about["languages"].append(row.language)
        about["repositories"].append(row.repository)
        about["keys"].append(row.key)
        chunk.append(row)
        if len(chunk) == _CHUNK:
            flush()
    flush()
    arrays: dict[str, NDArray[Any]] = {name: np.concatenate(part) for name, part in parts.items()}
    return arrays | {name: np.array(values, np.str_) for name, values in about.items()}


def read_rows(
    corpus: Corpus, kind: Kind, shard: Path, split: Split, languages: Sequence[str]
) -> Iterable[Row]:
    """Rows of one shard, in order.

    Args:
        corpus: where the shard is from.
        kind: what to make of its rows.
        shard: a Parquet file of the table.
        split: that the shard is of.
        languages: the only ones to keep, if any; prose has none.
    """
    if kind == "prose":
        return _prose(shard)
    if kind == "files":
        return _files(corpus, shard, split, languages)
    return _functions(kind, shard, languages)


def merge_bindings(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Make identifiers that functions report one by one those of the whole file.

    Functions are nested, so an identifier may be reported by several of them. Two bindings that
    have a place in common are one, and are numbered by the first place.

    Args:
        spans: start, end, number of the binding in its function; numbers differ between functions.

    Returns:
        Start, end, number of the binding in the file; sorted, disjoint.
    """
    root: dict[int, int] = {}

    def find(number: int) -> int:
        while root.setdefault(number, number) != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    owner: dict[tuple[int, int], int] = {}
    for start, end, number in spans:
        one, other = find(owner.setdefault((start, end), number)), find(number)
        root[max(one, other)] = min(one, other)
    merged, numbers, reached = [], dict[int, int](), 0
    for (start, end), number in sorted(owner.items()):
        if start >= reached:  # what overlaps a place taken before is left out
            binding = numbers.setdefault(find(number), len(numbers))
            merged.append((start, end, binding))
            reached = end
    return merged


def word_starts(
    texts: Sequence[str], spans: NDArray[np.int32], starts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which tokens begin a word: a run of letters, digits and underscores, or anything else.

    Args:
        texts: what was tokenized.
        spans: shape (n, 2), characters of each token in its own text.
        starts: shape (texts + 1,), first token of each text.

    Returns:
        Shape (n,).
    """
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    points = np.append(points, ord(" "))  # an end that can be looked at
    values, inverse = np.unique(points, return_inverse=True)
    is_word = np.array([chr(v).isalnum() or v == ord("_") for v in values.tolist()])[inverse]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts], dtype=np.int64)])[:-1]
    begins = spans[:, 0] + np.repeat(offsets, np.diff(starts))
    ends = spans[:, 1] + np.repeat(offsets, np.diff(starts))
    result = np.ones(len(spans), np.bool_)
    within = begins[1:] < ends[:-1]  # pieces of one character
    joined = (begins[1:] == ends[:-1]) & is_word[begins[1:]] & is_word[begins[1:] - 1]
    result[1:] = ~(within | joined)
    result[starts[:-1][starts[:-1] < len(spans)]] = True
    return result


def _encode(tokenizer: CodeTokenizer, rows: Sequence[Row], words: bool) -> dict[str, NDArray[Any]]:
    texts = [row.text for row in rows]
    if words:
        split = encode_words(tokenizer, texts)
        ids, spans, starts, begins = split.ids, split.spans, split.starts, split.word_starts
    else:
        whole = encode_pairs(tokenizer, [""] * len(texts), texts, layout=(CODE,))
        ids, spans, starts = whole.ids, whole.spans, whole.starts
        begins = word_starts(texts, spans, starts)
    bindings = np.full(len(ids), -1, np.int32)
    in_body = np.zeros(len(ids), np.bool_)
    for row, first, last in zip(rows, starts[:-1], starts[1:], strict=True):
        places = spans[first:last]
        if row.identifiers and len(places):
            known = np.array(row.identifiers, np.int32)
            owner = owners(places, known[:, :2])
            bindings[first:last] = np.where(owner >= 0, known[owner, 2], -1)
        if row.body and len(places):
            in_body[first:last] = owners(places, row.body) >= 0
    return {
        "ids": ids,
        "word_starts": begins,
        "bindings": bindings,
        "in_body": in_body,
        "lengths": np.diff(starts),
    }


def _files(corpus: Corpus, shard: Path, split: Split, languages: Sequence[str]) -> Iterable[Row]:
    import pyarrow.dataset as ds

    columns = ["file_id", "language", "repository", "text"]
    for batch in _batches(shard, columns):
        wanted = [row for row in batch if not languages or row["language"] in languages]
        if not wanted:
            continue
        names = [row["file_id"] for row in wanted]
        functions = corpus.dataset("functions", split).to_table(
            columns=["file_id", "start", "identifiers"],
            filter=ds.field("file_id").isin(names),
            use_threads=False,
        )
        reported: dict[str, list[tuple[int, int, int]]] = {}
        number = 0
        for function in sorted(
            functions.to_pylist(), key=lambda row: (row["file_id"], row["start"])
        ):
            places = reported.setdefault(function["file_id"], [])
            for identifier in function["identifiers"] or ():
                places += [(span["start"], span["end"], number) for span in identifier["spans"]]
                number += 1
        for row in wanted:
            merged = merge_bindings(reported.get(row["file_id"], ()))
            yield Row(row["file_id"], row["language"], row["repository"], row["text"], merged, [])


def _prose(shard: Path) -> Iterable[Row]:
    columns = ["document_id", "repository", "text"]
    rows = (row for batch in _batches(shard, columns) for row in batch)
    for key, group in groupby(rows, key=lambda row: row["document_id"]):
        paragraphs = list(group)
        text = "\n\n".join(row["text"] for row in paragraphs)
        yield Row(key, "", paragraphs[0]["repository"], text, [], [])


def _functions(kind: Kind, shard: Path, languages: Sequence[str]) -> Iterable[Row]:
    columns = ["function_id", "language", "repository", "summary"]
    if kind == "functions":
        columns += ["code", "start", "cuts", "identifiers", "body_span"]
    for batch in _batches(shard, columns):
        for row in batch:
            if languages and row["language"] not in languages:
                continue
            about = (row["function_id"], row["language"], row["repository"])
            if kind == "summaries":
                yield Row(*about, row["summary"], [], [])
                continue
            cuts = [(cut["start"], cut["end"]) for cut in row["cuts"] or ()]
            places = [
                (span["start"], span["end"], number)
                for number, identifier in enumerate(row["identifiers"] or ())
                for span in identifier["spans"]
            ]
            merged = np.array(merge_bindings(places), np.int32).reshape(-1, 3)
            merged[:, :2] = spans_in_code(merged[:, :2], row["start"], cuts)
            identifiers = [(int(a), int(b), int(n)) for a, b, n in merged]
            body = row["body_span"]
            ranges = []
            if body:
                span = spans_in_code([(body["start"], body["end"])], row["start"], cuts)[0]
                ranges = without_returns(row["code"], int(span[0]), int(span[1]))
            yield Row(*about, row["code"], identifiers, ranges)


def without_returns(code: str, start: int, end: int) -> list[tuple[int, int]]:
    """Ranges of a body without the lines of its return statements (CodeSage, section 3.2).

    A statement of several lines ends where its brackets are closed.
    """
    ranges: list[tuple[int, int]] = []
    place, depth, inside = start, 0, False
    for line in code[start:end].splitlines(keepends=True):
        inside = inside or line.lstrip().startswith(("return ", "return;", "return(", "return\n"))
        if inside:
            depth += sum(line.count(one) for one in "([{") - sum(line.count(one) for one in ")]}")
            inside = depth > 0
            depth = depth if inside else 0
        elif ranges and ranges[-1][1] == place:
            ranges[-1] = (ranges[-1][0], place + len(line))
        else:
            ranges.append((place, place + len(line)))
        place += len(line)
    return ranges


def _batches(shard: Path, columns: list[str]) -> Iterable[list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(shard) as file:
        for batch in file.iter_batches(batch_size=2000, columns=columns, use_threads=False):
            yield batch.to_pylist()
