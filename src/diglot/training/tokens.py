"""The token store: a corpus as a vocabulary reads it, in flat memory-mapped arrays.

It is made once for a corpus, a tokenizer and a kind of row, by several processes. It appears whole
or not at all, and every run that needs the same finds it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from tokenizers import Tokenizer

from diglot.errors import InputError
from diglot.private import private_files, private_folder
from diglot.tokenizer import CodeTokenizer
from diglot.tokenizer.folder import wrap
from diglot.training.encoding import COLUMNS, Kind, encode_task, read_rows

if TYPE_CHECKING:
    from diglot.corpus.reader import Corpus
    from diglot.corpus.schema import Split, Table

_FORMAT = 3
_TABLES: dict[Kind, Table] = {
    "files": "files",
    "prose": "prose",
    "functions": "functions",
    "summaries": "functions",
}


def tokenizer_hash(tokenizer: CodeTokenizer) -> str:
    """Hash of all that decides how a text is tokenized, 16 hexadecimal digits."""
    content = json.dumps([tokenizer.backend.to_str(), sorted(tokenizer.written.items())])
    return sha256(content.encode()).hexdigest()[:16]


def corpus_hash(corpus: Corpus) -> str:
    """Hash of a corpus's content, as its datasheet has it."""
    return str(corpus.datasheet["corpus_hash"])


