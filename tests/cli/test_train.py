from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from diglot.cli.main import cli

RECIPE = """
[model]
architecture = "roberta"
layers = 1
width = 32
heads = 2
length = 64

[tokenizer]
vocabulary_size = 1024

[data]
length = 64
batch = 16

[[objectives]]
name = "mlm"

[optimizer]
lr = 1e-3
steps = 4

[run]
dtype = "float32"
attention = "eager"
threads = 1
device = "cpu"
"""


@pytest.fixture
def arguments(tiny_corpus, tmp_path) -> list[str]:
    recipe = tmp_path / "small.toml"
    recipe.write_text(RECIPE)
    run = ["--corpus", str(tiny_corpus), "-o", str(tmp_path / "run")]
    return ["train", str(recipe), *run, "--cache-dir", str(tmp_path / "cache")]


def test_a_recipe_is_trained_and_the_models_folder_printed(arguments, tmp_path) -> None:
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    assert result.stdout == f"{tmp_path / 'run' / 'model'}\n"
    assert (tmp_path / "run" / "model" / "model.safetensors").is_file()


def launched(arguments: list[str], *before: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *before, "diglot", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def test_errors_are_one_line(arguments) -> None:
    process = launched([*arguments, "--set", "optimizer.rate=1"])
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert errors.startswith("diglot: recipe ")
    assert "unknown key 'rate'" in errors
    assert errors.count("\n") == 1


def test_a_signal_ends_the_command_after_a_checkpoint(arguments, tmp_path) -> None:
    many = ["--set", "optimizer.steps=100000", "--set", "run.log_every=1"]
    process = launched([*arguments, *many])
    metrics = tmp_path / "run" / "metrics.jsonl"
    while process.poll() is None and not (metrics.is_file() and metrics.stat().st_size):
        pass
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "go on with --resume" in errors
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 1


LAUNCHERS = {
    # Accelerate starts several processes on a CPU through MPI alone; torchrun does without.
    1: ["accelerate.commands.launch", "--cpu", "--num_processes", "1", "--num_machines", "1"],
    2: ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
}


@pytest.mark.slow
@pytest.mark.parametrize("processes", LAUNCHERS)
def test_launchers_start_it(arguments, tmp_path, processes) -> None:
    process = launched(arguments, *LAUNCHERS[processes], "-m")
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert printed == f"{tmp_path / 'run' / 'model'}\n"
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["environment"]["processes"] == processes
