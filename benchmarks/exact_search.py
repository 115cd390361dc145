"""Protocol `exact-search/1`: have questions that stand in the code word by word exact answers?

    python -m benchmarks.repositories --data benchmarks/data/exact_search \
        --checkouts .scratch/exact-repos
    python -m benchmarks.exact_search [--repository NAME...] [--output FILE.json]

Names: every function of requests, click, gson, fzf, rack, guzzle and ripgrep whose qualified
symbol, or whose last part, no other unit of the index has (`exact_names.py`); qualified ones also
as the language's own code writes them. Text: 40 lines, phrases and constants each of redis, fzf,
jinja, trpc, xxl-job, rack, guzzle and ripgrep that stand once in the tree (`exact_lines.py`).
Messages: 20 each of requests, click, jinja and gson (`exact_messages.py`). Traces: 10 each of one
repository a language (`exact_traces.py`).

Each question asks for ten hits. Right is the unit that has the name, or whose text holds the line:
the smallest one around it, or a function around that. "Around" also counts a hit whose lines hold
the answer's first, such as the class of a method that was asked for. "Refused" are the questions
whose verdict is that there is no good match, whatever the hits.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asking import Place, ask, places
from benchmarks.exact_lines import Lines, read_lines, text_questions
from benchmarks.exact_messages import message_questions
from benchmarks.exact_names import name_questions
from benchmarks.exact_questions import Question, rank_around, rank_of_answer
from benchmarks.exact_traces import trace_questions
from benchmarks.provenance import files_sha256, hardware, package_versions, source_revision
from benchmarks.report import row
from benchmarks.repositories import Repository, load_repositories, searched_root
from benchmarks.result_files import write_result
from diglot import Index
from diglot.types import Rank

PROTOCOL = "exact-search/1"
DEPTH = 10
LINES = 40
MESSAGES = 20
TRACES = 10
NAMED = ("requests", "click", "gson", "fzf", "rack", "guzzle", "ripgrep")
READ = ("redis", "fzf", "jinja", "trpc", "xxl-job", "rack", "guzzle", "ripgrep")
COMPLAINING = ("requests", "click", "jinja", "gson")
FAILING = ("requests", "gson", "fzf", "rack", "guzzle", "ripgrep", "trpc")
RANKS: tuple[Rank, ...] = ("fast", "balanced")
DEFAULT_DATA = Path("benchmarks/data/exact_search")
DEFAULT_CHECKOUTS = Path(".scratch/exact-repos")
DEFAULT_OUTPUT = Path("benchmarks/results/exact_search.json")


@dataclass(slots=True)
class Outcome:
    """What became of a question."""

    question: Question
    rank: dict[str, float] = field(default_factory=dict)
    """Rank of the first right hit by rank of the search; infinity where none is."""
    around: dict[str, float] = field(default_factory=dict)
    refused: dict[str, bool] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    """What came first instead."""

    def record(self) -> dict[str, Any]:
        """What the result file says of a question that failed."""
        return {
            "repository": self.question.repository,
            "kind": self.question.kind,
            "query": self.question.text,
            "answer": [f"{a.path}:{a.start_line} {a.symbol}" for a in self.question.answers],
            "source": self.question.source,
            "rank": {
                name: int(rank) if np.isfinite(rank) else None for name, rank in self.rank.items()
            },
            "refused": self.refused,
            "first": self.first,
        }


def questions_of(
    repository: Repository,
    lines: Lines,
    units: Sequence[Place],
    seed: int,
    most_names: int | None = None,
) -> list[Question]:
    """All that is asked of a repository, or only so many names of each kind."""
    name, language = repository.name, repository.language
    questions = name_questions(name, language, units) if name in NAMED else []
    if most_names is not None:
        random.Random(f"{seed} {name} names").shuffle(questions)
        kinds = {question.kind for question in questions}
        questions = [
            question
            for kind in sorted(kinds)
            for question in [q for q in questions if q.kind == kind][:most_names]
        ]
    if name in READ:
        questions += text_questions(name, language, lines, units, LINES, seed)
    if name in COMPLAINING:
        questions += message_questions(name, language, lines, units, MESSAGES, seed)
    if name in FAILING:
        questions += trace_questions(name, language, lines, units, TRACES, seed)
    return questions


def put(index: Index, questions: Iterable[Question], ranks: Sequence[Rank]) -> list[Outcome]:
    """Ask every question at some ranks."""
    outcomes = []
    for question in questions:
        outcome = Outcome(question)
        for rank in ranks:
            answer = ask(index, question.text, DEPTH, rank)
            outcome.rank[rank] = rank_of_answer(answer.hits, question)
            outcome.around[rank] = rank_around(answer.hits, question)
            outcome.refused[rank] = not answer.is_good
            if outcome.rank[rank] > 1 and answer.hits:
                hit = answer.hits[0]
                outcome.first[rank] = f"{hit.path}:{hit.start_line} {hit.kind} {hit.symbol}"
        outcomes.append(outcome)
    return outcomes


def summary(outcomes: Sequence[Outcome], rank: str) -> dict[str, float]:
    """Shares of questions answered at a rank of the search."""
    found = np.array([outcome.rank[rank] for outcome in outcomes])
    around = np.array([outcome.around[rank] for outcome in outcomes])
    return {
        "questions": len(outcomes),
        "first": float(np.mean(found <= 1)),
        "first_3": float(np.mean(found <= 3)),
        "first_10": float(np.mean(found <= 10)),
        "around_first": float(np.mean(around <= 1)),
        "refused": float(np.mean([outcome.refused[rank] for outcome in outcomes])),
    }


def report(outcomes: Sequence[Outcome], provenance: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Summarise by kind, by kind and repository, and list what was not first."""
    kinds = Counter(outcome.question.kind for outcome in outcomes)
    pairs = Counter((o.question.kind, o.question.repository) for o in outcomes)

    def both(chosen: Sequence[Outcome]) -> dict[str, Any]:
        return {rank: summary(chosen, rank) for rank in chosen[0].rank}

    return {
        **provenance,
        "seed": seed,
        "by_kind": {kind: both([o for o in outcomes if o.question.kind == kind]) for kind in kinds},
        "by_repository": [
            {
                "kind": kind,
                "repository": name,
                **both(
                    [
                        o
                        for o in outcomes
                        if (o.question.kind, o.question.repository) == (kind, name)
                    ]
                ),
            }
            for kind, name in pairs
        ],
        "not_first": [o.record() for o in outcomes if max(o.rank.values()) > 1],
    }


