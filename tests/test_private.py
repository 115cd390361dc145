from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from diglot.corpus.sources.cache import cached_folder
from diglot.private import private_files, private_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777])
def umask(request: pytest.FixtureRequest):
    before = os.umask(request.param)
    yield request.param
    assert os.umask(before) == request.param


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_their_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    folder = private_folder(tmp_path / "new" / "cache", "indexes", "app")
    assert folder == tmp_path / "new" / "cache" / "indexes" / "app"
    assert [mode(one) for one in (folder, *folder.parents[:3])] == [0o700] * 4


def test_files_are_their_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    with private_files():
        with private_files():
            (tmp_path / "a").write_text("x")
        (tmp_path / "b").touch()
        (tmp_path / "c").mkdir()
    assert [mode(tmp_path / name) for name in "abc"] == [0o600, 0o600, 0o700]


def test_a_folder_of_the_users_own_stays_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "theirs").mkdir(parents=True)
    (own / "indexes").mkdir()  # of an older version
    for path in (own, own / "theirs", own / "indexes"):
        path.chmod(0o755)
    private_folder(own, "indexes", "app")
    assert mode(own) == mode(own / "theirs") == 0o755
    assert mode(own / "indexes") == mode(own / "indexes" / "app") == 0o700


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(OSError, match="taken"):
        private_folder(tmp_path / "taken", "indexes")


def test_the_umask_is_as_before_whichever_thread_ends_last(tmp_path: Path) -> None:
    before = os.umask(0o022)
    first, second = threading.Event(), threading.Event()

    def inner() -> None:
        with private_files():
            first.set()
            second.wait()

    thread = threading.Thread(target=inner)
    with private_files():
        thread.start()
        first.wait()
    (tmp_path / "meanwhile").touch()
    second.set()
    thread.join()
    assert mode(tmp_path / "meanwhile") == 0o600
    assert os.umask(before) == 0o022


def test_what_a_source_brings_is_private(tmp_path: Path, umask: int) -> None:
    def fill(folder: Path) -> None:
        (folder / "a.tar.gz").write_text("code")

    cache = tmp_path / "cache"
    cached_folder(cache / "pypi" / "a-1", fill)
    found = [cache, *cache.rglob("*")]
    assert {mode(path) for path in found if path.is_dir()} == {0o700}
    assert {mode(path) for path in found if path.is_file()} == {0o600}
