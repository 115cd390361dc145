"""The runs of `benchmarks.pretraining`: what the papers compare, as small as one machine allows.

Budget at scale 1, in CPU-minutes on cores that compute 4,000 tokens a second through a layer of
width 384 (AVX2; those with matrix units for bfloat16 take a third): `head` 28; CodeBERT's three
objectives with two seeds 55, their fine-tuning for search with that of the start 20; CodeSage's
stage I, three objectives at two sizes with two seeds, 22; stage II of these and of the start 18;
measuring 20; starting and reading the corpus 50. Training is in proportion to the scale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

START = "sentence-transformers/all-MiniLM-L6-v2"
"""The natural-language encoder that CodeBERT's runs start from, as CodeBERT did from RoBERTa."""
HEAD = "head"
"""Name of the run that the others start from."""
SEEDS = (0, 1)
LANGUAGES = ("go", "java", "javascript", "php", "python", "ruby")
"""CodeSearchNet's six: what is trained on and measured on."""
Measure = Literal["probe", "rank", "search"]

_MLM: Mapping[str, Any] = {
    "name": "mlm",
    "rate": 0.15,
    "mask": 1.0,
    "random": 0.0,
    "unimodal": False,
}
_RTD: Mapping[str, Any] = {"name": "rtd", "rate": 0.15, "order": 3}
_CODEBERT = {"mlm+rtd": (_MLM, _RTD), "mlm": (_MLM,), "rtd": (_RTD,)}

_MASKED: Mapping[str, Any] = {"name": "mlm", "rate": 0.15, "mask": 1.0, "random": 0.0}
_NAMES: Mapping[str, Any] = {"name": "deobfuscation"}
_STAGE_ONE = {
    "random": (_MASKED,),
    "names": (_NAMES,),
    "both": ({**_MASKED, "probability": 0.5}, {**_NAMES, "probability": 0.5}),
}
SIZES = {"small": 2, "medium": 4}
"""Layers of CodeSage's models: the natural-language encoder's first ones. New weights
would not do: a new model of 2 layers hardly beats frequencies after 4 million tokens."""


@dataclass(frozen=True)
class Run:
    """One training run, and what to measure its model by."""

    name: str
    recipe: str
    changes: Mapping[str, Any]
    """Keys of the recipe, as `--set` takes them."""
    measures: tuple[Measure, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    """What the run is in the comparison: `system`, `variant`, `size`."""

    @property
    def arguments(self) -> list[str]:
        """Of `diglot train`, after the recipe's name."""
        return [
            word
            for key, value in self.changes.items()
            for word in ("--set", f"{key}={toml(value)}")
        ]


def all_runs(root: Path, start: str, scale: float) -> list[Run]:
    """Every run, those that others start from first.

    Args:
        root: folder of the runs.
        start: name or folder of the natural-language encoder.
        scale: what the number of steps of every run is multiplied by.
    """
    return [_head(start, scale), *_codebert(root, scale), *_codesage(root, scale)]


def _head(start: str, scale: float) -> Run:
    """The start has no masked-LM head: it gets one on prose."""
    changes = {
        **_common(0, lr=5e-4, steps=round(250 * scale)),
        "model": {"from": start},
        "tokenizer": {"from": "model", "whitespace": False},
        "data.tables": ["prose"],
        "data.length": 128,
        "data.batch": 32,
    }
    return Run(HEAD, "roberta", changes, ("probe",), {"system": "codebert", "variant": "none"})


def _codebert(root: Path, scale: float) -> list[Run]:
    head = str(root / HEAD / "model")
    runs = []
    for seed in SEEDS:
        for variant, objectives in _CODEBERT.items():
            changes = {
                **_common(seed, lr=2e-4, steps=round(40 * scale)),
                "model": {"from": head},
                "tokenizer": {"from": "model", "whitespace": False},
                "objectives": list(objectives),
                "data.languages": LANGUAGES,
                "data.unimodal": variant != "mlm",
                "data.length": 128,
                "data.text_length": 32,
                "data.batch": 64,
            }
            name = f"codebert-{variant}-{seed}"
            parts = {"system": "codebert", "variant": variant}
            runs.append(Run(name, "codebert", changes, ("probe",), parts))
        for variant in ("none", *_CODEBERT):
            model = (
                head if variant == "none" else str(root / f"codebert-{variant}-{seed}" / "model")
            )
            changes = {
                **_common(seed, lr=1e-4, epochs=1),
                "model": {"from": model},
                "tokenizer": {"from": "model", "whitespace": False},
                "objectives": [{"name": "rank", "length": 128, "text_length": 32}],
                "data.languages": LANGUAGES,
                "data.length": 128,
                "data.text_length": 32,
                "data.rows": round(480 * scale),
                "data.batch": 16,
            }
            parts = {"system": "codebert", "variant": variant}
            runs.append(
                Run(f"search-{variant}-{seed}", "codebert-search", changes, ("rank",), parts)
            )
    return runs


def _codesage(root: Path, scale: float) -> list[Run]:
    runs = []
    for size in SIZES:
        start = str(start_folder(root, size))
        for seed in SEEDS:
            for variant, objectives in _STAGE_ONE.items():
                changes = {
                    **_common(seed, lr=2e-4, steps=round(24 * scale)),
                    "model": {"from": start},
                    "tokenizer": {"from": "model", "whitespace": False},
                    "objectives": list(objectives),
                    "data.languages": LANGUAGES,
                    "data.view": "functions",
                    "data.length": 256,
                    "data.batch": 32,
                    "data.bucket": 8,
                }
                runs.append(Run(f"stage1-{variant}-{size}-{seed}", "codesage-stage1", changes))
            for variant in ("none", *_STAGE_ONE):
                before = root / f"stage1-{variant}-{size}-{seed}" / "model"
                changes = {
                    **_common(seed, lr=2e-4, epochs=1),
                    "model": {"from": start if variant == "none" else str(before)},
                    "tokenizer": {"from": "model", "whitespace": False},
                    "data.languages": LANGUAGES,
                    "data.length": 128,
                    "data.text_length": 32,
                    "data.rows": round(640 * scale),
                    "data.batch": 32,
                    "data.bucket": 8,
                }
                parts = {"system": "codesage", "variant": variant, "size": size}
                name = f"stage2-{variant}-{size}-{seed}"
                runs.append(Run(name, "codesage-stage2", changes, ("search",), parts))
    return runs


def start_folder(root: Path, size: str) -> Path:
    """The model that CodeSage's runs of a size start from: the head's first layers."""
    return root / f"start-{size}"


def _common(seed: int, *, lr: float, steps: int = 0, epochs: float = 0.0) -> dict[str, Any]:
    """What all runs have in common: no dropout, whole batches, 10 % of warm-up."""
    return {
        "optimizer.lr": lr,
        "optimizer.steps": steps,
        "optimizer.epochs": epochs,
        "optimizer.warmup": 0.1,
        "run.seed": seed,
        "run.micro_batch": 0,
        "run.evaluate_every": 0,
        "run.evaluate_rows": 64,  # the test split is what counts
        "run.save_every": 50,
        "run.keep": 1,
    }


def toml(value: Any) -> str:  # noqa: ANN401 - what TOML can hold
    """Write a value as TOML does."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return json.dumps(value)
