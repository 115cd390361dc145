"""Functions that others have cut out of repositories, one JSON record a line.

CodeSearchNet as published (Husain et al. 2019, https://github.com/github/CodeSearchNet) in
`.jsonl.gz`, and CodeXGLUE's versions of it in `.jsonl`: the same fields, fewer of them.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from diglot.corpus.sources.base import Fetched, RawFile
from diglot.corpus.sources.cache import file_digest
from diglot.documents import parse_json
from diglot.errors import InputError

_SPLITS = {"train": "train", "valid": "validation", "validation": "validation", "test": "test"}
_LINES = re.compile(r"#(L\d+(?:-L\d+)?)$")
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

    @property
    def spec(self) -> str:
        """The source as a recipe writes it."""
        return f"{self.scheme}:{self.path}"

    def fetch(self, cache: Path) -> Fetched:
        """List the files; they are read where they lie.

        Every record becomes a file of its own repository, whose path ends with the lines it is
        from. Records come in the order of their files, not by path: there may be millions.

        Raises:
            InputError: There are no such files.
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
            read=partial(_read, files),
        )


class CodeXGLUE(CodeSearchNet):
    """`codexglue:PATH`: likewise, in the form of the tasks code-search and code-to-text."""

    scheme = "codexglue"


def _read(files: list[Path], skipped: Counter[str]) -> Iterator[RawFile]:
    for path in files:
        try:
            with path.open("rb") as raw, _plain(raw, path) as lines:
                number = 0
                while line := lines.readline(_MAX_LINE + 1):
                    number += 1
                    if len(line) > _MAX_LINE:
                        raise InputError(f"{path}, line {number} has more than {_MAX_LINE} bytes")
                    if line.strip():
                        yield _file(line, f"{path}, line {number}")
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"cannot read {path}: {error}") from error


def _plain(raw: IO[bytes], path: Path) -> IO[bytes]:
    return gzip.open(raw) if path.suffix == ".gz" else raw  # type: ignore[return-value]


def _file(line: bytes, where: str) -> RawFile:
    try:
        record: Any = parse_json(line)
    except ValueError as error:
        raise InputError(f"{where} is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise InputError(f"{where} is not a record")

    def text(*names: str) -> str:
        for name in names:
            if isinstance(record.get(name), str):
                return str(record[name])
        raise InputError(f"{where} has no text field {' or '.join(names)}")

    split = text("partition")
    if split not in _SPLITS:
        raise InputError(f"{where} has the partition {split!r}; known are {', '.join(_SPLITS)}")
    lines = _LINES.search(text("url"))
    return RawFile(
        path=text("path") + (f"#{lines[1]}" if lines else f"#{text('func_name')}"),
        # A lone surrogate is valid in JSON and no character.
        data=_framed(text("original_string", "code"), text("language"), text("func_name")).encode(
            "utf-8", "replace"
        ),
        repository=f"git:https://github.com/{text('repo', 'nwo')}",
        revision=text("sha"),
        language=text("language"),
        docstring=text("docstring"),
        split=_SPLITS[split],
    )


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
