"""N steps are the same, bit for bit, as k steps, kill -9 and a resumed run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from diglot.models.architectures import ARCHITECTURES
from diglot.models.baseline_encoders import Kind
from diglot.objectives.registry import SETTINGS

SHAPE = {"layers": 1, "width": 32, "heads": 2, "length": 64, "dropout": 0.1}
PAIRS = {"view": "pairs", "batch": 16}
BLOCKS = {"view": "blocks", "batch": 64}
LABELLED = {"view": "labelled", "batch": 8}
BARE = {"name": "contrastive", "marks": False}
BY_LANGUAGE = PAIRS | {"languages": ["python", "c"]}

CASES = {
    # Two with different state run always: generators and a head; a batch in parts, no head.
    "codebert": ("roberta", PAIRS | {"unimodal": True}, [{"name": "mlm"}, {"name": "rtd"}]),
    "contrastive": (
        "roberta",
        PAIRS | {"body": True, "bucket": 2, "one_language": True, "micro_batch": 3},
        [{"name": "contrastive", "hard_positives": 0.5}],
    ),
    "mined negatives": (
        "roberta",
        PAIRS | {"negatives": "negatives.jsonl", "micro_batch": 3},
        [{"name": "contrastive", "mined": 2, "negatives": "all", "gamma": "trained"}],
    ),
    "static masking": ("roberta", BLOCKS, [{"name": "mlm", "copies": 2}]),
    "nsp": ("bert", {"view": "sentences", "batch": 64}, [{"name": "nsp"}]),
    "deobfuscation": (
        "modernbert",
        {"view": "functions", "batch": 16, "rows": 64},
        [{"name": "deobfuscation"}],
    ),
    "mixture": (
        "modernbert",
        BLOCKS | {"packing": "apart"},
        [{"name": "mlm", "probability": 0.5}, {"name": "deobfuscation", "probability": 0.5}],
    ),
    "mixture with a head": (
        "roberta",
        PAIRS | {"batch": 4, "rows": 20},  # so few that a process often has none for one
        [{"name": "mlm", "probability": 0.7}, {"name": "rtd", "probability": 0.3}],
    ),
    "causal": ("llama", BLOCKS, [{"name": "causal"}]),
    "rank": (
        "roberta",
        PAIRS | {"others": 3},
        [{"name": "rank", "text_length": 16, "length": 64}],
    ),
    "classify": (
        "gpt2",
        LABELLED,
        [{"name": "classify", "layout": "gpt", "pooling": "last", "auxiliary": True}],
    ),
    "classify pairs": ("bert", LABELLED, [{"name": "classify", "task": "pair"}]),
    "classify choices": ("roberta", LABELLED, [{"name": "classify", "task": "choice"}]),
    "nbow": (
        "nbow",
        BY_LANGUAGE | {"micro_batch": 3},
        [BARE | {"loss": "margin", "directions": "text"}],
    ),
    "cnn": ("cnn", BY_LANGUAGE, [BARE]),
    "birnn": ("birnn", BY_LANGUAGE, [BARE]),
    "selfatt": ("selfatt", BY_LANGUAGE, [BARE]),
    "static": ("static", PAIRS | {"split_words": True}, [BARE | {"damped": True}]),
}
"""Architecture; `data` and, beside it, `micro_batch` of `run`; objectives."""
ALWAYS = ("codebert", "contrastive")


def test_every_objective_and_architecture_has_a_case() -> None:
    assert {one["name"] for _, _, objectives in CASES.values() for one in objectives} == set(
        SETTINGS
    )
    models = {architecture for architecture, _, _ in CASES.values()}
    assert models == {*ARCHITECTURES, *get_args(Kind), "static"}


LABELLED_LINES = {
    "classify pairs": {"pair": "even numbers are divisible by two"},
    "classify choices": {"choices": ["it is", "it is not, one is left over"]},
}


@pytest.fixture
def recipe(request, tiny_corpus, tmp_path) -> Path:
    from diglot.corpus.reader import open_corpus
    from diglot.training.toml import dump_toml

    architecture, data, objectives = CASES[request.param]
    data = dict(data)
    micro = data.pop("micro_batch", 0)
    model = {"architecture": architecture}
    if architecture in ARCHITECTURES:
        model |= SHAPE
    if "languages" in data:
        model |= {"languages": data["languages"]}
    if data["view"] == "labelled":
        more = LABELLED_LINES.get(request.param, {})
        lines = [{"text": f"is {n} even", "label": n % 2} | more for n in range(40)]
        data["file"] = str(tmp_path / "labelled.jsonl")
        Path(data["file"]).write_text("\n".join(map(json.dumps, lines)))
    if "negatives" in data:
        batches = open_corpus(tiny_corpus).batches("functions", ["function_id"], "train")
        ids = [name for batch in batches for name in batch["function_id"].to_pylist()]
        # Every third has none and is left out; the others have fewer than are drawn, or more.
        lines = [
            {"id": one, "negatives": ids[(n + 1) % 5 : (n + 1) % 5 + n % 3 * 2 - 1]}
            for n, one in enumerate(ids)
            if n % 3
        ]
        data["negatives"] = str(tmp_path / "negatives.jsonl")
        Path(data["negatives"]).write_text("\n".join(map(json.dumps, lines)))
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
            "micro_batch": micro,
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
