"""No command reaches for the network, or writes outside cache, output and temporary folders."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import diglot

GUARD = Path(__file__).parent / "guard"
SOURCE = Path(diglot.__file__).parents[1]
REPOSITORY = Path(__file__).parents[2]
PROGRAM = '''\
def parse_memory(text):
    """Parse a memory string such as 512m into bytes."""
    return int(text[:-1]) << {"k": 10, "m": 20}[text[-1]]


def format_memory(size):
    """Write a number of bytes as a memory string."""
    return f"{size >> 20}m"
'''

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the guard knows POSIX alone")


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Folders: an empty home, a source tree, and those that may be written to."""
    names = ("home", "source", "output", "temporary", "cache")
    folders = {name: tmp_path / name for name in names}
    for name in names[:-1]:
        folders[name].mkdir()
    (folders["source"] / "memory.py").write_text(PROGRAM)
    return folders


@pytest.fixture
def guarded(places: dict[str, Path], tmp_path: Path) -> Command:
    """Runs Python under the guard, with nothing in its environment but what is here."""

    def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(places["home"]),
            "TMPDIR": str(places["temporary"]),
            "DIGLOT_CACHE_DIR": str(places["cache"]),
            "PYTHONPATH": os.pathsep.join(map(str, (GUARD, SOURCE))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "GUARD_LOG": str(tmp_path / "caught"),
            "GUARD_WRITABLE": os.pathsep.join(
                str(places[name]) for name in ("cache", "output", "temporary")
            ),
        }
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=environment | variables,
            cwd=places["source"],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def keeps_the_promise(
    guarded: Command, places: dict[str, Path], tmp_path: Path
) -> Callable[..., None]:
    """Runs a command, and checks that it worked and that nothing was caught."""

    def check(*arguments: object, **variables: str) -> None:
        done = guarded("-m", "diglot", *arguments, **variables)
        caught = tmp_path / "caught"
        assert done.returncode == 0, done.stderr
        assert caught.read_text() == ""
        assert list(places["home"].rglob("*")) == []
        assert [path.name for path in places["source"].iterdir()] == ["memory.py"]

    return check


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "parse a memory string", "--min-score", "0", "--rank", "fast"),
        ("search", "parse a memory string", "--min-score", "0", "--rank", "balanced"),
        ("index",),
        ("related", "memory.py:2"),
        ("status",),
        ("doctor",),
        ("models", "list"),
        ("models", "show", "encoder"),
        ("clear",),
    ],
)
def test_searching(keeps_the_promise, arguments: tuple[str, ...]) -> None:
    keeps_the_promise(*arguments)


@pytest.mark.slow
def test_corpus_tokenizer_and_training(keeps_the_promise, places, tiny_corpus) -> None:
    output = places["output"]
    records = output / "records"
    keeps_the_promise("corpus", "build", SOURCE / "diglot" / "metrics", "-o", output / "corpus")
    keeps_the_promise("corpus", "build", f"parquet:{tiny_corpus}", "-o", records)
    keeps_the_promise("corpus", "show", records)
    made = output / "tokenizer"
    keeps_the_promise("tokenizer", "train", tiny_corpus, "-o", made, "--vocab-size", 1024)
    keeps_the_promise("tokenizer", "report", made, "--corpus", tiny_corpus)
    few = ("--set", "optimizer.steps=2", "--set", "optimizer.epochs=0", "--set", "data.batch=2")
    for recipe in ("roberta-tiny", "gpt-tiny"):
        keeps_the_promise("train", recipe, "--corpus", tiny_corpus, "-o", output / recipe, *few)
    started = f'model.from="{output / "roberta-tiny" / "model"}"'
    keeps_the_promise(
        *("train", "codebert-tiny", "--corpus", tiny_corpus, "-o", output / "next"),
        *("--set", started, *few),
    )


def test_only_the_cache_is_written_to_in_a_home(guarded, places, tmp_path) -> None:
    cache = places["home"] / ".cache" / "diglot"
    variables = {"DIGLOT_CACHE_DIR": "", "GUARD_WRITABLE": str(places["home"])}
    done = guarded("-m", "diglot", "search", "memory string", "--min-score", "0", **variables)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "caught").read_text() == ""
    found = [path for path in places["home"].rglob("*") if not path.is_dir()]
    assert found
    assert all(path.is_relative_to(cache) for path in found)


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import urllib.request; urllib.request.urlopen('http://example.invalid', timeout=1)",
        "open('here', 'w')",
        "import pathlib; (pathlib.Path.home() / '.config').mkdir()",
        "import os; os.rename('memory.py', 'other.py')",
        "import os; os.chdir('/'); os.open('usr/x', os.O_CREAT | os.O_RDWR)",
    ],
)
def test_the_guard_catches(guarded, tmp_path, program: str) -> None:
    assert guarded("-c", f"try:\n    {program}\nexcept OSError: pass").returncode == 0
    assert (tmp_path / "caught").read_text().count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
def test_the_guard_catches_native_sockets(guarded) -> None:
    done = guarded("-c", "import ctypes; ctypes.CDLL(None).socket(2, 1, 0)")
    assert done.returncode == -signal.SIGSYS


def test_onnx_runtime_would_be_caught(guarded, places) -> None:
    """Without what diglot sets: if this fails, the library has mended its ways."""
    guarded("-c", "import onnxruntime", DIGLOT_CACHE_DIR="")
    written = [path.name for path in places["home"].rglob("*") if path.is_file()]
    if not written:
        pytest.skip("this version of ONNX Runtime writes nothing")
    assert "deviceid" in written


@pytest.mark.parametrize("folder", ["src", "recipes", "benchmarks"])
def test_onnx_runtime_is_imported_in_one_place(folder: str) -> None:
    importing = set()
    for path in sorted((REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "onnxruntime" for name in names):
                importing.add(path.relative_to(REPOSITORY).as_posix())
    assert importing <= {"src/diglot/inference/onnx.py"}
