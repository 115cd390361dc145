"""Protocol `damage/1`: what does search say when one file of its cache is damaged?

    python -m benchmarks.damage [--damages N] [--output FILE.json]

A tree of some sixty files is indexed, and its questions are asked at `fast` and `balanced`
(`same_answers.py`). Then, time and again, one file of a copy of the whole cache folder, chosen by
chance, is damaged in one of the ways of `WAYS`; half the damaged files get their times back. Each
time a new `Index.open` is asked the same questions. The outcomes:

- `healed`: the answers are those of before, and the file is no longer as it was damaged.
- `harmless`: the answers are those of before with the damaged file in place.
- `named`: an error of diglot's own, which says what is wrong.
- `hits`, `scores`: wrong hits or order; right hits with scores or probabilities off by over 1e-6.
- `traceback`, `crash`, `hang`: any other exception; the process died; no answer in five minutes.

What was not answered rightly is asked once more; `stays` counts where it is not right then either.
Answers come from a process of their own, which goes on until a damage kills it.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.asker import Asker
from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.report import row
from benchmarks.result_files import write_result
from benchmarks.same_answers import Answers, answers, copy_tree, difference

PROTOCOL = "damage/1"
DAMAGES = 1000
DEFAULT_CHECKOUTS = Path(".scratch/exact-repos")
DEFAULT_OUTPUT = Path("benchmarks/results/damage.json")
OUTCOMES = ("healed", "harmless", "named", "hits", "scores", "traceback", "crash", "hang")
RIGHT = ("", "healed", "harmless")
_PAGE = 4096
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Trial:
    """A damage and what came of it."""

    number: int
    file: str
    way: str
    times_kept: bool
    outcome: str
    detail: str
    stays: bool


def _flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    stop = min(len(data), start + chance.randint(1, 64))
    data[start:stop] = chance.randbytes(stop - start)


def _truncate(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _extend(data: bytearray, chance: random.Random) -> None:
    data += chance.randbytes(chance.choice((1, 16, _PAGE)))


def _swap(data: bytearray, chance: random.Random) -> None:
    half = min(_BLOCK, len(data) // 2)
    first = chance.randrange(len(data) - 2 * half + 1)
    second = chance.randrange(first + half, len(data) - half + 1)
    one, two = data[first : first + half], data[second : second + half]
    data[first : first + half], data[second : second + half] = two, one


def _zero(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(0, len(data), _PAGE)
    stop = min(len(data), start + _PAGE)
    data[start:stop] = bytes(stop - start)


def _empty(data: bytearray, _: random.Random) -> None:
    data.clear()


WAYS: Mapping[str, Callable[[bytearray, random.Random], None] | None] = {
    "flip a bit": _flip,
    "overwrite a run": _overwrite,
    "truncate": _truncate,
    "extend": _extend,
    "swap two blocks": _swap,
    "zero a page": _zero,
    "empty": _empty,
    "delete": None,
    "replace by a folder": None,
    "replace by another file": None,
}


def damage(cache: Path, chance: random.Random) -> tuple[Path, str, bool]:
    """Damage one file below a folder.

    Args:
        cache: the folder.
        chance: what decides the file and the way.

    Returns:
        The file, the way, and whether its times were restored.
    """
    files = sorted(file for file in cache.rglob("*") if file.is_file())
    while True:
        file, way = chance.choice(files), chance.choice(list(WAYS))
        times_kept = chance.random() < 0.5
        before, data = file.stat(), bytearray(file.read_bytes())
        change = WAYS[way]
        if change is not None:
            if not data and change is not _extend:
                continue
            change(data, chance)
            if data == file.read_bytes():
                continue
            file.write_bytes(data)
        elif way == "replace by another file":
            other = chance.choice(files).read_bytes()
            if other == data:
                continue
            file.write_bytes(other)
        else:
            file.unlink()
            if way == "replace by a folder":
                file.mkdir()
        if times_kept and file.exists():
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        return file, way, times_kept


def content(file: Path) -> bytes | None:
    """Bytes of a file, None where there is no file."""
    return file.read_bytes() if file.is_file() else None


def try_damage(
    number: int, seed: int, pristine: Path, work: Path, asker: Asker, expected: Answers
) -> Trial:
    """Damage a copy of the cache and ask."""
    if work.exists():
        shutil.rmtree(work)
    shutil.copytree(pristine, work)  # keeps times
    file, way, times_kept = damage(work, random.Random(f"{seed} {number}"))
    broken = content(file)
    verdict, detail = asker.outcome(work, expected)
    stays = verdict not in RIGHT and asker.outcome(work, expected)[0] not in RIGHT
    if not verdict:
        verdict = "harmless" if content(file) == broken else "healed"
    name = file.relative_to(work).as_posix()
    return Trial(number, name, way, times_kept, verdict, detail, stays)


def report(trials: Sequence[Trial], provenance: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Count outcomes by way and by file, and list what is neither healed nor harmless."""

    def count(of: Callable[[Trial], str]) -> dict[str, dict[str, int]]:
        groups = sorted({of(trial) for trial in trials})
        return {
            group: dict(Counter(trial.outcome for trial in trials if of(trial) == group))
            for group in groups
        }

    return {
        **provenance,
        "seed": seed,
        "damages": len(trials),
        "stays": sum(trial.stays for trial in trials),
        "all": count(lambda _: "all")["all"],
        "by_way": count(lambda trial: trial.way),
        "by_file": count(lambda trial: file_kind(trial.file)),
        "trials": [asdict(trial) for trial in trials if trial.outcome not in RIGHT],
    }


