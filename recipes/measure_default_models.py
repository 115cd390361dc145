"""Measure models as their cards report: retrieval quality and speed, one JSON line per model.

    python recipes/measure_default_models.py DATA [MODEL]...

DATA holds `humanevalpack/` (bigcode-project/octopack, a file per language) and `cosqa/` (dev, of
Jun-jie-Huang/CoCLR). MODEL is a name or a folder, `static` and `encoder` by default. Protocols:

- `humanevalpack-plain/1`: query = docstring up to its examples, the function's name taken out;
  pool = the 164 canonical solutions in that language; MRR, ties at the middle of their ranks.
- `humanevalpack-raw/1`: the same with the whole docstring as query.
- `cosqa-dev/1`: 500 web queries over all 6,267 functions; MRR likewise.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from diglot.inference import Encoder, load_encoder
from diglot.metrics.ranking import mean_reciprocal_rank, tied_ranks
from diglot.models import resolve_model

LANGUAGES = ("python", "js", "java", "go", "cpp", "rust")
_EXAMPLES = re.compile(r"\s*(>>>|for example\b|examples?\b|e\.g\.|//|=>|note\b)", re.IGNORECASE)
QUERY = "where do we parse memory strings like 512m"


def plain(docstring: str, name: str) -> str:
    """Return the words of a docstring: lines up to the first example, without the name."""
    lines = []
    for line in docstring.splitlines():
        if _EXAMPLES.match(line) or re.search(re.escape(name) + r"\s*[(\[]", line):
            break
        lines.append(line)
    text = " ".join(lines).strip() or docstring.partition("\n")[0]
    return re.sub(rf"\b{re.escape(name)}\b", " ", text)


def mrr(encoder: Encoder, queries: list[str], pool: list[str], relevant: Sequence[int]) -> float:
    """Return the mean reciprocal rank of each query's one answer in `pool`."""
    scores = encoder.encode_queries(queries) @ encoder.encode_code(pool).T
    return round(mean_reciprocal_rank(tied_ranks(scores, np.asarray(relevant))), 4)


def humanevalpack(encoder: Encoder, folder: Path) -> dict[str, dict[str, float]]:
    """Return MRR by form of query and language, with the mean over languages."""
    found: dict[str, dict[str, float]] = {"raw": {}, "plain": {}}
    for language in LANGUAGES:
        rows = [json.loads(line) for line in (folder / f"{language}.jsonl").open()]
        pool = [row["canonical_solution"] for row in rows]
        raw = [row["docstring"] for row in rows]
        masked = [plain(row["docstring"], row["entry_point"]) for row in rows]
        found["raw"][language] = mrr(encoder, raw, pool, range(len(rows)))
        found["plain"][language] = mrr(encoder, masked, pool, range(len(rows)))
    for values in found.values():
        values["mean"] = round(sum(values.values()) / len(LANGUAGES), 4)
    return found


def cosqa(encoder: Encoder, folder: Path) -> float:
    """Return MRR on the dev queries."""
    queries = json.loads((folder / "cosqa-retrieval-dev-500.json").read_text())
    number_of = json.loads((folder / "code_idx_map.txt").read_text())
    pool = sorted(number_of, key=number_of.__getitem__)
    relevant = [query["retrieval_idx"] for query in queries]
    return mrr(encoder, [query["doc"] for query in queries], pool, relevant)


def speed(encoder: Encoder) -> dict[str, float]:
    """Return the median time of a warm query and the best throughput of several tries."""
    times = []
    for _ in range(200):
        started = time.perf_counter()
        encoder.encode_queries([QUERY])
        times.append(time.perf_counter() - started)
    texts = [" ".join(["parse"] * 126)] * 64  # 128 tokens with the encoder's own two
    tries = []
    for _ in range(5):
        started = time.perf_counter()
        encoder.encode_code(texts)
        tries.append(len(texts) / (time.perf_counter() - started))
    return {
        "query_ms": round(1000 * float(np.median(times)), 3),
        "texts_of_128_tokens_per_second": round(max(tries)),
    }


def measure(name: str, data: Path) -> dict[str, Any]:
    """Return everything that the card of one model reports."""
    folder = resolve_model(name)
    started = time.perf_counter()
    encoder = load_encoder(name)
    loaded = time.perf_counter() - started
    return {
        "model": name,
        "key": folder.key,
        "size_bytes": folder.size_bytes,
        "load_ms": round(1000 * loaded, 1),
        **speed(encoder),
        "humanevalpack": humanevalpack(encoder, data / "humanevalpack"),
        "cosqa_dev": cosqa(encoder, data / "cosqa"),
    }


def main() -> None:
    """Measure each model and write its line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="*", default=["static", "encoder"])
    arguments = parser.parse_args()
    for name in arguments.models:
        sys.stdout.write(json.dumps(measure(name, arguments.data)) + "\n")


if __name__ == "__main__":
    main()
