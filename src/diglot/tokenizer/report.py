"""How well a vocabulary fits code: counted on rows of a corpus, beside other vocabularies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diglot.tokenizer.folder import CodeTokenizer
from diglot.tokenizer.losses import losses
from diglot.tokenizer.marks import MARKS
from diglot.tokenizer.texts import Sample
from diglot.tokenizer.whitespace import RUNS, missing_runs

if TYPE_CHECKING:
    from diglot.corpus.schema import Split

_LOST_SHOWN = 8
"""Characters that did not come back, the most frequent first."""


@dataclass(frozen=True)
class Figures:
    """What one vocabulary makes of the rows of one language."""

    rows: int
    tokens: int
    tokens_per_line: float
    bytes_per_token: float
    tokens_per_identifier: float | None
    """Tokens with at least a character of it, over all places where one stands; None for prose."""
    restored: float
    """Share of rows that decoding gives back to the character."""
    lost: dict[str, int]
    """Characters that decoding does not give back, and how often, in the rows not restored."""


def describe(tokenizer: CodeTokenizer) -> dict[str, Any]:
    """What is in a vocabulary, without any text to measure it on."""
    missing = [mark.token for mark in MARKS if mark.token not in tokenizer.written]
    return {
        "name": tokenizer.name,
        "size": tokenizer.size,
        "marks": len(MARKS) - len(missing),
        "missing_marks": missing,
        "whitespace_runs": len(RUNS) - len(missing_runs(tokenizer.backend)),
        "losses": list(losses(tokenizer)),
        "provenance": dict(tokenizer.provenance),
    }


def measure(
    tokenizers: Mapping[str, CodeTokenizer], samples: Mapping[str, Sample], split: Split
) -> dict[str, Any]:
    """Measure vocabularies on the same rows.

    Args:
        tokenizers: by the names that the report is to use.
        samples: rows by language, as `sample_rows` gives them.
        split: which they are from.

    Returns:
        What `format_report` takes and JSON can hold.
    """
    figures: dict[str, dict[str, Any]] = {}
    used: dict[str, float] = {}
    for name, tokenizer in tokenizers.items():
        seen: set[int] = set()
        figures[name] = {
            language: asdict(_figures(tokenizer, sample, seen))
            for language, sample in samples.items()
        }
        used[name] = len(seen) / (tokenizer.size - len(tokenizer.special_ids))
    return {"split": split, "vocabulary_used": used, "figures": figures}


def _figures(tokenizer: CodeTokenizer, sample: Sample, seen: set[int]) -> Figures:
    encodings = tokenizer.backend.encode_batch(sample.texts, add_special_tokens=False)
    decoded = tokenizer.backend.decode_batch([encoding.ids for encoding in encodings])
    tokens = of_identifiers = 0
    lost = Counter[str]()
    restored = 0
    for encoding, found, text, back in zip(
        encodings, sample.identifiers, sample.texts, decoded, strict=True
    ):
        seen.update(encoding.ids)
        tokens += len(encoding)
        spans = np.asarray(encoding.offsets, np.int64).reshape(-1, 2)
        first = np.searchsorted(spans[:, 1], found[:, 0], side="right")
        beyond = np.searchsorted(spans[:, 0], found[:, 1], side="left")
        of_identifiers += int((beyond - first).sum())
        if back == text:
            restored += 1
        else:
            lost += Counter(text) - Counter(back)
    rows = len(sample.texts)
    lines = sum(text.count("\n") + 1 for text in sample.texts)
    identifiers = sum(len(found) for found in sample.identifiers)
    ordered = sorted(lost.items(), key=lambda item: (-item[1], item[0]))
    return Figures(
        rows=rows,
        tokens=tokens,
        tokens_per_line=tokens / lines,
        bytes_per_token=sum(len(text.encode()) for text in sample.texts) / max(tokens, 1),
        tokens_per_identifier=of_identifiers / identifiers if identifiers else None,
        restored=restored / rows,
        lost=dict(ordered[:_LOST_SHOWN]),
    )


def format_description(description: Mapping[str, Any]) -> str:
    """`describe` for people."""
    marks, missing = description["marks"], description["missing_marks"]
    lacking = f", without {' '.join(missing[:6])}{' ...' if missing[6:] else ''}" if missing else ""
    lost = ", ".join(description["losses"]) or "nothing"
    return "\n".join(
        [
            f"tokenizer   {description['name']}",
            f"size        {description['size']:,} tokens",
            f"marks       {marks} of {len(MARKS)}{lacking}",
            f"whitespace  {description['whitespace_runs']} of {len(RUNS)} runs are one token",
            f"loses       {lost}",
        ]
    )


def format_measures(measures: Mapping[str, Any]) -> str:
    """`measure` for people: a line for each language and vocabulary."""
    heading = ("language", "tokenizer", "rows", "tok/line", "byte/tok", "tok/ident", "restored")
    table: list[tuple[str, ...]] = [heading]
    names = list(measures["figures"])
    for language in measures["figures"][names[0]]:
        for name in names:
            row = measures["figures"][name][language]
            identifier = row["tokens_per_identifier"]
            table.append(
                (
                    language if name == names[0] else "",
                    name,
                    str(row["rows"]),
                    f"{row['tokens_per_line']:.2f}",
                    f"{row['bytes_per_token']:.2f}",
                    "" if identifier is None else f"{identifier:.2f}",
                    f"{row['restored']:.1%}",
                )
            )
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    for name in names:
        lines.append(f"{name}: {measures['vocabulary_used'][name]:.1%} of the vocabulary used")
        lost = Counter[str]()
        for row in measures["figures"][name].values():
            lost.update(row["lost"])
        if lost:
            shown = " ".join(repr(character) for character, _ in lost.most_common(_LOST_SHOWN))
            lines.append(f"{name}: does not give back {shown}")
    return "\n".join(lines)
