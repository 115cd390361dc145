r"""What models are measured on must not be in a corpus: by name, and by content.

By name, `never_train/names.toml` lists repositories and the packages that carry their code. By
content, `never_train/shingles.u64` lets a corpus be checked without the evaluation sets
themselves: it holds sorted little-endian hashes of their shingles. A shingle is eight consecutive
tokens (``\w+|[^\w\s]`` of the lower-cased text) joined by spaces, its hash BLAKE2b of eight
bytes; of these only the multiples of 16 are kept. A function leaks when at least half of its kept
shingles, and at least two, are in the file.
"""

from __future__ import annotations

import gzip
import re
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from diglot.documents import parse_json
from diglot.errors import InputError

_FOLDER = Path(__file__).with_name("never_train")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_SHINGLE = 8
_KEPT = 16
_SUFFIXES = (".json", ".jsonl", ".txt", ".parquet")


def kept_shingles(text: str) -> NDArray[np.uint64]:
    """Hashes of the shingles of a text that are multiples of 16.

    Args:
        text: The text.

    Returns:
        One hash for each occurrence of a kept shingle.
    """
    tokens = _TOKEN.findall(text.lower())
    blank = blake2b(digest_size=8)
    digests = []
    for first in range(len(tokens) - _SHINGLE + 1):
        state = blank.copy()  # quicker than to set up another
        state.update(" ".join(tokens[first : first + _SHINGLE]).encode())
        digests.append(state.digest())
    hashes = np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64, copy=False)
    kept: NDArray[np.uint64] = hashes[hashes % np.uint64(_KEPT) == 0]
    return kept


class LeakCheck:
    """Tells what must not be in a corpus.

    Args:
        names: Repositories (`owner/name`) and packages (`pypi:flask`, `deb:libfmt*`).
        hashes: Kept shingles of evaluation sets, sorted.
    """

    def __init__(self, names: Iterable[str], hashes: NDArray[np.uint64]) -> None:
        normal = {_normalised(name) for name in names}
        self._patterns = sorted(name for name in normal if "*" in name)
        self._names = frozenset(normal.difference(self._patterns))
        self._hashes = hashes

    @classmethod
    def load(cls, evaluation: Sequence[Path] = ()) -> Self:
        """Read what diglot knows, and further evaluation sets.

        Args:
            evaluation: Files `.jsonl`, `.json`, `.txt` (each also `.gz`) or `.parquet`; every
                string in them counts.

        Raises:
            InputError: A file is missing, is of another kind or cannot be read.
        """
        with (_FOLDER / "names.toml").open("rb") as file:
            groups = tomllib.load(file)
        names = [
            name
            for group in groups.values()
            for repository, packages in group.items()
            for name in (repository, *packages)
        ]
        hashes: NDArray[np.uint64] = np.memmap(_FOLDER / "shingles.u64", dtype="<u8", mode="r")
        if evaluation:
            found = [kept_shingles(text) for path in evaluation for text in _strings(path)]
            hashes = np.sort(np.concatenate([hashes, *found]), kind="stable")
        return cls(names, hashes)

    @cached_property
    def digest(self) -> str:
        """Hash of all that is checked against."""
        state = blake2b("\n".join([*sorted(self._names), *self._patterns]).encode(), digest_size=16)
        state.update(self._hashes.astype("<u8").tobytes())
        return state.hexdigest()

    def names(self, repository: str) -> bool:
        """Whether a repository is known to be measured on.

        Args:
            repository: Its name in a corpus, `pypi:Flask` or `git:https://.../flask.git`; or
                `owner/name`.
        """
        name = _normalised(repository)
        return name in self._names or any(fnmatchcase(name, one) for one in self._patterns)

    def content(self, code: str) -> bool:
        """Whether a function is, or is nearly, one of an evaluation set.

        Args:
            code: The function.
        """
        kept = kept_shingles(code)
        if len(kept) < 2 or not len(self._hashes):
            return False
        places = np.searchsorted(self._hashes, kept)
        known = self._hashes[np.minimum(places, len(self._hashes) - 1)] == kept
        shares = (  # a shingle that is there more than once counts as often, or once
            (np.count_nonzero(known), len(kept)),
            (len(np.unique(kept[known])), len(np.unique(kept))),
        )
        return any(found >= 2 and 2 * found >= of for found, of in shares)


def _normalised(repository: str) -> str:
    """One spelling for the ways to write a repository: `git:owner/name` or `scheme:name`."""
    name = repository.strip().lower()
    scheme, colon, rest = name.partition(":")
    if not colon or scheme not in ("pypi", "npm", "deb"):
        path = name.removeprefix("git:").rstrip("/").removesuffix(".git")
        return "git:" + "/".join(re.split(r"[/:]", path)[-2:])
    if scheme == "pypi":  # packaging.python.org: name normalisation
        rest = re.sub(r"[-_.]+", "-", rest)
    return f"{scheme}:{rest}"


def _strings(path: Path) -> Iterator[str]:
    """Every string of an evaluation file."""
    name = path.name.removesuffix(".gz")
    suffix = Path(name).suffix
    if suffix not in _SUFFIXES or (suffix == ".parquet" and path.name != name):
        raise InputError(f"evaluation: {path} is none of .jsonl, .json, .txt (or .gz), .parquet")
    try:
        if suffix == ".parquet":
            yield from _parquet_strings(path)
            return
        with gzip.open(path, "rb") if path.name != name else path.open("rb") as file:
            if suffix == ".jsonl":
                for line in file:
                    if line.strip():
                        yield from _walk(parse_json(line))
            elif suffix == ".json":
                yield from _walk(parse_json(file.read()))
            else:
                yield file.read().decode()
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"evaluation: {path} cannot be read: {error}") from error


def _parquet_strings(path: Path) -> Iterator[str]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from _walk(batch.to_pylist())


def _walk(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    """Strings in a value, keys of objects too: some sets map code to a number."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(key)
            yield from _walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)
