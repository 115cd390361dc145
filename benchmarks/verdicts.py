"""Protocol `verdict/1`: is the verdict on a question its own, and right in other languages too?

    python -m benchmarks.verdicts [--output FILE.json]

Steadiness: 100 questions on click (names, lines, messages, first lines of docstrings, and first
lines of jinja's) are asked for 1 to 50 hits at `fast` and `balanced`. For every number of hits the
verdict must be the same, and the hits the first ones of those for 50; the first hit must have the
highest probability, and probabilities must never rise along the list. For some questions the exit
code of the command must say the same: 0 for a good match, 1 for none.

Comments: 20 comment lines each in Chinese (xxl-job), Japanese and Spanish (`data/comments`, with
requests and guzzle around them), as they stand in the code but for the comment's marks, and plain
questions in these languages. Counted are those refused, and those whose unit comes first.

Answerable or not: as in `docstring-to-function/1`, whose repositories the ranking is not fitted on:
the area under the ROC curve of the first hit's probability, for summaries put to their own
repository against such put to another one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import function_search
from benchmarks.asking import ask, places
from benchmarks.exact_lines import read_lines
from benchmarks.exact_questions import Question, holders, rank_of_answer
from benchmarks.function_protocol import QUERIES_PER_REPOSITORY, forecasts
from benchmarks.protocol import own_caches
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.report import row
from benchmarks.repositories import load_repositories
from benchmarks.result_files import write_result
from benchmarks.same_answers import TOLERANCE, copy_tree
from benchmarks.verdict_questions import PLAIN, comment_questions, mixed_questions
from diglot import Index
from diglot.metrics.calibration import area_under_roc
from diglot.types import Hit, Rank

PROTOCOL = "verdict/1"
MOST_HITS = 50
COMMENTS = 20
EXITS = (1, 3, 10, 50)
"""Numbers of hits for which the command is run, on every tenth question."""
RANKS: tuple[Rank, ...] = ("fast", "balanced")
DEFAULT_CHECKOUTS = Path(".scratch/exact-repos")
DEFAULT_COMMENTS = Path("benchmarks/data/comments")
DEFAULT_OUTPUT = Path("benchmarks/results/verdicts.json")


def faults(index: Index, text: str, rank: Rank) -> dict[str, Any]:
    """What contradicts itself among the answers for 1 to 50 hits."""
    full = ask(index, text, MOST_HITS, rank)
    chances = [hit.probability or 0.0 for hit in full.hits]
    differing, not_prefix = [], []
    for top_k in range(1, MOST_HITS + 1):
        answer = ask(index, text, top_k, rank)
        if answer.is_good != full.is_good:
            differing.append(top_k)
        if not _same(answer.hits, full.hits[:top_k]):
            not_prefix.append(top_k)
    return {
        "is_good": full.is_good,
        "verdict": differing,
        "prefix": not_prefix,
        "first_not_likeliest": bool(chances) and chances[0] < max(chances),
        "rises": any(after > before for before, after in pairwise(chances)),
    }


def _same(hits: Sequence[Hit], others: Sequence[Hit]) -> bool:
    """Whether hits are the same but for what floating-point numbers lose."""
    return len(hits) == len(others) and all(
        replace(hit, score=0.0, probability=0.0) == replace(other, score=0.0, probability=0.0)
        and abs(hit.score - other.score) <= TOLERANCE
        and abs((hit.probability or 0.0) - (other.probability or 0.0)) <= TOLERANCE
        for hit, other in zip(hits, others, strict=True)
    )


def steadiness(
    index: Index, questions: Mapping[str, Sequence[str]], cache: Path
) -> list[dict[str, Any]]:
    """Ask every question for every number of hits, at both ranks."""
    found = []
    every = [(kind, text) for kind, texts in questions.items() for text in texts]
    for number, (kind, text) in enumerate(every):
        for rank in RANKS:
            entry = {"kind": kind, "query": text, "rank": rank, **faults(index, text, rank)}
            expected = 0 if entry["is_good"] else 1
            entry["exit"] = [
                top_k
                for top_k in (EXITS if number % 10 == 0 else ())
                if exit_code(text, index.root, cache, top_k, rank) != expected
            ]
            found.append(entry)
    return found


def exit_code(text: str, root: Path, cache: Path, top_k: int, rank: Rank) -> int:
    """Exit code of the command that asks a question."""
    command = [sys.executable, "-m", "diglot", "search", "--rank", rank, "-k", str(top_k)]
    environment = {**os.environ, "DIGLOT_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [*command, "--", text, str(root)], env=environment, capture_output=True, check=False
    )
    return done.returncode


def comments(
    root: Path, cache: Path, language: str, seed: int, folder: str = ""
) -> list[dict[str, Any]]:
    """Put comments of a folder of a tree, and plain questions, to the tree."""
    index = Index.open(root, cache_folder=cache)
    units = places(index)
    found = []
    lines = {path: text for path, text in read_lines(root).items() if path.startswith(folder)}
    asked = comment_questions(lines, language, COMMENTS, seed)
    texts = [(text, path, line) for path, line, text in asked]
    texts += [(text, "", 0) for text in PLAIN[language]]
    for text, path, line in texts:
        question = Question(language, "comment", text, holders(units, path, line))
        for rank in RANKS:
            answer = ask(index, text, 10, rank)
            place = rank_of_answer(answer.hits, question)
            first = answer.hits[0] if answer.hits else None
            found.append(
                {
                    "language": language,
                    "kind": "comment" if path else "plain question",
                    "rank": rank,
                    "query": text,
                    "source": f"{path}:{line}" if path else "",
                    "refused": not answer.is_good,
                    "place": int(place) if np.isfinite(place) else None,
                    "probability": (first.probability or 0.0) if first else 0.0,
                    "first": f"{first.path}:{first.start_line} {first.symbol}" if first else "",
                }
            )
    return found


def answerable(
    data: Path, checkouts: Path, limit: int, seed: int, ranks: Sequence[Rank]
) -> dict[str, dict[str, Any]]:
    """Areas under the ROC curve, by rank, over all and by repository."""
    areas: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, own_caches():
        prepared = [
            function_search.prepare(repository, checkouts, Path(folder).resolve(), limit, seed)
            for repository in load_repositories(data)
        ]
        roots = {part.repository.name: part.root for part in prepared}
        queries = [query for part in prepared for query in part.selection.queries]
        for rank in ranks:
            made = forecasts(rank, roots, queries)
            chances = np.array([item.probability for item in made])
            own = np.array([item.repository == queries[item.query].repository for item in made])
            asked = np.array([item.repository for item in made])
            areas[rank] = {
                "all": area_under_roc(chances, own),
                **{
                    name: area_under_roc(chances[asked == name], own[asked == name])
                    for name in roots
                },
            }
    return areas


def report(
    steady: Sequence[Mapping[str, Any]],
    foreign: Sequence[Mapping[str, Any]],
    areas: Mapping[str, Any],
    provenance: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Count what contradicts itself and what is refused."""
    keys = ("verdict", "prefix", "first_not_likeliest", "rises", "exit")
    by_kind = []
    for rank in RANKS:
        for kind in dict.fromkeys(entry["kind"] for entry in steady):
            chosen = [e for e in steady if e["kind"] == kind and e["rank"] == rank]
            by_kind.append(
                {
                    "rank": rank,
                    "kind": kind,
                    "questions": len(chosen),
                    "good": sum(entry["is_good"] for entry in chosen),
                    **{key: sum(bool(entry[key]) for entry in chosen) for key in keys},
                }
            )
    groups = dict.fromkeys(_group(e) for e in foreign)
    by_language = []
    for group in groups:
        chosen = [entry for entry in foreign if _group(entry) == group]
        language, kind, ranked = group
        by_language.append(
            {
                "language": language,
                "kind": kind,
                "rank": ranked,
                "questions": len(chosen),
                "refused": sum(entry["refused"] for entry in chosen),
                "first": sum(entry["place"] == 1 for entry in chosen),
                "first_10": sum(entry["place"] is not None for entry in chosen),
            }
        )
    return {
        **provenance,
        "seed": seed,
        "steadiness": by_kind,
        "comments": by_language,
        "auroc": areas,
        "contradictions": [entry for entry in steady if any(entry[key] for key in keys)],
        "foreign": list(foreign),
    }


