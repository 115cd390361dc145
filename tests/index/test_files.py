"""Files of an index: written whole, private, and recognised when they change."""

from __future__ import annotations

import os
import shutil
import stat
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.errors import StoreError
from diglot.index.files import checked, checksum_of, remove_all_but, write_atomically


def test_a_write_replaces_the_whole_file_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"one")
    write_atomically(file, b"")
    assert file.read_bytes() == b""
    assert [left.name for left in tmp_path.iterdir()] == ["file"]
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*folder: "):
        write_atomically(tmp_path / "folder", b"two")
    with pytest.raises(StoreError, match=r"cannot write .*missing"):
        write_atomically(tmp_path / "missing" / "file", b"two")
    assert sorted(left.name for left in tmp_path.iterdir()) == ["file", "folder"]


@given(st.lists(st.binary(max_size=9), max_size=4))
def test_the_record_of_a_file_is_that_of_its_parts(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    file = tmp_path_factory.mktemp("files") / "file"
    record = write_atomically(file, *parts)
    whole = b"".join(parts)
    assert file.read_bytes() == whole
    assert (record.size, record.checksum) == (len(whole), zlib.crc32(whole))
    assert checksum_of(file, len(whole)) == record.checksum
    assert checked(file, record) == record


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_a_file_is_private_whatever_the_mask_and_the_file_before(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    file.chmod(0o644)
    before = os.umask(0)
    try:
        write_atomically(file, b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_changed_behind_its_times_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "file"
    record = write_atomically(file, b"some content")
    before = file.stat()
    with file.open("r+b") as opened:
        opened.write(b"S")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert checked(file, record) is None


def test_a_copy_of_a_file_is_read_once_and_then_known(tmp_path: Path) -> None:
    file, copy = tmp_path / "file", tmp_path / "copy"
    record = write_atomically(file, b"some content")
    shutil.copyfile(file, copy)
    again = checked(copy, record)
    assert again is not None
    assert (again.size, again.checksum) == (record.size, record.checksum)
    assert again != record
    assert checked(copy, again) == again


def test_what_was_added_after_the_recorded_part_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / "file"
    record = write_atomically(file, b"some content")
    with file.open("ab") as opened:
        opened.write(b" and more")
    assert checked(file, record) is not None
    file.write_bytes(b"some conten")
    assert checked(file, record) is None


def test_only_files_are_swept_up(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("kept", "left over", ".hidden"):
        (tmp_path / name).touch()
    remove_all_but(tmp_path, ["kept", "missing"])
    assert sorted(left.name for left in tmp_path.iterdir()) == ["folder", "kept"]
