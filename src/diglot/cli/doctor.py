"""`diglot doctor`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import click

from diglot import __version__
from diglot.cli.options import cache_option
from diglot.cli.terminal import say

_LIBRARIES = {
    "numpy": "numpy",
    "Stemmer": "PyStemmer",
    "tokenizers": "tokenizers",
    "onnxruntime": "onnxruntime",
    "tree_sitter": "tree-sitter",
}
"""What is imported, and the name it is installed by."""
_EXAMPLE = 'def parse_memory(text):\n    """Parse a memory string such as 512m."""\n'
_QUERY = "where are memory strings parsed"


@click.command()
@cache_option
def doctor(cache_dir: Path | None) -> int:
    """Check that everything diglot needs works here.

    Libraries, grammars, models, the cache folder, and a search. Exits with 0 if all is well, 2 if
    something is not.

    \b
    diglot doctor
    """
    from diglot.index.location import cache_folder_of

    cache = cache_folder_of(cache_dir)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("processors", _processors),
        *((name, lambda name=name: _library(name)) for name in _LIBRARIES),
        ("grammars", _grammars),
        ("models", _models),
        ("encoder", _encoder),
        ("cache", lambda: _cache(cache)),
        ("search", lambda: _search(cache)),
    ]
    say(f"{'diglot':12} {__version__}")
    failed = 0
    for name, check in checks:
        try:
            say(f"{name:12} {check()}")
        except Exception as error:  # whatever is wrong, say so and go on to the next check
            failed += 1
            say(f"{name:12} FAILED: {' '.join(str(error).split())}")
    return 2 if failed else 0


def _python() -> str:
    import platform

    return f"{platform.python_version()} on {platform.platform()}"


def _processors() -> str:
    usable = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    return f"{len(usable)} usable"


def _library(name: str) -> str:
    """Import a library and find its version."""
    import importlib.metadata  # late, like those below: every command imports this module

    importlib.import_module(name)
    return importlib.metadata.version(_LIBRARIES[name])


def _grammars() -> str:
    """Load every grammar and compile its query."""
    from diglot.languages import all_languages, extract_units

    for language in all_languages():
        extract_units("\n", language)
    return f"{len(all_languages())} languages"


def _models() -> str:
    """Compare the shipped models' files with their recorded hashes."""
    from diglot.models import list_models

    folders = list_models()
    for folder in folders:
        folder.verify()
    return ", ".join(f"{folder.name} ({folder.key})" for folder in folders)


def _encoder() -> str:
    """Run the encoder once and time it."""
    from diglot.inference import load_encoder

    started = time.perf_counter()
    encoder = load_encoder("default")
    loaded = time.perf_counter()
    encoder.encode_queries([_QUERY])
    done = time.perf_counter()
    return f"loads in {1000 * (loaded - started):.0f} ms, query {1000 * (done - loaded):.0f} ms"


def _cache(folder: Path) -> str:
    """Write to the cache folder."""
    import tempfile

    from diglot.private import private_folder

    private_folder(folder)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"diglot")
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    return f"{folder} is writable, holds {size / 1e6:.1f} MB"


def _search(cache: Path) -> str:
    """Index one file in the cache folder, where an index must work, and find it."""
    import tempfile

    from diglot.index import Index

    with tempfile.TemporaryDirectory(dir=cache, prefix="doctor-") as folder:
        source = Path(folder) / "source"
        source.mkdir()
        (source / "memory.py").write_text(_EXAMPLE, "utf-8")
        index = Index.open(source, cache_folder=Path(folder) / "cache")
        symbols = [hit.symbol for hit in index.search(_QUERY, rank="fast")]
    if "parse_memory" not in symbols:
        raise RuntimeError(f"indexed one function, but searching for it found {symbols}")
    return "indexes and finds a function"
