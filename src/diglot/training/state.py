"""The state of a run and its checkpoints: everything that a resumed run needs, and nothing else.

Batches and dropout are functions of the step's number, the learning rate too; what is left are the
parameters and what the optimizer knows of them. No file is a pickle.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.distributed.tensor import DTensor, distribute_tensor

from diglot.documents import parse_json
from diglot.errors import InputError, TrainingError
from diglot.training.gradients import Trained
from diglot.training.processes import in_main

_WEIGHTS, _OPTIMIZER, _PROGRESS = "weights.safetensors", "optimizer.safetensors", "progress.json"
_PREFIX = "step-"


@dataclass
class State:
    """All that changes while a run goes on."""

    trained: Trained
    """Model and heads, unwrapped."""
    optimizer: torch.optim.Optimizer
    step: int = 0
    """Updates done."""
    tokens: int = 0
    """Read so far."""
    first_loss: float | None = None
    """Of the first line of metrics; divergence is judged by it."""
    smooth_loss: float = 0.0
    """Mean over lines of metrics, older ones counting less and less."""
    seconds: float = 0.0
    """Spent so far, in all sessions."""


class Checkpoints:
    """The checkpoints of a run: folders `step-00000500` that are there whole or not at all."""

    def __init__(self, folder: Path, keep: int) -> None:
        """Take a folder, which need not exist yet; the newest `keep` checkpoints stay in it."""
        self._folder, self._keep = folder, keep

    def all(self) -> list[Path]:
        """Checkpoints, oldest first."""
        return sorted(self._folder.glob(f"{_PREFIX}*[0-9]"))

    def save(self, state: State) -> Path:
        """Write a checkpoint, then remove those that are too many.

        Every process calls this, since sharded parameters are put together by all of them; one
        writes.

        Raises:
            TrainingError: The disk is full or cannot be written to; earlier checkpoints stay.
        """
        path = self._folder / f"{_PREFIX}{state.step:08}"
        weights = weights_of(state.trained)
        moments = {
            f"{name}/{key}": whole(value)
            for name, parameter in state.trained.named_parameters()
            for key, value in state.optimizer.state.get(parameter, {}).items()
        }
        in_main(lambda: self._write(path, state, weights, moments))
        return path

    def _write(
        self,
        path: Path,
        state: State,
        weights: Mapping[str, torch.Tensor],
        moments: Mapping[str, torch.Tensor],
    ) -> None:
        partial = self._folder / f".{path.name}.partial"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            save_file(dict(weights), partial / _WEIGHTS)
            save_file(dict(moments), partial / _OPTIMIZER)
            progress = {
                "format": 1,
                "step": state.step,
                "tokens": state.tokens,
                "first_loss": state.first_loss,
                "smooth_loss": state.smooth_loss,
                "seconds": round(state.seconds, 1),
                "sha256": {name: _hash(partial / name) for name in (_WEIGHTS, _OPTIMIZER)},
            }
            (partial / _PROGRESS).write_text(json.dumps(progress, indent=2) + "\n", "utf-8")
            for name in (_WEIGHTS, _OPTIMIZER, _PROGRESS):
                _flush(partial / name)
            shutil.rmtree(path, ignore_errors=True)
            partial.rename(path)
            _flush(self._folder)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            kept = self.all()
            last = f"the last one, {kept[-1]}, is kept" if kept else "there is none yet"
            raise TrainingError(
                f"checkpoint {path} cannot be written ({error}); {last}: make room, then go on "
                "with --resume"
            ) from error
        for old in self.all()[: -self._keep]:
            shutil.rmtree(old)

    def load(self, state: State, path: Path) -> None:
        """Read a checkpoint into a state that has the same parameters.

        Raises:
            TrainingError: It is damaged; the message offers the one before.
        """
        try:
            progress = parse_json((path / _PROGRESS).read_text("utf-8"))
            for name, expected in progress["sha256"].items():
                if _hash(path / name) != expected:
                    raise ValueError(f"{name} is not what {_PROGRESS} records")
            weights, moments = load_file(path / _WEIGHTS), load_file(path / _OPTIMIZER)
            state.step, state.tokens = progress["step"], progress["tokens"]
            state.first_loss, state.seconds = progress["first_loss"], progress["seconds"]
            state.smooth_loss = progress["smooth_loss"]
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise TrainingError(
                f"checkpoint {path} is damaged ({error}); {self._offer(path)}"
            ) from error
        set_weights(state.trained, weights)
        parameters = dict(state.trained.named_parameters())
        for key, value in moments.items():
            name, _, kind = key.rpartition("/")
            parameter = parameters[name]
            fitting = _like(parameter, value) if value.shape == parameter.shape else value
            state.optimizer.state[parameter][kind] = fitting.to(parameter.device)

    def _offer(self, path: Path) -> str:
        older = [one for one in self.all() if one.name < path.name]
        if not older:
            return "there is no earlier one: begin again in another folder"
        return f"{older[-1]} is the one before: remove {path} and resume to go on from it"


def weights_of(module: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters and kept buffers by name, on the processor."""
    return {name: whole(value) for name, value in _tensors(module)}


def set_weights(module: nn.Module, weights: Mapping[str, torch.Tensor]) -> None:
    """Give a module the parameters and buffers that `weights_of` returned.

    Raises:
        InputError: They are of another model.
    """
    own = dict(_tensors(module))
    if own.keys() != weights.keys():
        differing = ", ".join(sorted(own.keys() ^ weights.keys())[:4])
        raise InputError(f"the weights are of another model: {differing}")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(_like(value, weights[name]))


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Parameters of a checkpoint by name.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return dict(load_file(path / _WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise InputError(f"checkpoint {path} cannot be read ({error})") from error


def _tensors(module: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Parameters, each once however often it is used, and the buffers that are kept."""
    yield from module.named_parameters()
    kept = module.state_dict().keys()
    yield from ((name, buffer) for name, buffer in module.named_buffers() if name in kept)


def whole(value: torch.Tensor) -> torch.Tensor:
    """A tensor on the processor, put together of its shards."""
    tensor: Any = value.full_tensor() if isinstance(value, DTensor) else value
    return torch.as_tensor(tensor).detach().cpu().contiguous()


def _like(target: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """A tensor sharded as another one is."""
    value = value.to(target.device)
    if isinstance(target, DTensor):
        return distribute_tensor(value, target.device_mesh, target.placements)
    return value


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Have a file or folder on the disk before anything that relies on it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
