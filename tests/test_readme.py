"""What README and CONTRIBUTING tell the reader to type works, and what they point to is there."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from diglot.cli.main import main
from diglot.cli.output import Shown, write_hits
from diglot.cli.train import train
from diglot.types import Hit

REPOSITORY = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
NOT_RUN = ("corpus", "tokenizer", "train")
"""Commands whose examples download packages or take long; tests of their own run them on what is
here."""
TRAINING = (
    "README.md",
    *(str(path.relative_to(REPOSITORY)) for path in sorted((REPOSITORY / "docs").rglob("*.md"))),
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CACHE = '''\
class Cache:
    """Keeps values for a while."""

    def get(self, key):
        """Look up a value, or nothing if it is too old."""
        return self.values.get(key)
'''


def blocks(page: str, language: str) -> list[str]:
    """Fenced blocks of a page in one language."""
    found = FENCE.findall((REPOSITORY / page).read_text("utf-8"))
    return [text for name, text in found if name == language]


def lines(page: str, program: str) -> list[list[str]]:
    """Arguments of each line of a page's blocks that runs a program."""
    joined = [block.replace("\\\n", " ") for block in blocks(page, "")]
    written = [line for block in joined for line in block.splitlines()]
    commands = [line.removeprefix("$ ") for line in written]
    return [
        shlex.split(command, comments=True)[1:]
        for command in commands
        if command.startswith(f"{program} ")
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has what the commands name, and is the current one."""
    here = tmp_path / "here"
    trees = [here, here / "path" / "to" / "repository", tmp_path / "home" / "src" / "project"]
    for tree in trees:
        (tree / "src").mkdir(parents=True)
        (tree / "src" / "cache.py").write_text("# a cache\n" * 115 + CACHE)
        (tree / "src" / "other.py").write_text(CACHE.replace("Cache", "Store"))
    package = here / "node_modules" / "requests"
    package.mkdir(parents=True)
    (package / "cookies.py").write_text('def set_cookie(jar):\n    """Store a cookie."""\n')
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("DIGLOT_CACHE_DIR", str(tmp_path / "cache"))
    return here


@pytest.mark.parametrize("arguments", lines("README.md", "diglot"), ids=shlex.join)
def test_every_command_of_the_readme_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    if arguments[0] in NOT_RUN:
        arguments = [*arguments, "--help"]  # that it is understood is all that is tested here
    with pytest.raises(SystemExit) as stop:
        main([os.path.expanduser(word) for word in arguments])  # noqa: PTH111  # like a shell
    assert stop.value.code in (0, 1), capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [line[1:] for page in TRAINING for line in lines(page, "diglot") if line[0] == "train"],
    ids=shlex.join,
)
def test_every_training_that_is_named_has_a_recipe_with_these_keys(arguments: list[str]) -> None:
    recipe = pytest.importorskip("diglot.training.recipe")
    given = train.make_context("train", arguments).params
    if not given["recipe"].endswith(".toml"):
        assert recipe.load_recipe(given["recipe"], given["changes"]).name == given["recipe"]


@pytest.mark.parametrize("code", blocks("README.md", "python"))
def test_every_python_example_of_the_readme_runs(folder: Path, code: str) -> None:
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert {"index", "encoder"} <= set(names)


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_is_named_exists(page: str) -> None:
    targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
    for arguments in lines(page, "make"):
        assert set(arguments) <= set(targets)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_one(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (REPOSITORY / page).read_text("utf-8"))
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_what_the_commands_write_is_ignored_by_git() -> None:
    ignored = (REPOSITORY / ".gitignore").read_text("utf-8").splitlines()
    for page in TRAINING:
        for arguments in lines(page, "diglot"):
            for option, folder in pairwise(arguments):
                top = folder.removeprefix("./").split("/")[0]
                if option == "-o" and top:  # elsewhere than in the repository otherwise
                    assert f"/{top}/" in ignored, f"{page}: {folder}"


def test_the_task_of_vs_code_reads_headings(tmp_path: Path) -> None:
    (document,) = (json.loads(block) for block in blocks("README.md", "json"))
    (task,) = document["tasks"]
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    hit = Hit("a b.py", 7, 9, "Cache.get", "method", "python", 1.0, 0.9, CACHE)
    write_hits([Shown(hit, tmp_path)], stream, None)
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in stream.getvalue().splitlines()]
    pattern = task["problemMatcher"]["pattern"]
    found = [match for line in plain if (match := re.search(pattern["regexp"], line))]
    places = [tuple(match[pattern[key]] for key in ("file", "line", "endLine")) for match in found]
    assert places == [(f"{tmp_path.as_posix()}/a b.py", "7", "9")]
    assert task["args"][0] == "search"


@pytest.mark.skipif(not shutil.which("vim"), reason="no vim")
def test_vim_opens_hits(folder: Path, tmp_path: Path) -> None:
    (setting,) = blocks("README.md", "vim")
    (tmp_path / "diglot").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m diglot "$@"\n')
    (tmp_path / "diglot").chmod(0o755)
    place = "bufname(v:val.bufnr) . ':' . v:val.lnum . ':' . v:val.valid"
    show = f'call writefile(map(getqflist(), "{place}"), "found")'
    search = 'silent grep! "Cache.get" src'
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(
        ["vim", "-Nes", "-u", "NONE", "-c", setting.strip(), "-c", search, "-c", show, "-c", "qa!"],
        env=os.environ | {"PATH": path, "PYTHONPATH": str(REPOSITORY / "src")},
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert (folder / "found").read_text("utf-8").splitlines()[0] == "src/cache.py:119:1"


def test_agents_are_told_of_keys_that_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (advice,) = blocks("README.md", "markdown")
    keys = set(re.findall(r"`([a-z_]+)`", advice))
    documents = []
    for query, code in (("Cache.get", 0), ("quantum chromodynamics lattice", 1)):
        with pytest.raises(SystemExit) as stop:
            main(["search", query, "src", "--json", "-k", "5", "--rank", "fast"])
        assert stop.value.code == code
        documents.append(json.loads(capsys.readouterr().out))
    assert {"hits", "closest", "path", "snippet"} <= keys
    assert keys <= {*documents[0], *documents[0]["hits"][0], *documents[1]}


def test_there_is_something_to_test() -> None:
    assert len(lines("README.md", "diglot")) >= 5
    assert blocks("README.md", "python")
    assert lines("README.md", "make")
