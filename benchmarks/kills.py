"""Protocol `kill/1`: are answers right after a kill at any moment, and after edits are undone?

    python -m benchmarks.kills [--kills N] [--undone N] [--output FILE.json]

Kills: a process that builds an index, refreshes one after random edits (changed, added, deleted and
renamed files, edits that are taken back), or fills in vectors of the encoder, is killed (SIGKILL)
after a random part of the time that such work takes. Then the questions of `same_answers.py` are
asked of that index and of a new one in another cache, whose vectors of the encoder, kept by
content, no killed process has written. Hits, order, scores and probabilities must be the same, the
numbers to 1e-6.

Edits undone: an index is brought up to date with random edits, some rounds of them, and again after
all were undone byte for byte; its answers must be those of a new index.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.asker import Asker
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.report import row
from benchmarks.result_files import write_result
from benchmarks.same_answers import answers, copy_tree
from diglot import Index

PROTOCOL = "kill/1"
KILLS = 300
UNDONE = 60
WORK = ("building", "refreshing", "filling")
FOREVER = float("inf")
MOST_ROUNDS = 3
MOST_EDITS = 6
DEFAULT_CHECKOUTS = Path(".scratch/exact-repos")
DEFAULT_OUTPUT = Path("benchmarks/results/kills.json")
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Trial:
    """A kill, or edits undone, and what came of it."""

    number: int
    work: str
    """What was killed, or `undone`."""
    seconds: float
    """When it was killed."""
    was_running: bool
    """Whether it was still at work then."""
    outcome: str
    """`same`, `hits`, `scores`, or how an error begins."""
    detail: str


class Edits:
    """Random edits of a tree, which can be taken back."""

    def __init__(self, root: Path) -> None:
        """Edit the files under `root`."""
        self._root = root
        self._before = _read(root)

    def make(self, chance: random.Random) -> None:
        """Make some edits, or take one back."""
        for _ in range(chance.randint(1, MOST_EDITS)):
            files = sorted(file for file in self._root.rglob("*") if file.is_file())
            file = chance.choice(files)
            match chance.choice(("change", "change", "add", "delete", "rename", "take back")):
                case "change":
                    lines = file.read_bytes().splitlines(keepends=True)
                    place = chance.randrange(len(lines) + 1)
                    lines[place : place + chance.randint(0, 3)] = [_text(chance)]
                    file.write_bytes(b"".join(lines))
                case "add":
                    new = file.with_name(f"added_{chance.randrange(10**6)}{file.suffix}")
                    new.write_bytes(file.read_bytes() + _text(chance))
                case "delete" if len(files) > 30:
                    file.unlink()
                case "rename":
                    file.rename(file.with_name(f"moved_{chance.randrange(10**6)}{file.suffix}"))
                case _:
                    name = chance.choice(sorted(self._before))
                    _write(self._root / name, self._before[name])

    def undo(self) -> None:
        """Put every file back as it was at first, byte for byte."""
        for name in _read(self._root).keys() - self._before.keys():
            (self._root / name).unlink()
        for name, data in self._before.items():
            file = self._root / name
            if not file.is_file() or file.read_bytes() != data:
                _write(file, data)


def _read(root: Path) -> dict[str, bytes]:
    files = (file for file in root.rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _text(chance: random.Random) -> bytes:
    words = ("redirect", "cookie", "proxy", "session", "netrc", "retry", "header", "quartz")
    chosen = " ".join(chance.choice(words) for _ in range(chance.randint(1, 30)))
    return f"# {chosen} {chance.randrange(10**6)}\n".encode()


def killed(root: Path, cache: Path, filling: bool, after: float) -> tuple[float, bool]:
    """Begin to index, or to index and search, and kill that.

    Args:
        root: the tree.
        cache: where its index lies.
        filling: whether to search too.
        after: seconds; infinite for no kill.

    Returns:
        Seconds it ran, and whether it was at work to the end of them.
    """
    process = _FORK.Process(target=_index, args=(root, cache, filling))
    started = time.perf_counter()
    process.start()
    process.join(None if after == FOREVER else after)
    was_running = process.is_alive()
    if was_running and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return time.perf_counter() - started, was_running


def _index(root: Path, cache: Path, filling: bool) -> None:
    if filling:
        answers(root, cache)
    else:
        Index.open(root, cache_folder=cache)


class Bench:
    """The tree, its caches and who answers."""

    def __init__(self, folder: Path, checkouts: Path) -> None:
        """Lay everything out under a folder."""
        self.root, self.cache, self._other = (folder / name for name in ("tree", "cache", "fresh"))
        copy_tree(checkouts, self.root)
        self.edits = Edits(self.root)
        self.asker = Asker(self.root)
        self.asker.outcome(self.cache, self._other)  # makes the first vectors of both
        self._took: dict[str, list[float]] = {work: [] for work in WORK}

    def kill(self, number: int, chance: random.Random) -> Trial:
        """Kill some work and compare."""
        work = WORK[number % len(WORK)]
        self._before(work, chance)
        if len(self._took[work]) < 2:  # how long it takes when it is let be
            self._took[work].append(killed(self.root, self.cache, work == "filling", FOREVER)[0])
            self._before(work, chance)
        after = chance.random() * statistics.median(self._took[work])
        seconds, was_running = killed(self.root, self.cache, work == "filling", after)
        outcome, detail = self.asker.outcome(self.cache, self._other)
        return Trial(number, work, seconds, was_running, outcome or "same", detail)

    def undone(self, number: int, chance: random.Random) -> Trial:
        """Index edits, undo them and compare."""
        killed(self.root, self.cache, False, FOREVER)
        for _ in range(chance.randint(1, MOST_ROUNDS)):
            self.edits.make(chance)
            killed(self.root, self.cache, False, FOREVER)
        self.edits.undo()
        outcome, detail = self.asker.outcome(self.cache, self._other)
        return Trial(number, "undone", 0.0, False, outcome or "same", detail)

    def _before(self, work: str, chance: random.Random) -> None:
        """Make the state in which some work is to be done."""
        if work == "building" and self.cache.exists():
            shutil.rmtree(self.cache)
        if work == "refreshing":
            killed(self.root, self.cache, False, FOREVER)
            self.edits.make(chance)
        if work == "filling" and chance.random() < 0.5 and (self.cache / "vectors").exists():
            shutil.rmtree(self.cache / "vectors")


def report(trials: Sequence[Trial], provenance: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Count outcomes by work, and list what was not the same."""
    rows = {}
    for work in (*WORK, "undone"):
        chosen = [trial for trial in trials if trial.work == work]
        outcomes = [trial.outcome for trial in chosen]
        rows[work] = {
            "trials": len(chosen),
            "at_work": sum(trial.was_running for trial in chosen),
            **{name: outcomes.count(name) for name in ("same", "hits", "scores")},
            "errors": sum(name not in ("same", "hits", "scores") for name in outcomes),
        }
    return {
        **provenance,
        "seed": seed,
        "by_work": rows,
        "trials": [asdict(trial) for trial in trials if trial.outcome != "same"],
    }


