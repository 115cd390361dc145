"""The folder of a run: what identifies it, and what it was made with.

```
run.json        recipe as given and as resolved, hashes of corpus and tokenizer, environment
recipe.toml     the resolved recipe, which can be run again
tokenizer/      generators/      checkpoints/step-00000500/
metrics.jsonl   report.html
model/          the result
```
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from diglot import __version__
from diglot.documents import parse_json
from diglot.errors import InputError
from diglot.training.recipe import OPERATIONAL, Recipe, recipe_from
from diglot.training.toml import dump_toml

_RUN = "run.json"


@dataclass(frozen=True)
class RunFolder:
    """Where things lie."""

    path: Path

    @property
    def tokenizer(self) -> Path:
        """The vocabulary."""
        return self.path / "tokenizer"

    @property
    def generators(self) -> Path:
        """N-gram generators, where an objective has some."""
        return self.path / "generators"

    @property
    def checkpoints(self) -> Path:
        """Folders `step-...`."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The result."""
        return self.path / "model"

    def exists(self) -> bool:
        """Whether a run has begun here."""
        return (self.path / _RUN).is_file()

    def record(self) -> dict[str, Any]:
        """What `identify` wrote.

        Raises:
            InputError: There is no run here, or its record cannot be read.
        """
        path = self.path / _RUN
        try:
            record = parse_json(path.read_text("utf-8"))
            if not isinstance(record, dict) or not {"resolved", "given"} <= record.keys():
                raise ValueError("it is no record of a run")
        except FileNotFoundError as error:
            raise InputError(f"{self.path} holds no run to resume ({_RUN} is missing)") from error
        except (OSError, ValueError) as error:
            raise InputError(f"{path} is damaged ({error})") from error
        return record

    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return recipe_from(self.record()["resolved"], str(self.path / _RUN))

    @contextmanager
    def beginning(self) -> Iterator[RunFolder]:
        """Give a folder to prepare the run in, which takes the place of this one at the end.

        If the body raises, nothing is left of it.

        Raises:
            InputError: There is a run or something else here already.
        """
        if self.exists():
            raise InputError(
                f"{self.path} holds a run: go on with --resume, or name another folder"
            )
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise InputError(f"{self.path} is not empty and holds no run; name another folder")
        partial = self.path.with_name(f".{self.path.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
        partial.mkdir(parents=True)
        try:
            yield RunFolder(partial)
            if self.path.exists():
                self.path.rmdir()
            partial.rename(self.path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def identify(
        self, given: Recipe, resolved: Recipe, corpus_hash: str, tokenizer_hash: str
    ) -> None:
        """Write what a resumed run must have in common with this one."""
        write_whole(self.path / "recipe.toml", dump_toml(resolved.record()))
        record = {
            "format": 1,
            "given": given.identity(),
            "resolved": resolved.record(),
            "corpus_hash": corpus_hash,
            "tokenizer_hash": tokenizer_hash,
            "environment": environment(),
        }
        write_whole(self.path / _RUN, json.dumps(record, indent=2) + "\n")

    def check(self, given: Recipe, corpus_hash: str, tokenizer_hash: str) -> None:
        """Check that a run to be resumed is the one that began here.

        Raises:
            InputError: Corpus, tokenizer or recipe differ; the message says in what.
        """
        record = self.record()
        for name, now in (("corpus", corpus_hash), ("tokenizer", tokenizer_hash)):
            before = record[f"{name}_hash"]
            if now != before:
                raise InputError(
                    f"{self.path} began with another {name} (hash {before}; now {now}): resume "
                    "with the same one, or begin a new run in another folder"
                )
        now = json.loads(json.dumps(given.identity()))
        differences = [
            f"{key} is {new!r}, was {old!r}" for key, new, old in _differences(now, record["given"])
        ]
        if differences:
            raise InputError(
                f"{self.path} began with another recipe: {'; '.join(differences)}. Resume with the "
                "same one, or begin a new run in another folder"
            )


def operational(given: Recipe, resolved: Recipe) -> dict[str, Any]:
    """Settings that a resumed run takes from the recipe as it is now, by key of `run`."""
    values = {name: getattr(given.run, name) for name in OPERATIONAL}
    if not values["threads"]:
        values["threads"] = resolved.run.threads
    return values


def environment() -> dict[str, Any]:
    """Versions and machine, as far as they can change a number."""
    packages = ("torch", "transformers", "accelerate", "tokenizers", "numpy", "safetensors")
    return {
        "diglot": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
        "platform": f"{platform.system()} {platform.machine()}",
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "processes": int(os.environ.get("WORLD_SIZE", "1")),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _differences(now: Any, before: Any, key: str = "") -> list[tuple[str, Any, Any]]:  # noqa: ANN401
    if isinstance(now, Mapping) and isinstance(before, Mapping):
        names = [*now, *(name for name in before if name not in now)]
        return [
            one
            for name in names
            for one in _differences(
                now.get(name), before.get(name), f"{key}.{name}" if key else str(name)
            )
        ]
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        numbered = enumerate(zip(now, before, strict=True))
        return [one for number, pair in numbered for one in _differences(*pair, f"{key}.{number}")]
    return [] if now == before else [(key, now, before)]
