"""Indexing killed with SIGKILL: whatever the moment, the next search is right."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.index.support import LONG_AGO, assert_same

import diglot
from diglot.index import Index

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")

PROGRAM = Path(__file__).parent / "programs" / "killed.py"
SEGMENT = "diglot.index.store:save_segment"
SWEEP = "diglot.index.store:remove_all_but"
IN_ONE_COMMIT = [
    *(("os:fsync", call, "before") for call in range(1, 7)),
    *(("os:fsync", call, "after") for call in (1, 2)),
    *(("pathlib:Path.replace", call, when) for call in range(1, 5) for when in ("before", "after")),
    (SEGMENT, 1, "before"),
    (SEGMENT, 1, "after"),
    (SWEEP, 1, "before"),
    (SWEEP, 1, "after"),
]
"""Every step of a commit: the function that is called, which call, before or after it."""
BATCH_FILES = 3
FILES = 6


def run_killed(runs: Sequence[dict[str, Any]]) -> list[bool]:
    """Run the program, and return which runs were killed."""
    result = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input=json.dumps(runs),
        env=os.environ | {"PYTHONPATH": str(Path(diglot.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    killed: list[bool] = json.loads(result.stdout)
    return killed


def in_commit(number: int, point: tuple[str, int, str]) -> dict[str, Any]:
    """Where to kill, for a step of the so-manieth commit."""
    function, call, when = point
    steps = {"os:fsync": 6, "pathlib:Path.replace": 4, SEGMENT: 1, SWEEP: 1}[function]
    return {"function": function, "call": call + number * steps, "when": when}


def write_version(write: Callable[..., Path], version: int) -> None:
    for n in range(FILES):
        text = f"def value_{n}(text):\n    '''Parse text in version {version}.'''\n    return {n}\n"
        write(f"m{n}.py", text, LONG_AGO + version)


@pytest.mark.parametrize("commit", [0, 1])
def test_a_first_index_killed_at_any_step_is_whole_when_opened_again(
    write: Callable[..., Path],
    root: Path,
    tmp_path: Path,
    fresh_index: Callable[[], Index],
    commit: int,
) -> None:
    write_version(write, 0)
    runs = [
        {"root": str(root), "cache": str(tmp_path / f"cache-{number}"), "batch": BATCH_FILES, **at}
        for number, at in enumerate(in_commit(commit, point) for point in IN_ONE_COMMIT)
    ]
    assert all(run_killed(runs))
    expected = fresh_index()
    for run in runs:
        assert_same(Index.open(root, cache_folder=run["cache"]), expected)


@pytest.mark.parametrize("commit", [0, 1])
def test_an_update_killed_at_any_step_is_right_for_what_the_tree_is_then(
    write: Callable[..., Path],
    root: Path,
    cache: Path,
    tmp_path: Path,
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
    commit: int,
) -> None:
    """The tree may have been put back meanwhile, with the old times."""
    write_version(write, 0)
    open_index()
    before = fresh_index()
    runs = []
    for number, point in enumerate(IN_ONE_COMMIT):
        copy = shutil.copytree(cache, tmp_path / f"cache-{number}")
        at = in_commit(commit, point)
        runs.append({"root": str(root), "cache": str(copy), "batch": BATCH_FILES, **at})
    write_version(write, 1)
    assert all(run_killed(runs))
    after = fresh_index()
    for run in runs:
        other = shutil.copytree(run["cache"], run["cache"] + "-copy")
        assert_same(Index.open(root, cache_folder=other), after)
    write_version(write, 0)
    for run in runs:
        assert_same(Index.open(root, cache_folder=run["cache"]), before)


def test_a_repair_that_is_killed_too_is_repaired(
    write: Callable[..., Path],
    root: Path,
    cache: Path,
    tmp_path: Path,
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
) -> None:
    """What the first killed commit removed must not be forgotten by the one that is killed next."""
    write_version(write, 0)
    open_index()
    expected = fresh_index()
    copies = [shutil.copytree(cache, tmp_path / f"cache-{n}") for n in range(len(IN_ONE_COMMIT))]
    write_version(write, 1)
    after_segment = in_commit(0, (SEGMENT, 1, "after"))
    first = [
        {"root": str(root), "cache": str(copy), "batch": FILES, **after_segment} for copy in copies
    ]
    assert all(run_killed(first))
    write_version(write, 0)
    second = [
        {"root": str(root), "cache": str(copy), "batch": 2, **in_commit(0, point)}
        for copy, point in zip(copies, IN_ONE_COMMIT, strict=True)
    ]
    killed = run_killed(second)
    assert sum(killed) > len(killed) / 2  # a repair needs fewer steps: the vectors are there
    for copy in copies:
        assert_same(Index.open(root, cache_folder=copy), expected)


def test_vectors_are_whole_when_their_compaction_is_killed(
    write: Callable[..., Path],
    root: Path,
    cache: Path,
    tmp_path: Path,
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for version in range(2):
        write_version(write, version)
        open_index()
    write_version(write, 2)
    expected = fresh_index()
    points = [("os:fsync", call, "before") for call in range(4, 9)]
    points += [
        ("pathlib:Path.replace", call, when) for call in (2, 4) for when in ("before", "after")
    ]
    runs = []
    for number, (function, call, when) in enumerate(points):
        copy = shutil.copytree(cache, tmp_path / f"cache-{number}")
        at = {"function": function, "call": call, "when": when, "compacted": FILES}
        runs.append({"root": str(root), "cache": str(copy), "batch": FILES, **at})
    assert all(run_killed(runs))
    monkeypatch.setattr("diglot.index.store._COMPACTED_ROWS", FILES)
    for run in runs:
        index = Index.open(root, cache_folder=run["cache"])
        assert_same(index, expected)
        assert index.view.vectors.name != "vectors"
        assert len(index.view.vectors) == FILES
        kept = [file.name for file in index.state.folder.glob("vectors*")]
        assert sorted(kept) == sorted(index.view.vectors.files)


def test_a_run_killed_between_files_goes_on_with_the_rest(
    write: Callable[..., Path], root: Path, cache: Path, fresh_index: Callable[[], Index]
) -> None:
    write_version(write, 0)
    run = {"root": str(root), "cache": str(cache), "batch": 2}
    # Six files; then four, since the first two are committed; again four; then two.
    assert run_killed([{**run, "progress": done} for done in (3, 2, 3)]) == [True] * 3
    seen: list[tuple[int, int]] = []
    index = Index.open(root, cache_folder=cache, progress=lambda *step: seen.append(step))
    assert seen == [(1, 2), (2, 2)]
    assert_same(index, fresh_index())


@pytest.mark.parametrize("seed", range(2))
def test_runs_killed_again_and_again_at_random_lose_nothing(
    write: Callable[..., Path],
    root: Path,
    cache: Path,
    fresh_index: Callable[[], Index],
    seed: int,
) -> None:
    chance = random.Random(seed)
    for round_number in range(10):
        for n in chance.sample(range(8), 3):
            # Contents and times come back now and then.
            version = chance.randrange(3)
            text = f"def value_{n}(text):\n    '''Parse text, {version}.'''\n"
            write(f"m{n}.py", text, LONG_AGO + version)
        if round_number % 3 == 2:
            chance.choice(sorted(root.glob("*.py"))).unlink()
        run = {"root": str(root), "cache": str(cache), "batch": chance.choice([1, 3, 9])}
        point = in_commit(chance.randrange(2), chance.choice(IN_ONE_COMMIT))
        run_killed([run | chance.choice([point, {"delay": chance.uniform(0, 0.4)}])])
    assert_same(Index.open(root, cache_folder=cache), fresh_index())
