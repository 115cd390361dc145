from __future__ import annotations

import random
from collections import Counter

import pytest
from benchmarks.damage import WAYS, damage, file_kind
from benchmarks.kills import Edits
from benchmarks.same_answers import difference


def snapshot(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    (folder / "lexical").mkdir(parents=True)
    for number, size in enumerate((0, 1, 40, 9000)):
        data = random.Random(number).randbytes(size)
        (folder / "lexical" / f"{number}.bin").write_bytes(data)
    return folder


def test_each_damage_changes_one_file_and_every_way_occurs(cache):
    before, ways = snapshot(cache), Counter()
    for number in range(200):
        file, way, _ = damage(cache, random.Random(number))
        after = snapshot(cache)
        name = file.relative_to(cache).as_posix()
        changed = {
            key for key in before.keys() | after.keys() if before.get(key, 0) != after.get(key, 0)
        }
        assert changed == {name}
        ways[way] += 1
        if file.is_dir():
            file.rmdir()
        file.write_bytes(before[name])
    assert set(ways) == set(WAYS)


def test_the_same_seed_damages_alike(cache):
    first = damage(cache, random.Random(7))
    assert first == damage(cache, random.Random(7)) or first[1] in ("delete", "replace by a folder")


def test_times_are_restored_where_asked(cache):
    before, restored = snapshot(cache), 0
    for number in range(60):
        times = {file: file.stat().st_mtime_ns for file in cache.rglob("*.bin")}
        file, _, kept = damage(cache, random.Random(number))
        if kept and file.is_file():
            restored += 1
            assert file.stat().st_mtime_ns == times[file]
        if file.is_dir():
            file.rmdir()
        file.write_bytes(before[file.relative_to(cache).as_posix()])
    assert restored


def test_answers_differ_by_order_or_by_numbers():
    right = {"fast: q": [(("a", 1), (0.5, 0.2)), (("b", 2), (0.4, 0.1))]}
    assert difference(right, right) == ("", "")
    turned = {"fast: q": right["fast: q"][::-1]}
    assert difference(turned, right) == ("hits", "fast: q")
    assert difference({"fast: q": right["fast: q"][:1]}, right)[0] == "hits"
    near = {"fast: q": [(("a", 1), (0.5 + 5e-7, 0.2)), (("b", 2), (0.4, 0.1))]}
    assert difference(near, right) == ("", "")
    off = {"fast: q": [(("a", 1), (0.5, 0.2)), (("b", 2), (0.4, float("nan")))]}
    assert difference(off, right) == ("scores", "fast: q")


def test_files_are_grouped_whatever_their_hashes():
    assert (
        file_kind("indexes/x-1/lexical/0123456789abcdef0123456789abcdef.store") == "lexical/*.store"
    )
    assert file_kind("vectors/abc.f32") == "encoder vectors/*.f32"
    assert file_kind("indexes/x-1/manifest.json") == "manifest.json"


def test_edits_are_undone_byte_for_byte(tmp_path):
    for number in range(60):
        (tmp_path / f"{number}.py").write_bytes(b"first\r\nsecond\n" * number)
    before = snapshot(tmp_path)
    edits, chance = Edits(tmp_path), random.Random(3)
    for _ in range(30):
        edits.make(chance)
    assert snapshot(tmp_path) != before
    edits.undo()
    assert snapshot(tmp_path) == before
