"""Measure systems side by side on protocol `docstring-to-function/1` (`function_protocol.py`).

python -m benchmarks.repositories --data benchmarks/data/function_search \
    --checkouts .scratch/function-repos
python -m benchmarks.function_search [--system NAME...] [--output FILE.json]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documentation import SourceFile, read_files, write_undocumented
from benchmarks.function_protocol import (
    PROTOCOL,
    QUERIES_PER_REPOSITORY,
    evaluate,
    forecasts,
)
from benchmarks.function_queries import FunctionQuery, Selection, select_queries
from benchmarks.function_report import markdown, probability_report, report
from benchmarks.parts import Bm25, Static
from benchmarks.peers import Diglot, Semble
from benchmarks.protocol import own_caches
from benchmarks.provenance import files_sha256, hardware, package_versions, source_revision
from benchmarks.repositories import Repository, load_repositories, searched_root
from benchmarks.result_files import write_result
from benchmarks.runs import System
from benchmarks.semble_dev import DEFAULT_MODEL
from diglot.errors import InputError
from diglot.index.rank import shipped_weights

DEFAULT_DATA = Path("benchmarks/data/function_search")
DEFAULT_CHECKOUTS = Path(".scratch/function-repos")
DEFAULT_OUTPUT = Path("benchmarks/results/function_search.json")
DEFAULT_SYSTEMS = ("bm25", "static", "semble", "diglot-fast", "diglot-balanced")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A repository ready to be asked."""

    repository: Repository
    files: Sequence[SourceFile]
    selection: Selection
    root: Path
    """Tree without documentation."""

    def summary(self) -> dict[str, Any]:
        """What the result file says of it."""
        asked = self.selection.queries
        return {
            "name": self.repository.name,
            "language": self.repository.language,
            "files": len(self.files),
            "functions": sum(len(file.functions) for file in self.files),
            "usable": self.selection.usable,
            "leaked": self.selection.leaked,
            "asked": sum(query.is_sampled for query in asked),
            "no_shared_word": sum(not query.shares_word for query in asked),
        }


def systems(semble_model: Path) -> dict[str, System]:
    """All systems by name; semble uses the given model2vec folder."""
    known: list[System] = [
        Bm25(),
        Static(),
        Diglot("fast"),
        Diglot("balanced"),
        Semble("semble", semble_model),
    ]
    return {system.name: system for system in known}


def prepare(
    repository: Repository, checkouts: Path, trees: Path, limit: int, seed: int
) -> Prepared:
    """Choose a repository's queries and write its tree without documentation."""
    files = read_files(searched_root(repository, checkouts), repository.language)
    root = trees / repository.name
    write_undocumented(files, root)
    return Prepared(repository, files, select_queries(repository.name, files, limit, seed), root)


def _provenance(data: Path, trees: Path, prepared: Sequence[Prepared], seed: int) -> dict[str, Any]:
    return {
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
        "data_sha256": files_sha256(data, [data / "repos.json"]),
        "searched_sha256": files_sha256(trees, (f for f in trees.rglob("*") if f.is_file())),
        "seed": seed,
        "repositories": [part.summary() for part in prepared],
    }


def _probabilities(
    names: Sequence[str], roots: Mapping[str, Path], queries: Sequence[FunctionQuery]
) -> dict[str, dict[str, Any]]:
    """What diglot's probabilities are worth, at each rank among the systems."""
    reports: dict[str, dict[str, Any]] = {}
    for system in (Diglot("fast"), Diglot("balanced")):
        if system.name in names:
            threshold = shipped_weights().probability[system.rank].threshold
            made = forecasts(system.rank, roots, queries)
            reports[system.rank] = probability_report(made, queries, threshold)
    return reports


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Measure systems on protocol {PROTOCOL}.")
    parser.add_argument("--system", nargs="+", default=DEFAULT_SYSTEMS, metavar="NAME")
    parser.add_argument(
        "--limit",
        type=int,
        default=QUERIES_PER_REPOSITORY,
        help="queries a repository (for a look)",
    )
    parser.add_argument(
        "--ranking-only", action="store_true", help="leave out the probabilities (for a look)"
    )
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--semble-model", type=Path, default=DEFAULT_MODEL, metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    parser.add_argument("--seed", type=int, default=0, help="of the choice and of the bootstrap")
    return parser.parse_args()


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the tables."""
    arguments = _arguments()
    known = systems(arguments.semble_model.resolve())
    unknown = set(arguments.system) - known.keys()
    if unknown:
        raise InputError(f"--system {' '.join(sorted(unknown))}: choose from {', '.join(known)}")
    if arguments.limit < 1:
        raise InputError(f"--limit {arguments.limit}: accepted are whole numbers from 1")
    with tempfile.TemporaryDirectory() as folder, own_caches():
        trees = Path(folder).resolve()
        prepared = [
            prepare(repository, arguments.checkouts, trees, arguments.limit, arguments.seed)
            for repository in load_repositories(arguments.data)
        ]
        roots = {part.repository.name: part.root for part in prepared}
        queries = [query for part in prepared for query in part.selection.queries]
        runs = [evaluate(known[name], roots, queries) for name in arguments.system]
        probability = (
            {} if arguments.ranking_only else _probabilities(arguments.system, roots, queries)
        )
        provenance = _provenance(arguments.data, trees, prepared, arguments.seed)
    result = report(runs, queries, probability, provenance, arguments.seed)
    write_result(arguments.output, result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
