"""Indexes that something else has damaged: opening them repairs them."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.index.support import QUERIES, assert_same, hits_of

import diglot.index.files as files_module
from diglot.errors import StoreError
from diglot.index import Index
from diglot.index.catalogue import FORMAT, MANIFEST, load_manifest, save_manifest
from diglot.index.removal import remove_index


@pytest.fixture
def whole(
    write: Callable[..., Path], open_index: Callable[[], Index], cache: Path, tmp_path: Path
) -> Path:
    """A copy of the index of a project, grown in two generations; `cache` is empty again."""
    for number in range(4):
        write(f"m{number}.py", f"def value_{number}(text):\n    '''Parse text.'''\n")
    open_index()
    write("m4.py", "class Holder:\n    def keep(self):\n        return 'read the cache'\n")
    time.sleep(0.05)  # so that the files are not young
    (tmp_path / "folder").write_text(open_index().state.folder.name)
    copy = tmp_path / "whole"
    shutil.move(cache, copy)
    return copy


@pytest.fixture
def folder(whole: Path, cache: Path, tmp_path: Path) -> Callable[[], Path]:
    """Put the whole index in place, and return its folder."""

    def put_in_place() -> Path:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(whole, cache)
        return cache / "indexes" / (tmp_path / "folder").read_text()

    return put_in_place


def files_in(folder: Path) -> list[str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return sorted(str(file.relative_to(folder)) for file in files)


def test_a_truncated_emptied_or_missing_file_is_noticed(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
) -> None:
    expected = fresh_index()
    chance = random.Random(0)
    names = files_in(folder())
    assert {name.partition(".")[2] for name in names} == {"json", "npy", "bin", "keys", "f32"}
    for name in names:
        size = (folder() / name).stat().st_size
        for left in {0, chance.randrange(max(size, 1)), None}:
            file = folder() / name
            if left is None:
                file.unlink()
            else:
                with file.open("r+b") as opened:
                    opened.truncate(left)
            index = open_index()
            assert_same(index, expected)
            assert index.view.manifest.generation == 1, (name, left)


def test_a_bit_that_changed_anywhere_is_noticed_whatever_the_times_say(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
) -> None:
    expected = fresh_index()
    chance = random.Random(2)
    names = files_in(folder())
    for name in names:
        size = (folder() / name).stat().st_size
        for place in (0, size - 1, *(chance.randrange(size) for _ in range(4))):
            file = folder() / name
            before = file.stat()
            with file.open("r+b") as opened:
                opened.seek(place)
                (byte,) = opened.read(1)
                opened.seek(place)
                opened.write(bytes([byte ^ 1 << chance.randrange(8)]))
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
            index = open_index()
            assert_same(index, expected)
            assert index.view.manifest.generation == 1, (name, place)


def test_a_whole_copy_is_used_and_its_files_are_read_but_once(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    checksum_of = files_module.checksum_of
    monkeypatch.setattr(
        files_module,
        "checksum_of",
        lambda path, size: read.append(path.name) or checksum_of(path, size),
    )
    names = files_in(folder())
    assert open_index().view.manifest.generation == 2
    assert sorted([*read, MANIFEST]) == names
    read.clear()
    assert open_index().view.manifest.generation == 2
    assert read == []


def test_garbage_in_any_file_is_noticed(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
) -> None:
    expected = fresh_index()
    chance = random.Random(1)
    for name in files_in(folder()):
        for _ in range(3):
            file = folder() / name
            data = bytearray(file.read_bytes())
            start = chance.randrange(len(data))
            data[start : start + 8] = chance.randbytes(8)
            file.write_bytes(data)
            assert_same(open_index(), expected)


def test_files_of_two_generations_do_not_mix(
    folder: Callable[[], Path],
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
    tmp_path: Path,
) -> None:
    place = folder()
    old = shutil.copytree(place, tmp_path / "old")
    write("m5.py", "def more(text): pass\n")
    open_index()
    expected = fresh_index()
    new = shutil.copytree(place, tmp_path / "new")
    for name in files_in(old):
        shutil.rmtree(place)
        shutil.copytree(new, place)
        shutil.copy2(old / name, place / name)
        assert_same(open_index(), expected)


def test_a_search_goes_on_while_its_index_is_removed(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
) -> None:
    place = folder()
    index, expected = open_index(), fresh_index()
    assert remove_index(place)
    assert not remove_index(place)
    for query in QUERIES:
        assert hits_of(index, query) == hits_of(expected, query)
    index.refresh()
    assert_same(index, expected)
    assert_same(open_index(), expected)


def test_an_index_of_another_format_or_model_is_built_anew(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
) -> None:
    for change in ({"format": FORMAT + 1}, {"model": "another"}):
        manifest = load_manifest(folder())
        assert manifest is not None
        save_manifest(folder(), replace(manifest, **change))
        index = open_index()
        assert index.view.manifest.generation == 1
        assert_same(index, fresh_index())


def test_two_models_take_turns(
    folder: Callable[[], Path], root: Path, cache: Path, tmp_path: Path
) -> None:
    folder()
    smaller = _smaller_model(tmp_path / "smaller")
    for model, dimension in [("static", 256), (str(smaller), 64), ("static", 256)] * 2:
        index = Index.open(root, cache_folder=cache, model=model)
        assert index.view.vectors.matrix.shape == (index.state.units, dimension)
        assert index.search("Holder.keep", 1, rank="fast")[0].symbol == "Holder.keep"


def test_what_killed_runs_left_behind_is_swept_up(
    folder: Callable[[], Path], write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    place = folder()
    for name in (".manifest.json.x1y2", "units-9.npy", "vectors-3.keys", "vectors-3.f32"):
        (place / name).write_text("left over")
    write("m5.py", "def more(): pass\n")
    index = open_index()
    segments = index.view.manifest.segments
    expected = [MANIFEST, "catalogue-3.json", "units-3.npy", "vectors.keys", "vectors.f32"]
    assert files_in(place) == sorted([*expected, *segments])


def test_a_file_in_the_place_of_the_index_gives_way(
    folder: Callable[[], Path], open_index: Callable[[], Index], fresh_index: Callable[[], Index]
) -> None:
    place = folder()
    shutil.rmtree(place)
    place.write_text("in the way")
    assert_same(open_index(), fresh_index())


def test_a_file_in_the_place_of_all_indexes_is_an_error_that_names_it(
    folder: Callable[[], Path], open_index: Callable[[], Index]
) -> None:
    place = folder()
    shutil.rmtree(place.parent)
    place.parent.write_text("in the way")
    with pytest.raises(StoreError, match=f"{place.name} cannot be written"):
        open_index()


def _smaller_model(folder: Path) -> Path:
    """Write a static model with the first 64 dimensions of the shipped one."""
    import numpy as np

    from diglot.models import resolve_model
    from diglot.models.tensors import read_tensors

    shipped = resolve_model("static")
    folder.mkdir()
    tensors = read_tensors(shipped.path / shipped.weights)
    tensors["embeddings"] = np.ascontiguousarray(tensors["embeddings"][:, :64])
    names = {"float32": "F32", "float16": "F16", "int8": "I8", "int64": "I64", "int32": "I32"}
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + tensor.nbytes
        kind = names[tensor.dtype.name]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    data = b"".join(tensor.tobytes() for tensor in tensors.values())
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    shutil.copy(shipped.path / "tokenizer.json", folder)
    (folder / "config.json").write_text(json.dumps({"normalize": True}))
    return folder
