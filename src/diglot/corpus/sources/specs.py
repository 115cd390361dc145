"""From the text that names a source to the source."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from diglot.corpus.sources.base import Source
from diglot.corpus.sources.codesearchnet import CodeSearchNet, CodeXGLUE
from diglot.corpus.sources.deb import Deb
from diglot.corpus.sources.folder import Folder
from diglot.corpus.sources.git import Git
from diglot.corpus.sources.installed import Installed
from diglot.corpus.sources.npm import Npm
from diglot.corpus.sources.parquet import ParquetCorpus
from diglot.corpus.sources.pypi import PyPI
from diglot.errors import InputError
from diglot.paths import is_file, is_folder

_SCHEMES: dict[str, Callable[[str], Source]] = {
    "pypi": PyPI.parse,
    "installed": Installed.parse,
    "npm": Npm.parse,
    "deb": Deb.parse,
    "deb-orig": partial(Deb.parse, packaging=False),
    "git": Git.parse,
    "folder": Folder,
    "codesearchnet": CodeSearchNet,
    "codexglue": CodeXGLUE,
    "parquet": ParquetCorpus,
}


def parse_source(spec: str) -> Source:
    """Read the name of a source.

    Args:
        spec: `pypi:NAME==VERSION`, `installed:NAME`, `npm:NAME@VERSION`, `deb:NAME` or
            `deb:NAME=VERSION`, `deb-orig:` likewise, `git:URL_OR_PATH@REVISION`, `folder:PATH`,
            `codesearchnet:PATH`, `codexglue:PATH`, `parquet:CORPUS_DIR`, or the path of a folder or
            of a `.jsonl.gz` (CodeSearchNet) or `.jsonl` file (CodeXGLUE).

    Raises:
        InputError: It is none of these.
    """
    scheme, colon, rest = spec.partition(":")
    if colon and scheme in _SCHEMES:
        if not rest:
            raise InputError(f"the source {spec!r} names nothing after the colon")
        return _SCHEMES[scheme](rest)
    try:
        path = Path(spec).expanduser()
    except RuntimeError as error:
        raise InputError(f"the source {spec!r}: no home folder for `~`") from error
    if spec and is_folder(path):
        return Folder(spec)
    if is_file(path) and spec.endswith(".jsonl.gz"):
        return CodeSearchNet(spec)
    if is_file(path) and spec.endswith(".jsonl"):
        return CodeXGLUE(spec)
    raise InputError(
        f"the source {spec!r} is neither a folder, nor a .jsonl or .jsonl.gz file, nor does it "
        f"start with one of {', '.join(f'{name}:' for name in _SCHEMES)}"
    )
