"""Indexes that something else has damaged: opening them repairs them."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.index.support import assert_same, not_as_root

from diglot.index import Index
from diglot.index.catalogue import FORMAT, MANIFEST, load_manifest, save_manifest
from diglot.types import Rank


@pytest.fixture
def whole(
    write: Callable[..., Path], open_index: Callable[[], Index], cache: Path, tmp_path: Path
) -> Path:
    """A copy of the index of a project, grown in two generations; `cache` is empty again."""
    for number in range(4):
        write(f"m{number}.py", f"def value_{number}(text):\n    '''Parse text.'''\n")
    open_index()
    write("m4.py", "class Holder:\n    def keep(self):\n        return 'read the cache'\n")
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
    assert len(names) >= 6
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


@pytest.mark.parametrize("seed", range(4))
def test_one_bit_anywhere_is_noticed_whatever_the_times_say(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
    seed: int,
) -> None:
    expected = fresh_index()
    chance = random.Random(seed)
    place = folder()
    assert_same(open_index(), expected)  # which keeps how the copied files look
    whole = {name: (place / name).read_bytes() for name in files_in(place)}
    for name in sorted(whole):
        file = place / name
        status = file.stat()
        data = bytearray(whole[name])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert_same(open_index(), expected)
        for other, content in whole.items():  # as before, with other inodes and times
            (place / other).write_bytes(content)
        for other in set(files_in(place)) - set(whole):
            (place / other).unlink()
        index = open_index()
        assert_same(index, expected)
        assert index.view.manifest.generation == 2  # nothing was built anew


def test_files_that_nobody_touched_are_not_read_again(
    folder: Callable[[], Path], open_index: Callable[[], Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder()
    open_index()

    def refuse(path: Path, size: int) -> int:
        raise AssertionError(f"{path} is read")

    monkeypatch.setattr("diglot.index.files.checksum_of", refuse)
    assert open_index().search("parse text", rank="fast")


@pytest.mark.parametrize("name", [MANIFEST, "segment", "units", "vectors.f32"])
def test_a_folder_in_the_place_of_a_file_is_replaced(
    folder: Callable[[], Path],
    open_index: Callable[[], Index],
    fresh_index: Callable[[], Index],
    name: str,
) -> None:
    place = folder()
    (file,) = [file for file in place.iterdir() if file.name.startswith(name)][:1]
    file.unlink()
    (file / "inside").mkdir(parents=True)
    assert_same(open_index(), fresh_index())


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
    left = (".manifest.json.x1y2", "units-9.npy", "vectors-3.keys", "segment-9-0.bin")
    for name in left:
        (place / name).write_text("left over")
    write("m5.py", "def more(): pass\n")
    index = open_index()
    manifest = index.view.manifest
    assert set(files_in(place)) == {MANIFEST, *manifest.records}
    assert manifest.generation == 3


@pytest.mark.parametrize("rank", ["fast", "balanced"])
def test_only_the_user_can_read_a_cache(
    write: Callable[..., Path], open_index: Callable[[], Index], cache: Path, rank: Rank
) -> None:
    write("a.py", "def parse(): pass\n")
    before = os.umask(0)
    try:
        open_index().search("parse", rank=rank)
    finally:
        os.umask(before)
    for path in [cache, *cache.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_cache_that_cannot_be_written_answers_with_a_note(
    folder: Callable[[], Path],
    write: Callable[..., Path],
    open_index: Callable[[], Index],
    cache: Path,
    root: Path,
) -> None:
    folder()
    open_index()
    for above in root.parents:  # which pytest makes for root alone
        if above.is_relative_to(tempfile.gettempdir()) and above != Path(tempfile.gettempdir()):
            above.chmod(0o755)
    paths = [cache, *cache.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with not_as_root():
            index = open_index()
            assert index.fresh
            assert "cannot be written" in index.answer("Holder.keep", rank="fast").notes[0]
            assert index.search("Holder.keep", 1, rank="fast")[0].symbol == "Holder.keep"
        write("m0.py", "def changed(): pass\n")
        with not_as_root():
            index = open_index()
            assert not index.fresh
            assert "1 files" in index.note
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_file_in_the_place_of_the_index_is_replaced(
    folder: Callable[[], Path], open_index: Callable[[], Index], fresh_index: Callable[[], Index]
) -> None:
    place = folder()
    shutil.rmtree(place)
    place.write_text("in the way")
    assert_same(open_index(), fresh_index())


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
