"""Trees that cannot be indexed, and trees that are hard to index."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from diglot.errors import InputError, ModelError, StoreError
from diglot.index import Index

MEMORY = "def parse_memory(text):\n    return int(text)\n"


@pytest.fixture
def project(write: Callable[..., Path], root: Path) -> Path:
    write("src/cache.py", "class Cache: pass\n")
    return root


# Places that cannot be indexed


def test_a_missing_path_is_refused(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(InputError, match="missing: no such file or folder"):
        Index.open(tmp_path / "missing", cache_folder=cache)
    assert not cache.exists()


def test_a_file_is_refused(project: Path, cache: Path) -> None:
    with pytest.raises(InputError, match=r"cache\.py: not a folder"):
        Index.open(project / "src" / "cache.py", cache_folder=cache)
    with pytest.raises(InputError, match=r"cache\.py/x: "):
        Index.open(project / "src" / "cache.py" / "x", cache_folder=cache)


@pytest.mark.parametrize(
    "path", ["a\0b", "x" * 5000, "~nobody-of-this-name/x", "\udc80", "/proc/self/mem/x"]
)
def test_an_impossible_path_is_refused(path: str, cache: Path) -> None:
    with pytest.raises(InputError, match="path "):
        Index.open(path, cache_folder=cache)


def test_an_impossible_cache_folder_is_refused(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="path ~nobody-of-this-name/x: no home"):
        Index.open(project, cache_folder="~nobody-of-this-name/x")
    for name in ("x" * 5000, "/proc/self/mem/x"):
        with pytest.raises(StoreError, match=re.escape(name)):
            Index.open(project, cache_folder=name)


def test_an_unknown_model_is_refused_with_the_names_there_are(project: Path, cache: Path) -> None:
    for name in ("nothing", "", "\udc80", "a\0b", str(project)):
        with pytest.raises(ModelError):
            Index.open(project, cache_folder=cache, model=name)
    with pytest.raises(ModelError, match=r"no model 'nothing': accepted are .*static"):
        Index.open(project, cache_folder=cache, model="nothing")


def test_a_model_that_is_not_static_is_refused(project: Path, cache: Path) -> None:
    with pytest.raises(InputError, match="model encoder: the index needs a static model"):
        Index.open(project, cache_folder=cache, model="encoder")


# Trees and files that are hard to index


def test_an_empty_folder_has_an_empty_index(open_index: Callable[[], Index]) -> None:
    for _ in range(2):
        index = open_index()
        assert (index.state.files, index.state.units, index.state.fresh) == (0, 0, True)
        for query in ("parse memory", "内存", "parse_memory"):
            assert index.search(query, rank="fast") == []
            assert index.search(query, rank="balanced") == []
        with pytest.raises(InputError):
            index.related("a.py", 1)


def test_odd_files_are_indexed_or_left_out_with_a_reason(
    write: Callable[..., Path], open_index: Callable[[], Index], root: Path
) -> None:
    write("good.py", MEMORY)
    write("empty.py", "")
    write("blank.py", "\n \n\t\n")
    write("binary.py", b"\x7fELF\x01\x00\x00" * 50)
    write("latin.py", b"def caf\xe9():\n    return 'd\xe9j\xe0 vu'\n")
    write("damaged.py", "def größe_ändern():\n    return 'überall'\n".encode() + b"# \xff\n")
    write("nul.py", "def parse():\n    return '\0'\n")
    write("wide.py", "def breite_zeichen():\n    return '\0 wide'\n".encode("utf-16"))
    write("minified.py", "x=1;" * 5000)
    with write("huge.py", "").open("r+b") as huge:
        huge.truncate(200 << 20)
    (root / "loop").symlink_to(root)
    (root / "self.py").symlink_to("self.py")
    (root / "dangling.py").symlink_to("nothing.py")
    os.mkfifo(root / "pipe.py")
    (root / os.fsdecode(b"bad\xff.py")).write_text(MEMORY)
    (root / "new\nline.py").write_text("def on_a_new_line(): pass\n")
    (root / ("n" * 252 + ".py")).write_text("def with_a_long_name(): pass\n")

    index = open_index()
    reasons = dict(index.state.skipped)
    expected = {
        "binary.py": "binary",
        "nul.py": "binary",
        "minified.py": "minified",
        "huge.py": "too large",
        "self.py": "loop",
        "bad\ufffd.py": "UTF-8",
    }
    assert set(reasons) == set(expected)
    assert all(word in reasons[path] for path, word in expected.items())
    for query, path in [
        ("parse_memory", "good.py"),
        ("café", "latin.py"),
        ("größe_ändern", "damaged.py"),
        ("breite_zeichen", "wide.py"),
        ("on_a_new_line", "new\nline.py"),
        ("with_a_long_name", "n" * 252 + ".py"),
    ]:
        assert index.search(query, 1, rank="fast")[0].path == path, query


def test_a_tree_with_a_name_of_any_bytes_is_indexed(tmp_path: Path, cache: Path) -> None:
    for name in (os.fsdecode(b"tree\xff"), "t" * 255, "文 件\n'\""):
        root = tmp_path / name
        root.mkdir()
        (root / "a.py").write_text(MEMORY)
        for _ in range(2):
            index = Index.open(root, cache_folder=cache)
            assert index.search("parse_memory", rank="fast")[0].path == "a.py"
            assert index.state.fresh


def test_a_link_to_a_tree_opens_the_index_of_the_tree(
    project: Path, cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(project)
    through_link = Index.open(tmp_path / "link", cache_folder=cache)
    assert through_link.root == project.resolve()
    assert through_link.state.folder == Index.open(project, cache_folder=cache).state.folder