def markdown(result: Mapping[str, Any]) -> str:
    """Show the counts as a table."""
    head = ("trials", "at work when killed", "same", "other hits", "other scores", "errors")
    keys = ("trials", "at_work", "same", "hits", "scores", "errors")
    lines = [
        f"# {result['protocol']}",
        "",
        f"Seed {result['seed']}. {result['hardware']}; revision {result['revision'][:12]}.",
        "",
        row("work", *head),
        row("---", *["---:"] * len(head)),
        *(
            row(work, *(str(counts[key]) for key in keys))
            for work, counts in result["by_work"].items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Measure diglot on protocol {PROTOCOL}.")
    parser.add_argument("--kills", type=int, default=KILLS, metavar="N")
    parser.add_argument("--undone", type=int, default=UNDONE, metavar="N")
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    parser.add_argument("--seed", type=int, default=0, help="of edits and kills")
    return parser.parse_args()


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the table."""
    arguments = _arguments()
    provenance = {
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
    }
    trials = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder).resolve(), arguments.checkouts)
        for number in range(arguments.undone):
            trials.append(bench.undone(number, random.Random(f"{arguments.seed} undone {number}")))
            sys.stderr.write(f"undone {number}: {trials[-1].outcome}\n")
        for number in range(arguments.kills):
            trials.append(bench.kill(number, random.Random(f"{arguments.seed} kill {number}")))
            sys.stderr.write(f"{trials[-1].work} {number}: {trials[-1].outcome}\n")
        bench.asker.close()
    result = report(trials, provenance, arguments.seed)
    write_result(arguments.output, result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
