from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import diglot
from diglot.errors import StoreError
from diglot.index.location import default_cache_folder, index_folder


def test_the_environment_chooses_the_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DIGLOT_CACHE_DIR", "~/here")
    assert default_cache_folder() == tmp_path / "here"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other systems have other places")
def test_without_it_the_users_cache_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DIGLOT_CACHE_DIR", "")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_cache_folder() == tmp_path / ".cache" / "diglot"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache_folder() == tmp_path / "xdg" / "diglot"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be none")
def test_a_user_without_home_is_told_what_to_set() -> None:
    program = (
        "import os; from diglot.index.location import default_cache_folder;"
        "os.setuid(54321)\n"
        "try: default_cache_folder()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    unset = ("HOME", "XDG_CACHE_HOME", "DIGLOT_CACHE_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["PYTHONPATH"] = str(Path(diglot.__file__).parents[1])
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("StoreError no home folder")
    assert "DIGLOT_CACHE_DIR" in answer.stdout


def test_each_tree_has_its_own_folder_named_after_it() -> None:
    cache = Path("/cache")
    folders = [index_folder(Path(root), cache) for root in ("/a/app", "/b/app", "/a/App", "/")]
    assert len(set(folders)) == 4
    assert [folder.parent for folder in folders] == [cache / "indexes"] * 4
    assert folders[0].name.startswith("app-")
    assert folders[3].name.startswith("root-")
    assert index_folder(Path("/a/app"), cache) == folders[0]


@pytest.mark.parametrize("name", ["n" * 255, "文" * 85, "\udc80" * 255])
def test_the_longest_names_of_trees_leave_room_for_the_hash(tmp_path: Path, name: str) -> None:
    folder = index_folder(tmp_path / name, tmp_path)
    folder.mkdir(parents=True)
    assert folder != index_folder(tmp_path / (name[:-1] + "m"), tmp_path)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other systems have other places")
@pytest.mark.parametrize("relative", ["relative", "./cache", "../cache", "~/cache"])
def test_a_relative_folder_of_caches_is_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, relative: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DIGLOT_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", relative)
    assert default_cache_folder() == tmp_path / ".cache" / "diglot"


def test_local_app_data_is_ignored_if_relative(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DIGLOT_CACHE_DIR", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", "relative")
    assert default_cache_folder() == tmp_path / "AppData" / "Local" / "diglot" / "cache"


@pytest.mark.skipif(sys.platform == "win32", reason="HOME is of POSIX")
def test_a_relative_home_is_none(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DIGLOT_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "relative")
    with pytest.raises(StoreError, match="DIGLOT_CACHE_DIR"):
        default_cache_folder()
    monkeypatch.setenv("DIGLOT_CACHE_DIR", "relative")  # the user's own word
    assert default_cache_folder() == Path("relative")
