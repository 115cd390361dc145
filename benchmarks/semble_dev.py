"""Measure systems side by side on protocol `semble-dev/1`, which protocol.py states.

    python -m benchmarks.semble_dev [--system NAME...] [--shipped] [--output FILE.json]

diglot's ranking is fitted on this very benchmark. So each repository is ranked by weights that
were fitted without it, as `benchmarks.fit_ranking` left them in its report; `--shipped` takes the
shipped weights instead.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import diglot.models
from benchmarks.peers import Diglot, systems
from benchmarks.protocol import PROTOCOL, evaluate, load_queries
from benchmarks.provenance import files_sha256, hardware, package_versions, source_revision
from benchmarks.report import markdown, report
from benchmarks.repositories import (
    DEFAULT_CHECKOUTS,
    DEFAULT_DATA,
    Repository,
    load_repositories,
    searched_root,
)
from benchmarks.result_files import write_result
from diglot.errors import InputError
from diglot.index.rank import Weights

DEFAULT_SYSTEMS = ("diglot-fast", "diglot-balanced", "semble", "bm25", "path-only")
DEFAULT_MODEL = Path(diglot.models.__file__).parent / "shipped" / "static"
DEFAULT_FIT = Path("benchmarks/results/fit_ranking.json")
DEFAULT_OUTPUT = Path("benchmarks/results/semble_dev.json")


def held_out_weights(
    fit: Path, repositories: Sequence[Repository], checkouts: Path
) -> dict[Path, Weights]:
    """Read, by searched folder, the weights that were fitted without its repository."""
    by_name = json.loads(fit.read_text(encoding="utf-8"))["weights_without"]
    return {
        searched_root(repository, checkouts): Weights.from_json(json.dumps(by_name[name]))
        for repository in repositories
        for name in (repository.name,)
    }


def _provenance(
    data: Path, repositories: Sequence[Repository], checkouts: Path
) -> dict[str, str | dict[str, str]]:
    annotations = [data / "annotations" / f"{repository.name}.json" for repository in repositories]
    roots = [searched_root(repository, checkouts) for repository in repositories]
    searched = (file for root in roots for file in root.rglob("*") if file.is_file())
    return {
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
        "data_sha256": files_sha256(data, [data / "repos.json", *annotations]),
        "searched_sha256": files_sha256(checkouts, searched),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure systems on protocol semble-dev/1.")
    parser.add_argument("--system", nargs="+", default=DEFAULT_SYSTEMS, metavar="NAME")
    parser.add_argument("--repository", nargs="+", metavar="NAME", help="only these (for a look)")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--semble-model", type=Path, default=DEFAULT_MODEL, metavar="FOLDER")
    parser.add_argument("--held-out", type=Path, default=DEFAULT_FIT, metavar="FILE.json")
    parser.add_argument("--shipped", action="store_true", help="rank by the shipped weights")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    return parser.parse_args()


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the table."""
    arguments = _arguments()
    known = systems(arguments.semble_model.resolve())
    unknown = set(arguments.system) - known.keys()
    if unknown:
        raise InputError(f"--system {' '.join(sorted(unknown))}: choose from {', '.join(known)}")
    repositories = [
        repository
        for repository in load_repositories(arguments.data)
        if not arguments.repository or repository.name in arguments.repository
    ]
    queries = load_queries(arguments.data, repositories)
    checkouts = arguments.checkouts.resolve()
    if not arguments.shipped:
        weights = held_out_weights(arguments.held_out, repositories, checkouts)
        known |= {f"diglot-{rank}": Diglot(rank, weights) for rank in ("fast", "balanced")}
    runs = [evaluate(known[name], repositories, queries, checkouts) for name in arguments.system]
    provenance = _provenance(arguments.data, repositories, checkouts)
    result = report(runs, queries, provenance, arguments.seed)
    write_result(arguments.output, result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