def markdown(result: Mapping[str, Any]) -> str:
    """Show shares as tables."""
    heads = ("first", "first 3", "first 10", "around first", "refused")
    ranks = list(next(iter(result["by_kind"].values())))
    head = ["questions", *(f"{rank}: {name}" for rank in ranks for name in heads)]
    lines = [
        f"# {result['protocol']}",
        "",
        f"Shares of questions in % (seed {result['seed']}). {result['hardware']}; revision "
        f"{result['revision'][:12]}.",
        "",
        row("kind", *head),
        row("---", *["---:"] * len(head)),
        *(row(kind, *_cells(shares, ranks)) for kind, shares in result["by_kind"].items()),
        "",
        row("kind", "repository", *head),
        row("---", "---", *["---:"] * len(head)),
        *(
            row(part["kind"], part["repository"], *_cells(part, ranks))
            for part in result["by_repository"]
        ),
    ]
    return "\n".join(lines) + "\n"


def _cells(shares: Mapping[str, Any], ranks: Sequence[str]) -> list[str]:
    keys = ("first", "first_3", "first_10", "around_first", "refused")
    return [
        str(shares[ranks[0]]["questions"]),
        *(f"{100 * shares[rank][key]:.1f}" for rank in ranks for key in keys),
    ]


def _measure(repository: Repository, cache: Path, arguments: argparse.Namespace) -> list[Outcome]:
    root = searched_root(repository, arguments.checkouts.resolve())
    index = Index.open(root, cache_folder=cache)
    questions = questions_of(
        repository, read_lines(root), places(index), arguments.seed, arguments.names
    )
    outcomes = put(index, questions, arguments.rank)
    sys.stderr.write(f"{repository.name}: {len(outcomes)} questions\n")
    return outcomes


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Measure diglot on protocol {PROTOCOL}.")
    parser.add_argument("--repository", nargs="+", metavar="NAME", help="only these (for a look)")
    parser.add_argument("--rank", nargs="+", choices=RANKS, default=RANKS)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="keep indexes there (encoder vectors take long)",
    )
    parser.add_argument(
        "--names", type=int, metavar="N", help="N a kind and repository (for a look)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the choice")
    return parser.parse_args()


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the tables."""
    arguments = _arguments()
    repositories = [
        repository
        for repository in load_repositories(arguments.data)
        if not arguments.repository or repository.name in arguments.repository
    ]
    provenance = {
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
        "data_sha256": files_sha256(arguments.data, [arguments.data / "repos.json"]),
    }
    with tempfile.TemporaryDirectory() as temporary:
        cache = arguments.cache or Path(temporary)
        outcomes = [
            outcome
            for repository in repositories
            for outcome in _measure(repository, cache, arguments)
        ]
    result = report(outcomes, provenance, arguments.seed)
    write_result(arguments.output, result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
