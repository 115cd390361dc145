"""Any sequence of edits: what is refreshed equals what is built anew."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.index.support import LONG_AGO, assert_same

import diglot.index.refresh as refresh_module
from diglot.index import Index


class Tree:
    """A tree that is edited at random."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.chance = random.Random(seed)
        self.time = LONG_AGO
        self.kept: list[tuple[Path, bytes, int]] = []

    def edit(self) -> None:
        edits = [self.create, self.create, self.modify, self.same_size, self.delete]
        edits += [self.rename, self.restore, self.touch, self.spoil, self.copy, self.ignore]
        self.chance.choice(edits)()

    def create(self) -> None:
        name = self.chance.choice(["a", "b", "c", "d/e", "d/f", "g/h/i"])
        self._write(self.root / f"{name}{self.chance.randrange(4)}.py", self._text())

    def modify(self) -> None:
        for file in self._any():
            self._keep(file)
            self._write(file, self._text())

    def same_size(self) -> None:
        """Change a file within one tick of the clock, without changing its size."""
        for file in self._any():
            now = refresh_module.time.time_ns()
            os.utime(file, ns=(now, now))
            self.after_edit()
            data = file.read_bytes()
            file.write_bytes(data[:-2] + (b"7\n" if data[-2:-1] != b"7" else b"8\n"))
            os.utime(file, ns=(now, now))

    def delete(self) -> None:
        for file in self._any():
            self._keep(file)
            file.unlink()

    def rename(self) -> None:
        for file in self._any():
            file.rename(file.with_name(f"renamed{self.chance.randrange(3)}.py"))

    def restore(self) -> None:
        """Bring back what was there before, times included."""
        if self.kept:
            file, data, mtime_ns = self.chance.choice(self.kept)
            self._write(file, data, mtime_ns)

    def touch(self) -> None:
        for file in self._any():
            self._write(file, file.read_bytes())

    def spoil(self) -> None:
        for file in self._any():
            self._keep(file)
            self._write(file, self.chance.choice([b"", b"\0", b"x=1;" * 4000]))

    def copy(self) -> None:
        for file in self._any():
            shutil.copy2(file, self.root / "copy.py")

    def ignore(self) -> None:
        rules = self.chance.choice(["", "d/\n", "a*\n", "renamed0.py\n"])
        (self.root / ".ignore").write_text(rules)

    after_edit: Callable[[], None] = staticmethod(lambda: None)

    def _any(self) -> list[Path]:
        files = sorted(self.root.rglob("*.py"))
        return [self.chance.choice(files)] if files else []

    def _keep(self, file: Path) -> None:
        self.kept.append((file, file.read_bytes(), file.stat().st_mtime_ns))

    def _text(self) -> bytes:
        units = [
            f'def value_{n}(text):\n    """Parse text {n}, 解析 {n}."""\n    return {n}\n'
            if n % 3
            else f"class Holder{n}:\n    def keep(self):\n        return {n}  # the cache\n"
            for n in self.chance.sample(range(10), self.chance.randrange(1, 4))
        ]
        return "\n".join(units).encode()

    def _write(self, file: Path, data: bytes, mtime_ns: int | None = None) -> None:
        self.time += 1_000
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        os.utime(file, ns=(mtime_ns or self.time,) * 2)


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_edits_ends_in_what_a_fresh_index_holds(
    root: Path,
    cache: Path,
    fresh_index: Callable[[], Index],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    monkeypatch.setattr(refresh_module, "_BATCH_FILES", 3)
    tree = Tree(root, seed)
    index = Index.open(root, cache_folder=cache)
    tree.after_edit = index.refresh
    for _ in range(6):
        for _ in range(tree.chance.randrange(1, 8)):
            tree.edit()
        index.refresh()
    expected = fresh_index()
    assert_same(index, expected)
    assert_same(Index.open(root, cache_folder=cache), expected)


def test_editing_one_file_again_and_again_leaves_no_trace_in_the_scores(
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
) -> None:
    for number in range(20):
        write(f"m{number}.py", f"def value_{number}(text):\n    '''Parse text.'''\n")
    index = open_index()
    for number in range(12):
        write("m3.py", f"def edited_{number}(text):\n    '''Parse text.'''\n", LONG_AGO + number)
        index.refresh()
    assert_same(index, fresh_index())
