"""The datasheet of a corpus: what is in it, where from, what was left out and why.

After Gebru et al. 2018, "Datasheets for Datasets", as far as counting can answer. It holds no date
and no name of a machine, so that equal corpora have equal datasheets.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diglot import __version__
from diglot.corpus.reader import DATASHEET
from diglot.corpus.recipe import CorpusRecipe
from diglot.corpus.schema import SCHEMA_VERSION, SPLITS
from diglot.corpus.selection import Selection, family
from diglot.corpus.tasks import SourceReport, write_json, write_text
from diglot.corpus.writing import Written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = "datasheet.md"
PLOTS = ("pairs.png", "drops.png", "lengths.png")


def write_datasheet(
    folder: Path,
    recipe: CorpusRecipe,
    recipe_hash: str,
    reports: Sequence[SourceReport],
    selection: Selection,
    written: Written,
) -> None:
    """Write the plots, `datasheet.md`, and last `datasheet.json`, which makes a corpus complete."""
    sheet = datasheet(recipe, recipe_hash, reports, selection, written)
    write_plots(folder, sheet)
    write_text(folder / PAGE, markdown(sheet))
    write_json(folder / DATASHEET, sheet)


def datasheet(
    recipe: CorpusRecipe,
    recipe_hash: str,
    reports: Sequence[SourceReport],
    selection: Selection,
    written: Written,
) -> dict[str, Any]:
    """All that the datasheet says, as plain values."""
    drops: Counter[str] = Counter()
    for report in reports:
        drops.update(report.drops)
    for table, count in selection.duplicates.items():
        drops[f"{table}: near-duplicate"] = count
    return {
        "schema": SCHEMA_VERSION,
        "name": recipe.name,
        "diglot": __version__,
        "recipe_hash": recipe_hash,
        "corpus_hash": _hash(written.hashes),
        "rows": _by_split(written.rows),
        "languages": {
            language: _language(language, written)
            for language in sorted({language for language, _ in written.files})
        },
        "largest_shares": _largest_shares(written),
        "prose": dict(sorted(written.sources.items())),
        "drops": dict(sorted(drops.items())),
        "redactions": dict(sorted(written.redactions.items())),
        "licences": dict(sorted(written.licences.items())),
        "repositories": dict(sorted(written.repositories.items())),
        "summary_words": _histogram(written.summary_words),
        "function_lines": _histogram(written.function_lines),
        "recipe": recipe.record(),
        "sources": [_source(report, written) for report in reports],
        "shards": written.hashes,
    }


def markdown(sheet: dict[str, Any]) -> str:
    """The datasheet for people."""
    languages = sheet["languages"]
    total = {
        kind: sum(sum(entry[kind].values()) for entry in languages.values())
        for kind in ("files", "functions", "pairs")
    }
    lines = [
        f"# Corpus {sheet['name']}",
        "",
        f"{total['files']:,} files, {total['functions']:,} functions, {total['pairs']:,} pairs "
        f"(functions with a summary), {sum(sheet['prose'].values()):,} paragraphs of prose, from "
        f"{len(sheet['repositories']):,} repositories.",
        "",
        f"Built by diglot {sheet['diglot']}. Corpus hash `{sheet['corpus_hash']}`, recipe hash "
        f"`{sheet['recipe_hash']}`, schema {sheet['schema']}.",
        "",
        "## Languages",
        "",
        "Splits are by repository. Bimodal functions have a summary, unimodal ones have none.",
        "",
        *_table(
            ["language", "files", "MB", "functions", "bimodal", "unimodal", *_pair_headings()],
            [
                [
                    name,
                    sum(entry["files"].values()),
                    f"{entry['bytes'] / 1e6:.1f}",
                    sum(entry["functions"].values()),
                    sum(entry["pairs"].values()),
                    sum(entry["functions"].values()) - sum(entry["pairs"].values()),
                    *(entry["pairs"].get(split, 0) for split in SPLITS),
                ]
                for name, entry in languages.items()
            ],
        ),
        "",
        "![Pairs by language and split](pairs.png)",
        "",
        "Largest share of one repository in the pairs of a language (JavaScript and TypeScript are "
        "counted together):",
        "",
        *_table(
            ["language", "repository", "share"],
            [
                [name, entry["repository"], f"{entry['share']:.1%}"]
                for name, entry in sheet["largest_shares"].items()
            ],
        ),
        "",
        "![Words of summaries and lines of functions](lengths.png)",
        "",
        "## What was left out",
        "",
        "A dropped summary makes its function unimodal; the function stays.",
        "",
        *_table(["step", "dropped"], [[name, count] for name, count in sheet["drops"].items()]),
        "",
        "![What each step dropped](drops.png)",
        "",
        "## Replaced in the text",
        "",
        *_table(["kind", "places"], [[name, n] for name, n in sheet["redactions"].items()]),
        "",
        "## Docstring styles",
        "",
        *_table(
            ["language", "style", "functions"],
            [
                [name, style, count]
                for name, entry in languages.items()
                for style, count in entry["styles"].items()
            ],
        ),
        "",
        "## Licences",
        "",
        *_table(
            ["licence", "files"],
            [[name or "unknown", count] for name, count in sheet["licences"].items()],
        ),
        "",
        "## Sources",
        "",
        *_table(
            ["source", "revision", "licence", "split", "files", "functions"],
            [
                [
                    source["spec"],
                    source["revision"],
                    source["licence_declared"] or source["licence_detected"] or "by file",
                    source["split"],
                    source["rows"].get("files", 0),
                    source["rows"].get("functions", 0),
                ]
                for source in sheet["sources"]
            ],
        ),
        "",
    ]
    return "\n".join(lines)


def write_plots(folder: Path, sheet: dict[str, Any]) -> None:
    """Draw what people would rather look at than read."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    languages = sheet["languages"]
    figure, axes = plt.subplots(figsize=(8, 0.4 * len(languages) + 1.2), layout="constrained")
    names = sorted(languages, key=lambda name: sum(languages[name]["pairs"].values()))
    left = [0.0] * len(names)
    for split in SPLITS:
        widths = [languages[name]["pairs"].get(split, 0) for name in names]
        axes.barh(names, widths, left=left, label=split)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_xlabel("pairs")
    axes.legend()
    _save(figure, folder / "pairs.png")

    drops = sorted(sheet["drops"].items(), key=lambda item: item[1])
    figure, axes = plt.subplots(figsize=(8, 0.28 * len(drops) + 1.2), layout="constrained")
    axes.barh([name for name, _ in drops], [count for _, count in drops])
    axes.set_xscale("symlog")
    axes.set_xlabel("dropped")
    _save(figure, folder / "drops.png")

    figure, both = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for axes, key in zip(both, ("summary_words", "function_lines"), strict=True):
        axes.bar(list(sheet[key]), list(sheet[key].values()))
        axes.set_xlabel(key.replace("_", " ") + ", at most")
        axes.tick_params(axis="x", rotation=60)
    _save(figure, folder / "lengths.png")