def markdown(result: Mapping[str, Any]) -> str:
    """Show the counts as tables."""
    lines = [
        f"# {result['protocol']}",
        "",
        f"Seed {result['seed']}. {result['hardware']}; revision {result['revision'][:12]}.",
    ]
    for name in ("steadiness", "comments"):
        entries = result[name]
        if entries:
            heads = [head.replace("_", " ") for head in entries[0]]
            lines += ["", row(*heads), row(*["---"] * len(heads))]
            lines += [row(*(str(value) for value in entry.values())) for entry in entries]
    for rank, areas in result["auroc"].items():
        shown = ", ".join(f"{name} {area:.3f}" for name, area in areas.items())
        lines += ["", f"AUROC of answerable against unanswerable, {rank}: {shown}."]
    return "\n".join(lines) + "\n"


def _group(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["language"], entry["kind"], entry["rank"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Measure diglot on protocol {PROTOCOL}.")
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--comments", type=Path, default=DEFAULT_COMMENTS, metavar="FOLDER")
    parser.add_argument("--function-data", type=Path, default=function_search.DEFAULT_DATA)
    parser.add_argument("--function-repos", type=Path, default=function_search.DEFAULT_CHECKOUTS)
    parser.add_argument(
        "--limit",
        type=int,
        default=QUERIES_PER_REPOSITORY,
        help="summaries a repository for the area under the curve; 0 leaves it out",
    )
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    parser.add_argument("--seed", type=int, default=0, help="of the choice")
    return parser.parse_args()


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the tables."""
    arguments = _arguments()
    checkouts, seed = arguments.checkouts, arguments.seed
    provenance = {
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        cache = folder / "cache"
        foreign = comments(checkouts / "xxl-job", cache, "chinese", seed)
        for language in ("japanese", "spanish"):
            root = folder / language
            copy_tree(checkouts, root)
            shutil.copytree(arguments.comments / language, root / language)
            foreign += comments(root, cache, language, seed, f"{language}/")
            sys.stderr.write(f"{language}\n")
        index = Index.open(checkouts / "click", cache_folder=cache)
        lines, elsewhere = (read_lines(checkouts / name) for name in ("click", "jinja"))
        questions = mixed_questions("click", lines, places(index), elsewhere, seed)
        steady = steadiness(index, questions, cache)
    areas = {}
    if arguments.limit:
        areas = answerable(
            arguments.function_data, arguments.function_repos, arguments.limit, seed, RANKS
        )
    result = report(steady, foreign, areas, provenance, seed)
    write_result(arguments.output, result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
