"""The report of a run: one HTML page with its curves, which needs no other file."""

from __future__ import annotations

import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diglot.training.folder import RunFolder, write_whole
from diglot.training.toml import dump_toml
from diglot.training.tracking import read_metrics

REPORT = "report.html"

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left }
pre { background: #f4f4f4; padding: 1rem; overflow-x: auto } svg { max-width: 100%; height: auto }
figure { display: inline-block; margin: 0 }
"""
_ASIDE = ("step", "kind", "seconds", "tokens", "epoch")


def write_report(folder: Path) -> Path:
    """Write `report.html` from the metrics and the record of a run."""
    record = RunFolder(folder).record()
    lines = list(read_metrics(folder))
    train = [line for line in lines if line["kind"] == "train"]
    validation = [line for line in lines if line["kind"] == "validation"]
    numbers = [
        name
        for name in dict.fromkeys(name for line in train + validation for name in line)
        if name not in _ASIDE
    ]
    figures = [_figure(name, train, validation) for name in numbers]
    name = html.escape(str(record["resolved"]["name"]))
    identity = {
        "corpus": record["corpus_hash"],
        "tokenizer": record["tokenizer_hash"],
        **record["environment"],
    }
    page = "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{name}</title>',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{name}</h1>",
            *_last("Training", train),
            *_last("Validation", validation),
            "<h2>Curves</h2>",
            *figures,
            "<h2>Made with</h2>",
            _table(identity),
            "<h2>Recipe</h2>",
            f"<pre>{html.escape(dump_toml(record['resolved']))}</pre>",
            "</body></html>",
        ]
    )
    write_whole(folder / REPORT, page + "\n")
    return folder / REPORT


def _last(title: str, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    if not lines:
        return []
    shown = {name: value for name, value in lines[-1].items() if name != "kind"}
    return [f"<h2>{title}: the last values</h2>", _table(shown)]


def _table(values: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(str(name))}</th><td>{_shown(value)}</td></tr>"
        for name, value in values.items()
    )
    return f"<table>{rows}</table>"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else html.escape(str(value))


def _figure(
    name: str, train: Sequence[Mapping[str, Any]], validation: Sequence[Mapping[str, Any]]
) -> str:
    """One curve as SVG; the same numbers give the same bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "diglot", "svg.fonttype": "none"}):
        figure = Figure(figsize=(4.6, 3))
        # Fixed margins: to find the best ones takes as long as drawing.
        axes = figure.add_axes((0.16, 0.16, 0.8, 0.74))
        for label, lines in (("train", train), ("validation", validation)):
            points = [(line["step"], line[name]) for line in lines if name in line]
            if points:
                marker = "o" if label == "validation" else None
                axes.plot(*zip(*points, strict=True), label=label, marker=marker, linewidth=1.2)
        axes.set(title=name, xlabel="step")
        axes.legend()
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    svg = drawn.getvalue()
    return f"<figure>{svg[svg.index('<svg') :]}</figure>"