def file_kind(name: str) -> str:
    """A file's name without what differs from build to build."""
    *folders, last = name.split("/")
    if "lexical" in folders:
        return f"lexical/*.{last.rpartition('.')[2]}" if len(last) > 30 else f"lexical/{last}"
    if folders[:1] == ["vectors"]:
        return f"encoder vectors/*.{last.rpartition('.')[2]}"
    return last


def markdown(result: Mapping[str, Any]) -> str:
    """Show the counts as tables."""
    lines = [
        f"# {result['protocol']}",
        "",
        f"{result['damages']} damages (seed {result['seed']}), {result['stays']} of which were not "
        f"answered rightly twice. {result['hardware']}; revision {result['revision'][:12]}.",
    ]
    for head, groups in (
        ("damage", {"all": result["all"], **result["by_way"]}),
        ("file", result["by_file"]),
    ):
        lines += ["", row(head, *OUTCOMES), row("---", *["---:"] * len(OUTCOMES))]
        lines += [
            row(group, *(str(counts.get(outcome, 0)) for outcome in OUTCOMES))
            for group, counts in groups.items()
        ]
    return "\n".join(lines) + "\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=f"Measure diglot on protocol {PROTOCOL}.")
    parser.add_argument("--damages", type=int, default=DAMAGES, metavar="N")
    parser.add_argument("--checkouts", type=Path, default=DEFAULT_CHECKOUTS)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    parser.add_argument("--seed", type=int, default=0, help="of the damages")
    return parser.parse_args()


def main() -> int:
    """Measure, then write FILE.json and FILE.md and print the tables."""
    arguments = _arguments()
    provenance = {
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
    }
    with tempfile.TemporaryDirectory() as folder:
        root, pristine, work = (Path(folder).resolve() / name for name in ("tree", "cache", "work"))
        copy_tree(arguments.checkouts, root)
        expected = answers(root, pristine)
        if difference(answers(root, pristine), expected)[0]:
            raise SystemExit("the undamaged index contradicts itself")
        asker = Asker(root)
        trials, started = [], time.perf_counter()
        for number in range(arguments.damages):
            trials.append(try_damage(number, arguments.seed, pristine, work, asker, expected))
            if number % 50 == 49:
                took = time.perf_counter() - started
                sys.stderr.write(f"{number + 1} damages, {took:.0f} s\n")
        asker.close()
    result = report(trials, provenance, arguments.seed)
    write_result(arguments.output, result, markdown(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