def _save(figure: Figure, path: Path) -> None:
    from matplotlib import pyplot as plt

    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _language(language: str, written: Written) -> dict[str, Any]:
    return {
        "files": _of(written.files, language),
        "bytes": written.bytes[language],
        "functions": _of(written.functions, language),
        "pairs": _of(written.pairs, language),
        "styles": _of(written.styles, language),
    }


def _largest_shares(written: Written) -> dict[str, dict[str, Any]]:
    counts: dict[str, Counter[str]] = {}
    for (language, repository), count in written.pairs_by_repository.items():
        counts.setdefault(family(language), Counter())[repository] += count
    found = {}
    for language, repositories in sorted(counts.items()):
        repository, count = min(repositories.items(), key=lambda item: (-item[1], item[0]))
        found[language] = {
            "repository": repository,
            "share": round(count / repositories.total(), 4),
        }
    return found


def _source(report: SourceReport, written: Written) -> dict[str, Any]:
    return {
        "spec": report.entry.spec,
        "repository": report.survey.repository,
        "revision": report.survey.revision,
        "digest": report.survey.digest,
        "licence_declared": report.survey.licence_declared,
        "licence_detected": report.survey.licence_detected,
        "split": report.entry.split or written.repositories.get(report.survey.repository, ""),
        "rows": report.rows,
        "drops": report.drops,
    }


def _by_split(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    names = sorted({name for name, _ in counts})
    return {name: {split: counts[name, split] for split in SPLITS} for name in names}


def _of(counts: Counter[tuple[str, str]], name: str) -> dict[str, int]:
    return {other: count for (first, other), count in sorted(counts.items()) if first == name}


def _histogram(counts: Counter[int]) -> dict[str, int]:
    """Counts by the next power of two and the half between two of them."""
    bounds = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024]
    found = dict.fromkeys(map(str, bounds), 0) | {"more": 0}
    for value, count in counts.items():
        found[str(next((bound for bound in bounds if value <= bound), "more"))] += count
    return found


def _hash(hashes: dict[str, str]) -> str:
    return blake2b(json.dumps(hashes, sort_keys=True).encode(), digest_size=16).hexdigest()


def _pair_headings() -> list[str]:
    return [f"pairs, {split}" for split in SPLITS]


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    body = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    lines = [headings, ["---"] * len(headings), *body]
    return [f"| {' | '.join(line)} |" for line in lines] if body else ["None."]
