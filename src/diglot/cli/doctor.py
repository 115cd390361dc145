"""`diglot doctor`."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from diglot import __version__
from diglot.cli.options import cache_option

_LIBRARIES = ("numpy", "tantivy", "tokenizers", "onnxruntime", "tree_sitter")


@click.command()
@cache_option
def doctor(cache_dir: Path | None) -> int:
    """Check that everything diglot needs works here: libraries, grammars, models, cache folder."""
    from diglot.index.location import default_cache_folder

    cache = cache_dir or default_cache_folder()
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", lambda: f"{platform.python_version()} on {platform.platform()}"),
        ("processors", lambda: f"{len(os.sched_getaffinity(0))} usable"
         if hasattr(os, "sched_getaffinity") else f"{os.cpu_count()}"),
        *((name, lambda name=name: _library(name)) for name in _LIBRARIES),
        ("grammars", _grammars),
        ("models", _models),
        ("encoder", _encoder),
        ("cache", lambda: _cache(cache)),
    ]  # fmt: skip
    click.echo(f"{'diglot':12} {__version__}")
    failed = 0
    for name, check in checks:
        try:
            click.echo(f"{name:12} {check()}")
        except Exception as error:  # whatever is wrong, say so and go on to the next check
            failed += 1
            click.echo(f"{name:12} FAILED: {error}")
    return 2 if failed else 0


def _library(name: str) -> str:
    module = importlib.import_module(name)
    version = getattr(module, "__version__", None)
    return str(version or importlib.metadata.version(name.replace("_", "-")))


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
    encoder.encode_queries(["where are memory strings parsed"])
    done = time.perf_counter()
    return f"loads in {1000 * (loaded - started):.0f} ms, query {1000 * (done - loaded):.0f} ms"


def _cache(folder: Path) -> str:
    """Write to the cache folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"diglot")
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    return f"{folder} is writable, holds {size / 1e6:.1f} MB"
