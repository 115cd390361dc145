from __future__ import annotations

import base64
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.corpus.sources.conftest import write_tar

from diglot.corpus.sources import Fetched, parse_source
from diglot.errors import InputError

METADATA = """Metadata-Version: 2.1
Name: Small.Thing
Version: 1.0
License: MIT License
Classifier: License :: OSI Approved :: BSD License
Description-Content-Type: text/markdown; charset=UTF-8

# Small thing

For the naïve.
"""
RUNS = "from pathlib import Path\nPath({!r}).touch()\n"


def write_wheel(folder: Path, metadata: str = METADATA) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "small_thing-1.0-py3-none-any.whl"
    files = {
        "small/__init__.py": "a = 1\n",
        "small/core.py": "b = 2\n",
        "small_thing-1.0.dist-info/METADATA": metadata,
        "small_thing-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "small_thing-1.0.dist-info/licenses/LICENSE.txt": "the licence",
        "small_thing-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return path


def write_sdist(folder: Path, ran: Path) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    top = "small_thing-1.0"
    files = {
        f"{top}/PKG-INFO": METADATA.replace("License: MIT License", "License-Expression: ISC"),
        f"{top}/setup.py": RUNS.format(str(ran)),
        f"{top}/docs/index.rst": "Docs\n====\n",
        f"{top}/small/__init__.py": "a = 1\n",
    }
    return write_tar(folder / f"{top}.tar.gz", files)


def fetch(cache: Path) -> Fetched:
    return parse_source("pypi:Small_Thing==1.0").fetch(cache)


class Index:
    """A package index on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.headers: list[tuple[str, str | None]] = []
        index = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                index.headers.append((self.path, self.headers["Authorization"]))
                super().do_GET()

            def log_message(self, *arguments: object) -> None:
                pass

        handler = partial(Handler, directory=str(root))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def port(self) -> int:
        return self.server.server_port

    def add(self, file: Path, digest: str | None = None) -> None:
        page = self.root / "simple" / "small-thing" / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        found = page.read_text() if page.exists() else "<!DOCTYPE html>"
        digest = digest or sha256(file.read_bytes()).hexdigest()
        link = f'<a href="../../{file.relative_to(self.root)}#sha256={digest}">{file.name}</a>'
        page.write_text(found + link)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setenv("NO_PROXY", "*")
    for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    index = Index(tmp_path / "index")
    (index.root / "files").mkdir(parents=True)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{index.port}/simple")
    yield index
    index.close()


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


def test_a_wheel_looks_like_its_repository(wheels: Path, cache: Path) -> None:
    wheel = write_wheel(wheels)
    fetched = fetch(cache)
    assert (fetched.repository, fetched.revision) == ("pypi:small-thing", "1.0")
    assert fetched.declared_licence == "MIT"
    assert fetched.digest == f"sha256:{sha256(wheel.read_bytes()).hexdigest()}"
    assert {file.path: file.data.decode() for file in fetched.files()} == {
        "LICENSE.txt": "the licence",
        "README.md": "# Small thing\n\nFor the naïve.\n",
        "small/__init__.py": "a = 1\n",
        "small/core.py": "b = 2\n",
    }


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ("License-Expression: Apache-2.0 OR MIT\nLicense: GPL", "Apache-2.0 OR MIT"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: ISC License (ISCL)", "ISC"),
        (
            "Classifier: License :: OSI Approved :: MIT License\n"
            "Classifier: License :: OSI Approved :: Apache Software License\n"
            "Classifier: Topic :: Utilities",
            "Apache-2.0 AND MIT",
        ),
        ("Summary: none", ""),
    ],
)
def test_declared_licence(cache: Path, fields: str, licence: str) -> None:
    folder = cache / "pypi" / "small-thing-1.0"
    folder.parent.mkdir(parents=True)
    write_wheel(folder, f"Metadata-Version: 2.1\nName: Small.Thing\nVersion: 1.0\n{fields}\n")
    assert fetch(cache).declared_licence == licence


def test_a_source_distribution_goes_before_a_wheel_and_is_not_run(
    index: Index, cache: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    index.add(write_wheel(index.root / "files"))
    sdist = write_sdist(index.root / "files", ran)
    index.add(sdist)
    fetched = fetch(cache)
    assert fetched.digest == f"sha256:{sha256(sdist.read_bytes()).hexdigest()}"
    assert fetched.declared_licence == "ISC"
    found = [file.path for file in fetched.files()]
    assert found == ["PKG-INFO", "docs/index.rst", "setup.py", "small/__init__.py"]
    assert not ran.exists()


def test_the_wheel_where_the_index_has_no_source_distribution(index: Index, cache: Path) -> None:
    index.add(write_wheel(index.root / "files"))
    assert next(file.path for file in fetch(cache).files()) == "LICENSE.txt"


def test_a_source_distribution_of_another_version_or_package(
    index: Index, cache: Path, tmp_path: Path
) -> None:
    sdist = write_sdist(index.root / "files", tmp_path / "ran")
    for name in ("small_thing-1.0.1.tar.gz", "small_thing-extra-1.0.tar.gz"):
        index.add(sdist.rename(sdist.with_name(name)))
        sdist = write_sdist(index.root / "files", tmp_path / "ran")
    index.add(write_wheel(index.root / "files"))
    assert next(file.path for file in fetch(cache).files()) == "LICENSE.txt"


def test_what_arrives_must_be_what_was_announced(index: Index, cache: Path, tmp_path: Path) -> None:
    index.add(write_sdist(index.root / "files", tmp_path / "ran"), digest="0" * 64)
    with pytest.raises(InputError, match="another SHA-256 than its index announces"):
        fetch(cache)
    assert not (cache / "pypi" / "small-thing-1.0").exists()


def test_credentials_of_the_address_and_of_netrc(
    index: Index, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(write_sdist(index.root / "files", tmp_path / "ran"))
    url = f"http://some:p%40ss@127.0.0.1:{index.port}/simple/"
    monkeypatch.setenv("PIP_INDEX_URL", url)
    fetch(cache)
    expected = "Basic " + base64.b64encode(b"some:p@ss").decode()
    assert index.headers[0] == ("/simple/small-thing/", expected)
    assert len(index.headers) == 2
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login some password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("PIP_INDEX_URL", url.replace("some:p%40ss@", ""))
    fetch(cache / "second")
    expected = "Basic " + base64.b64encode(b"some:other").decode()
    assert index.headers[-1][1] == expected


def test_an_index_in_files_and_a_further_one(
    index: Index, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(write_sdist(index.root / "files", tmp_path / "ran"))
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "empty").as_uri())
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", (index.root / "simple").as_uri())
    assert fetch(cache).declared_licence == "ISC"
    assert not index.headers


def test_no_such_package(index: Index, cache: Path) -> None:
    with pytest.raises(InputError, match=r"cannot download pypi:small-thing==1\.0: ERROR: "):
        fetch(cache)


def test_reads_the_cache_once_the_package_is_gone(wheels: Path, cache: Path) -> None:
    wheel = write_wheel(wheels)
    first = list(fetch(cache).files())
    with pytest.raises(InputError, match=r"small-thing==2\.0.*from versions: 1\.0"):
        parse_source("pypi:small-thing==2.0").fetch(cache)
    wheel.unlink()
    assert list(fetch(cache).files()) == first


def test_no_network(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:1/simple")
    with pytest.raises(
        InputError, match=r"cannot read the index 127\.0\.0\.1:1: .*refused"
    ) as error:
        fetch(cache)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["attrs", "attrs==", "==1", "attrs>=1", "attrs==1.*", "-r==1", "a b==1", "../a==1"]
)
def test_specs_that_are_not_pinned(text: str) -> None:
    with pytest.raises(InputError, match="write pypi:NAME==VERSION"):
        parse_source(f"pypi:{text}")


def test_canonical_spec() -> None:
    assert parse_source("pypi:Small__Thing==1.0").spec == "pypi:small-thing==1.0"
