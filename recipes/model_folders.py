"""Writing folders of models that diglot searches with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def write_tokenizer(tokenizer: dict[str, Any], folder: Path) -> None:
    """Write a tokenizer without the padding and truncation that its file asks for.

    Args:
        tokenizer: content of a `tokenizer.json`.
        folder: of the model.
    """
    plain = {**tokenizer, "padding": None, "truncation": None}
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_bytes(text.encode())


def write_config(folder: Path, config: dict[str, Any], section: dict[str, Any]) -> None:
    """Write `config.json` with the `diglot` section, sizes and hashes of the files included."""
    contents = {
        name: (folder / name).read_bytes() for name in (section["weights"], "tokenizer.json")
    }
    files = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    config = {**config, "diglot": {"format": 1, **section, "files": files}}
    (folder / "config.json").write_bytes(json.dumps(config, indent=2).encode() + b"\n")