@dataclass(frozen=True)
class TokenStore:
    """Tokens of all rows of one kind. Pickled, it is a path: arrays are mapped where it is used."""

    path: Path

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def about(self) -> dict[str, Any]:
        """Names of languages and repositories by number."""
        loaded: dict[str, Any] = json.loads((self.path / "about.json").read_text("utf-8"))
        return loaded

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """First token of each row, and one more for the end."""
        return self._mapped("starts")

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return np.diff(self.starts)

    @cached_property
    def languages(self) -> NDArray[np.int32]:
        """Number of each row's language, in `about["languages"]`: ascending names."""
        return self._mapped("languages")

    @cached_property
    def repositories(self) -> NDArray[np.int32]:
        """Number of each row's repository, in `about["repositories"]`."""
        return self._mapped("repositories")

    @cached_property
    def keys(self) -> NDArray[np.str_]:
        """Id of each row in the corpus."""
        return self._mapped("keys")

    @cached_property
    def ids(self) -> NDArray[np.unsignedinteger[Any]]:
        """All tokens."""
        return self._mapped("ids")

    @cached_property
    def word_starts(self) -> NDArray[np.bool_]:
        """Which tokens begin a word."""
        return self._mapped("word_starts")

    @cached_property
    def bindings(self) -> NDArray[np.signedinteger[Any]]:
        """Number of each token's identifier within its row, -1 for none."""
        return self._mapped("bindings")

    @cached_property
    def in_body(self) -> NDArray[np.bool_]:
        """Which tokens are in the body of a function, its return statements left out."""
        return self._mapped("in_body")

    def _mapped(self, name: str) -> NDArray[Any]:
        array: NDArray[Any] = np.load(self.path / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return array


def open_store(
    corpus: Corpus,
    tokenizer: CodeTokenizer,
    kind: Kind,
    split: Split,
    cache: Path,
    *,
    languages: Sequence[str] = (),
    words: bool = False,
    workers: int = 1,
) -> TokenStore:
    """Find a store, or make it.

    Args:
        corpus: what to read.
        tokenizer: how.
        kind: what a row is.
        split: which rows.
        cache: folder of all stores.
        languages: the only ones to read, if any.
        words: whether identifiers are split and each word is tokenized by itself.
        workers: processes at once.

    Raises:
        InputError: The disk is full or cannot be written to.
    """
    names = sorted(languages) if kind != "prose" else []
    settings = [_FORMAT, corpus_hash(corpus), tokenizer_hash(tokenizer), kind, split, names, words]
    key = sha256(json.dumps(settings).encode()).hexdigest()[:24]
    path = cache / f"{kind}-{split}-{key}"
    try:
        private_folder(cache)
        with private_files(), FileLock(f"{path}.lock"):
            if not path.is_dir():
                _build(path, corpus, tokenizer, kind, split, names, words, workers)
    except OSError as error:
        raise InputError(f"tokens of the corpus cannot be kept in {cache}: {error}") from error
    return TokenStore(path)


def _build(
    path: Path,
    corpus: Corpus,
    tokenizer: CodeTokenizer,
    kind: Kind,
    split: Split,
    languages: list[str],
    words: bool,
    workers: int,
) -> None:
    partial = path.with_name(f"{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a build that was killed; the lock is ours
    partial.mkdir()
    try:
        shards = corpus.shards(_TABLES[kind], split)
        tasks = [
            _Task(
                corpus.path, tokenizer.backend.to_str(), kind, split, languages, words,
                shard, partial / f"part-{number:05}",
            )
            for number, shard in enumerate(shards)
        ]  # fmt: skip
        if workers > 1 and len(tasks) > 1:
            with ProcessPoolExecutor(min(workers, len(tasks)), get_context("spawn")) as pool:
                list(pool.map(_run, tasks))
        else:
            for task in tasks:
                _run(task)
        _join(partial, [task.output for task in tasks], tokenizer.size, languages)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@dataclass(frozen=True)
class _Task:
    """One shard to tokenize: all that a worker process needs."""

    corpus: Path
    tokenizer: str
    kind: Kind
    split: Split
    languages: list[str]
    words: bool
    shard: Path
    output: Path


def _run(task: _Task) -> None:
    from diglot.corpus.reader import open_corpus

    tokenizer = wrap(Tokenizer.from_str(task.tokenizer), name="worker")
    corpus = open_corpus(task.corpus)
    rows = read_rows(corpus, task.kind, task.shard, task.split, task.languages)
    task.output.mkdir()
    for name, array in encode_task(tokenizer, rows, task.words).items():
        np.save(task.output / f"{name}.npy", array, allow_pickle=False)


def _join(folder: Path, parts: Sequence[Path], vocabulary: int, languages: Sequence[str]) -> None:
    """Put the arrays of all tasks end to end, each in the narrowest type that holds it.

    Languages that are asked for have the same numbers in every split, found there or not.
    """

    def loaded(name: str, empty: Any) -> list[NDArray[Any]]:  # noqa: ANN401 - a NumPy type
        found = [np.load(part / f"{name}.npy", mmap_mode="r") for part in parts]
        return found or [np.empty(0, empty)]

    lengths = np.concatenate(loaded("lengths", np.int64))
    np.save(folder / "starts.npy", np.concatenate([[0], np.cumsum(lengths)]))
    highest = max(int(part.max(initial=-1)) for part in loaded("bindings", np.int32))
    types = {
        "ids": np.uint16 if vocabulary <= 1 << 16 else np.uint32,
        "bindings": np.int16 if highest < 1 << 15 else np.int32,
    }
    for name in COLUMNS:
        kind = np.dtype(types.get(name, np.bool_))
        with (folder / f"{name}.npy").open("wb") as file:  # part by part: it may exceed memory
            header = {"descr": kind.str, "fortran_order": False, "shape": (int(lengths.sum()),)}
            np.lib.format.write_array_header_1_0(file, header)
            for part in loaded(name, kind):
                file.write(part.astype(kind).tobytes())
    np.save(folder / "keys.npy", np.concatenate(loaded("keys", np.str_)))
    about: dict[str, list[str]] = {}
    for name in ("languages", "repositories"):
        found = np.concatenate(loaded(name, np.str_))
        wanted = languages if name == "languages" and languages else np.unique(found)
        about[name] = [str(one) for one in wanted]
        numbers = np.searchsorted(about[name], found)
        np.save(folder / f"{name}.npy", numbers.astype(np.int32))
    (folder / "about.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    for path in parts:
        shutil.rmtree(path)
