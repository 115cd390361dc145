"""N steps are the same, bit for bit, as k steps, kill -9 and a resumed run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

MODEL = """
[model]
architecture = "roberta"
layers = 1
width = 32
heads = 2
length = 64
dropout = 0.1
"""

REST = """
[tokenizer]
vocabulary_size = 1024

[optimizer]
lr = 1e-3
steps = 14
warmup = 3

[run]
dtype = "float32"
attention = "eager"
threads = 1
device = "cpu"
log_every = 1
save_every = 4
evaluate_every = 5
evaluate_rows = 8
"""

OBJECTIVES = {
    "contrastive": """
[data]
view = "pairs"
length = 64
batch = 16
bucket = 2
[[objectives]]
name = "contrastive"
""",
    "mlm+rtd": """
[data]
view = "pairs"
length = 64
batch = 16
unimodal = true
[[objectives]]
name = "mlm"
[[objectives]]
name = "rtd"
""",
    "mlm": """
[data]
length = 64
batch = 64
[[objectives]]
name = "mlm"
""",
}


@pytest.fixture
def recipe(request, tmp_path) -> Path:
    path = tmp_path / f"{request.param}.toml"
    path.write_text(MODEL + OBJECTIVES[request.param] + REST)
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


@pytest.mark.parametrize("recipe", OBJECTIVES, indirect=True)
@pytest.mark.parametrize("processes", [1, 2])
def test_a_killed_run_ends_as_one_that_was_not(recipe, processes, run_phases, tmp_path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    # Checkpoints are at 4, 8 and 12: one run is killed before any, one in a later epoch.
    phases = [
        {"output": whole},
        {"output": broken, "kill_after": 3},
        {"output": broken, "kill_after": 11, "resume": True},
        {"output": broken, "changes": ["run.workers=2"], "resume": True},
    ]
    run_phases(recipe, phases, processes=processes)
    assert {line["epoch"] >= 1 for line in losses(whole) if "epoch" in line} == {False, True}
    assert state(broken) == state(whole)
    assert losses(broken) == losses(whole)
    models = [folder / "model" / "model.safetensors" for folder in (whole, broken)]
    assert models[0].read_bytes() == models[1].read_bytes()
