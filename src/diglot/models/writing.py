"""Writing model folders: whole or not at all, tensors and plain settings alone."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diglot.errors import InputError
from diglot.tokenizer.folder import CONFIG, CodeTokenizer

if TYPE_CHECKING:
    from torch import nn


@contextmanager
def replacing_folder(folder: Path | str) -> Iterator[Path]:
    """Give an empty folder to write to, which takes the place of `folder` at the end.

    If the body raises, `folder` stays as it was.

    Raises:
        InputError: `folder` exists and is no model folder, so it is not ours to replace.
    """
    folder = Path(folder)
    if folder.exists() and not (folder / "config.json").is_file() and _is_used(folder):
        raise InputError(f"{folder}: exists and is no model folder; name another")
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)  # left by a process of this number that was killed
    new.mkdir()
    try:
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def save_module(module: nn.Module, path: Path) -> None:
    """Write a module's tensors to `PATH.safetensors`, its class and settings to `PATH.json`.

    Args:
        module: what its attribute `settings` holds, if it has one, is written too.
        path: without ending; its folder is made.
    """
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.contiguous() for key, value in module.state_dict().items()}
    save_file(tensors, path.with_suffix(".safetensors"))
    record = {"class": type(module).__name__, **getattr(module, "settings", {})}
    write_json(path.with_suffix(".json"), record)


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401
    """Write plain values, readable for people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8", newline="\n")


def save_tokenizer(tokenizer: CodeTokenizer, folder: Path, length: int) -> None:
    """Write a tokenizer's files; `transformers` is told where to cut if asked to truncate.

    Args:
        tokenizer: what the model was trained with.
        folder: the model's.
        length: tokens of the longest sequence that the model reads.
    """
    tokenizer.save(folder)
    settings = json.loads((folder / CONFIG).read_bytes())
    write_json(folder / CONFIG, settings | {"model_max_length": length})


def _is_used(folder: Path) -> bool:
    return not folder.is_dir() or any(folder.iterdir())
