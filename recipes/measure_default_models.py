"""Measure models as their cards report: retrieval quality and speed, one JSON line per model.

    python recipes/measure_default_models.py DATA [MODEL]... [--corpus FOLDER]

DATA holds `humanevalpack/` (bigcode-project/octopack, a file per language) and `cosqa/` (dev, of
Jun-jie-Huang/CoCLR). MODEL is a name or a folder, `static` and `encoder` by default; each is
compared with the first, query by query: mean difference and its 95 % interval (bootstrap over
queries). Protocols:

- `humanevalpack-plain/1`: query = docstring up to its examples, the function's name taken out;
  pool = the 164 canonical solutions in that language; MRR, ties at the middle of their ranks.
- `humanevalpack-raw/1`: the same with the whole docstring as query.
- `cosqa-dev/1`: 500 web queries over all 6,267 functions; MRR likewise.
- `validation/1`: up to 400 pairs of each language of a corpus's validation split, drawn by a seed;
  query = summary; pool = the codes drawn in that language, the function's name in them replaced by
  `f`; MRR likewise.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diglot.inference import Encoder, load_encoder
from diglot.metrics.bootstrap import bootstrap_difference
from diglot.metrics.ranking import reciprocal_ranks, tied_ranks
from diglot.models import resolve_model

Values = NDArray[np.float64]

PAIRS = 400
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


def ranked(
    encoder: Encoder, queries: list[str], pool: list[str], relevant: Sequence[int]
) -> Values:
    """Return the reciprocal rank of each query's one answer in `pool`."""
    scores = encoder.encode_queries(queries) @ encoder.encode_code(pool).T
    return reciprocal_ranks(tied_ranks(scores, np.asarray(relevant)))


def humanevalpack(encoder: Encoder, folder: Path) -> dict[str, Values]:
    """Return reciprocal ranks by form of query and language."""
    found = {}
    for language in LANGUAGES:
        rows = [json.loads(line) for line in (folder / f"{language}.jsonl").open()]
        pool = [row["canonical_solution"] for row in rows]
        raw = [row["docstring"] for row in rows]
        masked = [plain(row["docstring"], row["entry_point"]) for row in rows]
        found[f"humanevalpack-plain {language}"] = ranked(encoder, masked, pool, range(len(rows)))
        found[f"humanevalpack-raw {language}"] = ranked(encoder, raw, pool, range(len(rows)))
    return found


def cosqa(encoder: Encoder, folder: Path) -> dict[str, Values]:
    """Return reciprocal ranks on the dev queries."""
    queries = json.loads((folder / "cosqa-retrieval-dev-500.json").read_text())
    number_of = json.loads((folder / "code_idx_map.txt").read_text())
    pool = sorted(number_of, key=number_of.__getitem__)
    relevant = [query["retrieval_idx"] for query in queries]
    return {"cosqa-dev": ranked(encoder, [query["doc"] for query in queries], pool, relevant)}


def corpus_pairs(encoder: Encoder, corpus: Path) -> dict[str, Values]:
    """Return reciprocal ranks on validation pairs of a corpus, by language."""
    from diglot.corpus.reader import open_corpus

    columns = ["language", "name", "summary", "code"]
    pairs: dict[str, list[tuple[str, str]]] = {}
    for batch in open_corpus(corpus).batches("functions", columns, "validation"):
        for row in batch.to_pylist():
            if row["summary"]:
                masked = re.sub(rf"\b{re.escape(row['name'])}\b", "f", row["code"])
                pairs.setdefault(row["language"], []).append((row["summary"], masked))
    found = {}
    for language, known in sorted(pairs.items()):
        chosen = random.Random(0).sample(known, min(len(known), PAIRS))
        texts, codes = [text for text, _ in chosen], [code for _, code in chosen]
        found[f"validation {language}"] = ranked(encoder, texts, codes, range(len(chosen)))
    return found


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


def quality(encoder: Encoder, data: Path, corpus: Path | None) -> dict[str, Values]:
    """Return reciprocal ranks of every query, by protocol and language."""
    found = humanevalpack(encoder, data / "humanevalpack") | cosqa(encoder, data / "cosqa")
    return found | (corpus_pairs(encoder, corpus) if corpus else {})


def by_protocol(found: dict[str, Values]) -> dict[str, Values]:
    """Return the queries of all languages together."""
    names = dict.fromkeys(name.partition(" ")[0] for name in found)
    return {
        protocol: np.concatenate(
            [values for name, values in found.items() if name.partition(" ")[0] == protocol]
        )
        for protocol in names
    }


def measure(name: str, found: dict[str, Values]) -> dict[str, Any]:
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
        "mrr": {
            part: round(float(values.mean()), 4)
            for part, values in (by_protocol(found) | found).items()
        },
    }


def main() -> None:
    """Measure each model, write its line, and how it differs from the first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="*", default=["static", "encoder"])
    parser.add_argument("--corpus", type=Path, help="folder of a corpus, for its validation pairs")
    arguments = parser.parse_args()
    first: dict[str, Values] = {}
    for name in arguments.models:
        found = quality(load_encoder(name), arguments.data, arguments.corpus)
        line = measure(name, found)
        first = first or by_protocol(found)
        line["difference"] = {
            part: [round(value, 4) for value in (change.mean, change.low, change.high)]
            for part, values in by_protocol(found).items()
            for change in [bootstrap_difference(values, first[part], seed=0)]
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
