"""The report of a ranking fit: Markdown tables and a reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

_MEASURES = ("ndcg_at_10", "ndcg_at_10_one_per_file", "function_mrr", "name_mrr")


def markdown(result: Mapping[str, Any]) -> str:
    """Show a result as Markdown tables."""
    lines = [
        f"# {result['protocol']}",
        "",
        f"{result['folds']} folds of repositories; 95% intervals resample repositories (seed "
        f"{result['seed']}). {result['hardware']}; revision {result['revision'][:12]}.",
        "",
        "| ranking | NDCG@10, default output | one hit per file | MRR, functions | MRR, names |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for rank, values in result["held_out"].items():
        cells = [values[name] for name in _MEASURES]
        shown = " | ".join(f"{c['mean']:.3f} [{c['low']:.3f}, {c['high']:.3f}]" for c in cells)
        lines.append(f"| {rank} | {shown} |")
    for name, values in result["single"].items():
        lines.append(f"| {name} | {values['units']:.3f} | {values['one per file']:.3f} | | |")
    lines += ["", "| probability | " + " | ".join(result["held_out"]) + " |"]
    lines += ["| --- |" + " ---: |" * len(result["held_out"])]
    measures = next(iter(result["held_out"].values()))["probability"]
    for name in measures:
        if name != "reliability":
            values = [part["probability"][name] for part in result["held_out"].values()]
            lines.append(f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) + " |")
    lines += ["", "![reliability](fit_ranking.png)", ""]
    if result["ablation"]:
        lines += _ablation(result)
    fields = ", ".join(f"{name} {value:.2f}" for name, value in result["weights"]["fields"].items())
    lines += ["", f"Weights of the lexical fields: {fields}."]
    return "\n".join(lines) + "\n"


def _ablation(result: Mapping[str, Any]) -> list[str]:
    """Lines of the table of what each feature adds."""
    ranks = list(result["ablation"])
    weights = result["weights"]["features"]
    lines = [
        "Cross-validated NDCG@10 and MRR of functions: with all features; then without each, less",
        "that. Beside them, its weight.",
        "",
        "| without | " + " | ".join(f"{rank} NDCG | MRR | weight" for rank in ranks) + " |",
        "| --- |" + " ---: | ---: | ---: |" * len(ranks),
    ]
    for name in result["ablation"][ranks[-1]]:
        cells: list[str] = []
        for rank in ranks:
            change = result["ablation"][rank].get(name)
            form = ".3f" if name == "(all)" else "+.4f"
            cells += ["", ""] if change is None else [f"{value:{form}}" for value in change]
            weight = weights[rank].get(name)
            cells.append("" if weight is None else f"{weight:+.2f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def plot_reliability(result: Mapping[str, Any], path: Path) -> None:
    """Draw promised against found, for the first hit of every query, answerable or not."""
    figure, axes = plt.subplots(figsize=(4.5, 4.5), dpi=120)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for rank, values in result["held_out"].items():
        bins = values["probability"]["reliability"]
        promised = [part["mean_probability"] for part in bins]
        found = [part["positive_fraction"] for part in bins]
        sizes = [4 + part["count"] / 2 for part in bins]
        axes.plot(promised, found, linewidth=1, alpha=0.6)
        axes.scatter(promised, found, sizes, label=rank)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability said", ylabel="fraction right")
    axes.set_title("First hit, held-out repositories", fontsize=10)
    axes.legend(frameon=False, loc="upper left")
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
