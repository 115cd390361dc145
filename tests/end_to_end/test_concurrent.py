"""Several processes index one tree at a time, while it changes and is searched."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.index.support import LONG_AGO, assert_same

import diglot
from diglot.index import Index

PROGRAM = Path(__file__).parent / "programs" / "indexing.py"
SECONDS = 4.0
FILES = 24


def start_indexing(root: Path, cache: Path, stop: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(root), str(cache), "2", str(stop)],
        env=os.environ | {"PYTHONPATH": str(Path(diglot.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def check_search(index: Index) -> int:
    """Check that what a search returns is whole; return how many hits there were."""
    hits = index.search("parse text in a version", 1000, rank="fast")
    places = [(hit.path, hit.start_line) for hit in hits]
    assert len(set(places)) == len(places)
    for hit in hits:
        assert hit.symbol == f"value_{hit.path[1:-3]}"
        assert hit.snippet.startswith(f"def {hit.symbol}(text):")
    return len(hits)


def test_processes_indexing_one_tree_do_not_get_in_each_others_way(
    write: Callable[..., Path],
    root: Path,
    cache: Path,
    tmp_path: Path,
    fresh_index: Callable[[], Index],
) -> None:
    def write_file(n: int, version: int) -> None:
        text = f"def value_{n}(text):\n    '''Parse text in version {version}.'''\n    return {n}\n"
        write(f"m{n}.py", text, LONG_AGO + version)

    for n in range(FILES):
        write_file(n, 0)
    stop = tmp_path / "stop"
    processes = [start_indexing(root, cache, stop) for _ in range(2)]
    chance = random.Random(0)
    version = searches = 0
    try:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or searches < 5:
            assert check_search(Index.open(root, cache_folder=cache)) <= FILES
            searches += 1
            for n in chance.sample(range(FILES), 6):
                version += 1
                write_file(n, version)
    finally:
        stop.touch()
        answers = [process.communicate(timeout=60) for process in processes]
    for process, (_, errors) in zip(processes, answers, strict=True):
        assert process.returncode == 0, errors
    opened = [json.loads(output) for output, _ in answers]
    assert all(sum(counts.values()) >= 1 for counts in opened), opened

    index = Index.open(root, cache_folder=cache)
    assert index.fresh
    assert check_search(index) == FILES
    assert_same(index, fresh_index())


def test_a_search_does_not_wait_for_who_is_indexing(
    write: Callable[..., Path], root: Path, cache: Path, open_index: Callable[[], Index]
) -> None:
    write("a.py", "def parse(text): pass\n")
    open_index()
    write("b.py", "def other(text): pass\n")
    seen: list[Index] = []
    index = Index.open(
        root,
        cache_folder=cache,
        progress=lambda done, total: seen.append(Index.open(root, cache_folder=cache)),
    )
    meanwhile = seen[0]
    assert not meanwhile.fresh
    assert not meanwhile.state.fresh
    assert [hit.symbol for hit in meanwhile.search("text", rank="fast")] == ["parse"]
    assert index.fresh
    meanwhile.refresh()
    assert meanwhile.fresh
    assert_same(meanwhile, index)
