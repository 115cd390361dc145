"""N steps are the same, bit for bit, as k steps, kill -9 and a resumed run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diglot.objectives.registry import SETTINGS

SHAPE = {"layers": 1, "width": 32, "heads": 2, "length": 64, "dropout": 0.1}
PAIRS = {"view": "pairs", "batch": 16}
BLOCKS = {"view": "blocks", "batch": 64}

CASES = {
    # Two with different state run always: generators and a head; cached gradients, no head.
    "codebert": ("roberta", PAIRS | {"unimodal": True}, [{"name": "mlm"}, {"name": "rtd"}]),
    "contrastive": (
        "roberta",
        PAIRS | {"body": True, "bucket": 2, "one_language": True},
        [{"name": "contrastive", "hard_positives": 0.5}],
    ),
    "static masking": ("roberta", BLOCKS, [{"name": "mlm", "copies": 2}]),
    "nsp": ("bert", {"view": "sentences", "batch": 64}, [{"name": "nsp"}]),
    "deobfuscation": (
        "modernbert",
        BLOCKS | {"packing": "apart"},
        [{"name": "mlm", "probability": 0.5}, {"name": "deobfuscation", "probability": 0.5}],
    ),
    "causal": ("gpt2", BLOCKS, [{"name": "causal"}]),
    "rank": (
        "roberta",
        PAIRS | {"others": 3},
        [{"name": "rank", "text_length": 16, "length": 64}],
    ),
    "classify": (
        "gpt2",
        {"view": "labelled", "batch": 8},
        [{"name": "classify", "layout": "gpt", "pooling": "last"}],
    ),
    "cnn": ("cnn", PAIRS, [{"name": "contrastive", "marks": False}]),
    "static": ("static", PAIRS, [{"name": "contrastive", "marks": False, "damped": True}]),
}
ALWAYS = ("codebert", "contrastive")


def test_every_objective_has_a_case() -> None:
    assert {one["name"] for _, _, objectives in CASES.values() for one in objectives} == set(
        SETTINGS
    )


@pytest.fixture
def recipe(request, tmp_path) -> Path:
    from diglot.training.toml import dump_toml

    architecture, data, objectives = CASES[request.param]
    model = {"architecture": architecture}
    if architecture not in ("cnn", "static"):
        model |= SHAPE
    if data["view"] == "labelled":
        file = tmp_path / "labelled.jsonl"
        lines = [{"text": f"is {n} even", "label": n % 2} for n in range(40)]
        file.write_text("\n".join(map(json.dumps, lines)))
        data = data | {"file": str(file)}
    path = tmp_path / "recipe.toml"
    document = {
        "model": model,
        "tokenizer": {"vocabulary_size": 1024},
        "data": {"length": 64} | data,
        "objectives": objectives,
        "optimizer": {"lr": 1e-3, "steps": 14, "warmup": 3},
        "run": {
            "dtype": "float32",
            "attention": "eager",
            "threads": 1,
            "device": "cpu",
            "log_every": 1,
            "save_every": 4,
            "evaluate_every": 5,
            "evaluate_rows": 8,
        },
    }
    path.write_text(dump_toml(document))
    return path


def state(folder: Path) -> dict[str, bytes]:
    """Bytes of the last checkpoint's tensors."""
    last = sorted((folder / "checkpoints").glob("step-*"))[-1]
    return {path.name: path.read_bytes() for path in last.glob("*.safetensors")}


def losses(folder: Path) -> list[dict[str, float]]:
    """Lines of metrics without what depends on the clock."""
    clock = ("seconds", "tokens_per_second", "mfu")
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: line[key] for key in line if key not in clock} for line in lines]


@pytest.mark.parametrize(
    "recipe",
    [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.slow) for name in CASES],
    indirect=True,
)
def test_a_killed_run_ends_as_one_that_was_not(recipe, run_phases, tmp_path) -> None:
    phases = []
    for processes in (1, 2):
        whole, broken = tmp_path / f"whole {processes}", tmp_path / f"broken {processes}"
        # Checkpoints are at 4, 8 and 12: one run is killed before any, one in a later epoch.
        phases += [
            {"processes": processes} | phase
            for phase in (
                {"output": whole},
                {"output": broken, "kill_after": 3},
                {"output": broken, "kill_after": 11, "resume": True},
                {"output": broken, "changes": ["run.workers=2"], "resume": True},
            )
        ]
    run_phases(recipe, phases)
    for processes in (1, 2):
        whole, broken = tmp_path / f"whole {processes}", tmp_path / f"broken {processes}"
        epochs = {line["epoch"] // 1 for line in losses(whole) if "epoch" in line}
        assert len(epochs) > 1
        assert state(broken) == state(whole)
        assert losses(broken) == losses(whole)
        models = [folder / "model" / "model.safetensors" for folder in (whole, broken)]
        assert models[0].read_bytes() == models[1].read_bytes()
