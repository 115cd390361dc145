"""Functions that others have cut out of repositories, one JSON record a line.

CodeSearchNet as published (Husain et al. 2019, https://github.com/github/CodeSearchNet) in
`.jsonl.gz`, and CodeXGLUE's versions of it in `.jsonl`: fewer fields, the code in `function`, and
the split only in the file's name, as the language may be in the folder's. Lines that are no such
record are skipped and counted.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.cache import file_digest
from diglot.documents import parse_json
from diglot.errors import InputError
from diglot.languages.registry import all_languages, language_of

_SPLITS = {
    "train": "train",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
}
"""Words for the parts of a data set, in fields and in names of files."""
_WORDS = re.compile(r"[a-z]+")
_PLACE = re.compile(
    r"(?:https?://[^/]+/([^/]+/[^/]+)/blob/([^/]+)/([^#]*))?.*?(?:#(L\d+(?:-L\d+)?))?$", re.DOTALL
)
"""An address in a repository: the repository, revision, path and lines."""
_MAX_LINE = 16 << 20

_ANONYMOUS = re.compile(r"(?:async\s+)?function\s*\*?\s*\(|(?:async\s*)?\([^()]*\)\s*=>")
_METHOD = re.compile(
    r"(?!(?:async\s+)?function\b)(?:(?:static|async|get|set)\s+|\*\s*)*[\w$]+\s*\("
)
_DOTTED = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")


@dataclass(frozen=True)
class CodeSearchNet:
    """`codesearchnet:PATH`: a `.jsonl.gz` or `.jsonl` file, or a folder with such files."""

    path: str

    scheme = "codesearchnet"
    language = ""
    """Of records that say nothing of theirs."""

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"{self.scheme}:{self.path}"

    def fetch(self, cache: Path) -> Fetched:
        """List the files; they are read where they lie.

        Every record becomes a file of its own repository, whose path ends with the lines it is
        from. Records come in the order of their files, not by path: there may be millions.

        Raises:
            InputError: There are no such files; or, when they are read, no line is a record.
        """
        path = Path(self.path).expanduser()
        files = [path] if path.is_file() else sorted(path.rglob("*.jsonl*"))
        files = [file for file in files if file.name.endswith((".jsonl", ".jsonl.gz"))]
        if not files:
            raise InputError(f"{self.spec}: no .jsonl or .jsonl.gz file is there")
        digest = file_digest(*files)
        return Fetched(
            repository=f"{self.scheme}:{path.resolve().name}",
            revision=digest.partition(":")[2][:16],
            declared_licence="",
            digest=digest,
            read=partial(_read, files, self.language),
        )


class CodeXGLUE(CodeSearchNet):
    """`codexglue:PATH`: likewise, in the forms of the tasks code-search and code-to-text."""

    scheme = "codexglue"
    language = "python"


class _Unreadable(Exception):
    """A record that cannot be used; the text says why, alike for all such records."""


def _read(files: list[Path], language: str, skipped: Counter[str]) -> Iterator[RawFile]:
    first = ""
    is_read = False
    for path in files:
        defaults = _said_by(path, language)
        try:
            with path.open("rb") as raw, _plain(raw, path) as lines:
                for number, line in enumerate(_lines(lines), 1):
                    if line is not None and not line.strip():
                        continue
                    try:
                        yield _file(line, number, defaults)
                        is_read = True
                    except _Unreadable as reason:
                        skipped[f"record {reason}"] += 1
                        first = first or f"{path}, line {number} {reason}"
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"cannot read {path}: {error}") from error
    if first and not is_read:
        raise InputError(f"{first}, and no other line is a record either")


def _plain(raw: IO[bytes], path: Path) -> IO[bytes]:
    return gzip.open(raw) if path.suffix == ".gz" else raw  # type: ignore[return-value]


def _lines(lines: IO[bytes]) -> Iterator[bytes | None]:
    """Lines of a file; None for one that is too long."""
    while line := lines.readline(_MAX_LINE + 1):
        if len(line) <= _MAX_LINE:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = lines.readline(_MAX_LINE)
        yield None


def _said_by(path: Path, language: str) -> dict[str, str]:
    """What the name of a file and of its folders say of its records: split and language."""
    words = [*_WORDS.findall(path.name.lower()), path.parent.name, path.parent.parent.name]
    return {
        "partition": next((word for word in words if word in _SPLITS), ""),
        "language": next((word for word in words if word in _names()), language),
    }


@cache
def _names() -> frozenset[str]:
    """Languages that records may be written in."""
    return frozenset(language.name for language in all_languages())


def _file(line: bytes | None, number: int, defaults: dict[str, str]) -> RawFile:
    record = _record(line)

    def text(*names: str) -> str:
        found = (record[name] for name in names if isinstance(record.get(name), str))
        return str(next(found, ""))

    code = text("original_string", "function", "code")
    if not code.strip():
        raise _Unreadable("has no code (original_string, function or code)")
    split = text("partition") or defaults["partition"]
    if split and split not in _SPLITS:
        raise _Unreadable(f"has a partition that is none of {', '.join(_SPLITS)}")
    place = _PLACE.match(text("url"))
    repository, revision, path, lines = place.groups("") if place else ("", "", "", "")
    name = text("func_name", "identifier")
    path = text("path") or path
    known = language_of(path)
    language = text("language").lower() or (known.name if known else defaults["language"])
    if language not in _names():
        raise _Unreadable("is of no known language")
    repository = text("repo", "nwo") or repository
    # What tells records of one file apart: lines, a name, or the number of the line.
    lines = lines or name or str(number)
    return RawFile(
        path=f"{path or 'record'}#{lines}",
        # A lone surrogate is valid in JSON and no character.
        data=_framed(code, language, name).encode("utf-8", "replace"),
        repository=f"git:https://github.com/{repository}" if repository else None,
        revision=text("sha") or revision or None,
        language=language,
        docstring=text("docstring"),
        split=_SPLITS[split] if split else None,
    )


def _record(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise _Unreadable(f"has more than {_MAX_LINE} bytes")
    try:
        record: Any = parse_json(line)
    except (ValueError, RecursionError) as error:
        raise _Unreadable("is not JSON") from error
    if not isinstance(record, dict):
        raise _Unreadable("is not an object")
    return record


def _framed(code: str, language: str, name: str) -> str:
    """A function with what its grammar wants around it, as records hold bare functions."""
    if language == "php" and not code.lstrip().startswith("<?"):
        return f"<?php\n{code}"
    if language == "javascript":
        if _ANONYMOUS.match(code):
            return f"{name} = {code}" if _DOTTED.fullmatch(name) else f"exports = {code}"
        if _METHOD.match(code):
            return f"class {name.partition('.')[0] or 'Unknown'} {{\n{code}\n}}"
    return code
