from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha512
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.corpus.sources.conftest import write_files, write_tar

from diglot.corpus.sources import Fetched, parse_source
from diglot.errors import InputError

needs_npm = pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")


class Registry:
    """An npm registry on this machine: a document a package, and its tarball."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root
        handler = partial(QuietHandler, directory=str(root))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def publish(self, project: Path, package: dict[str, Any]) -> None:
        files = {path.relative_to(project): path for path in project.rglob("*") if path.is_file()}
        content = {f"package/{name}": path.read_bytes() for name, path in sorted(files.items())}
        tarball = write_tar(self.root / "x.tgz", content)
        integrity = base64.b64encode(sha512(tarball.read_bytes()).digest()).decode()
        dist = {"tarball": f"{self.url}x.tgz", "integrity": f"sha512-{integrity}"}
        version = package["version"]
        document = {
            "name": package["name"],
            "dist-tags": {"latest": version},
            "versions": {version: {**package, "dist": dist}},
        }
        (self.root / package["name"]).write_text(json.dumps(document))

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path / "registry")
    yield registry
    registry.close()


def put_into_cache(cache: Path, package: dict[str, Any], **files: str) -> None:
    """What a download leaves."""
    content = {f"package/{path}": text for path, text in files.items()}
    content["package/package.json"] = json.dumps(package)
    fill(cache, content)


def fill(cache: Path, content: dict[str, str]) -> None:
    folder = cache / "npm" / "@s" / "x-1.0.0"
    folder.mkdir(parents=True)
    write_tar(folder / "x.tgz", content)


def fetch(cache: Path) -> Fetched:
    return parse_source("npm:@s/x@1.0.0").fetch(cache)


def test_reads_a_package(cache: Path) -> None:
    put_into_cache(cache, {"name": "@s/x", "license": "MIT"}, **{"lib/a.js": "1", "a.min.js": "2"})
    fetched = fetch(cache)
    assert (fetched.repository, fetched.revision) == ("npm:@s/x", "1.0.0")
    assert fetched.declared_licence == "MIT"
    assert [file.path for file in fetched.files()] == ["lib/a.js", "package.json"]
    assert fetched.skipped == {"minified": 1}


@pytest.mark.parametrize(
    ("package", "licence"),
    [
        ({"license": "(MIT OR Apache-2.0)"}, "(MIT OR Apache-2.0)"),
        ({"license": {"type": "BSD-2-Clause", "url": "x"}}, "BSD-2-Clause"),
        ({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}, "GPL-2.0-only OR MIT"),
        ({"licenses": [{"type": "MIT"}, "a made-up one"]}, ""),
        ({"license": "UNLICENSED"}, "LicenseRef-Proprietary"),
        ({"license": "SEE LICENSE IN x.txt"}, ""),
        ({"license": None}, ""),
        ({}, ""),
    ],
)
def test_declared_licence(cache: Path, package: dict[str, Any], licence: str) -> None:
    put_into_cache(cache, package)
    assert fetch(cache).declared_licence == licence


@pytest.mark.parametrize("data", ["", "[]", "{", "3"])
def test_a_package_json_that_is_none(cache: Path, data: str) -> None:
    fill(cache, {"package/package.json": data})
    assert fetch(cache).declared_licence == ""


@needs_npm
def test_downloads_a_package_and_runs_none_of_its_scripts(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: Registry
) -> None:
    project = tmp_path / "x"
    scripts = dict.fromkeys(["prepare", "prepack", "postpack", "install"], f"touch {tmp_path}/ran")
    package = {"name": "diglot-x", "version": "1.0.0", "license": "ISC", "scripts": scripts}
    write_files(project, {"package.json": json.dumps(package), "index.js": "1", "test/a.js": "2"})
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_userconfig", "/dev/null")
    registry.publish(project, package)
    monkeypatch.setenv("npm_config_registry", registry.url)
    fetched = parse_source("npm:diglot-x@1.0.0").fetch(cache)
    assert [file.path for file in fetched.files()] == ["index.js", "package.json", "test/a.js"]
    assert fetched.declared_licence == "ISC"
    assert not (tmp_path / "ran").exists()
    with pytest.raises(InputError, match=r"cannot download npm:diglot-x@2\.0\.0: .*ETARGET"):
        parse_source("npm:diglot-x@2.0.0").fetch(cache)
    with pytest.raises(InputError, match=r"cannot download npm:diglot-y@1\.0\.0: .*E404"):
        parse_source("npm:diglot-y@1.0.0").fetch(cache)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    assert parse_source("npm:diglot-x@1.0.0").fetch(cache).digest == fetched.digest
    with pytest.raises(InputError, match=r"cannot download npm:diglot-z@1\.0\.0: .*ECONNREFUSED"):
        parse_source("npm:diglot-z@1.0.0").fetch(cache)


def test_without_npm(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match="an npm: source needs `npm`"):
        fetch(cache)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x@latest",
        "x@^1.0.0",
        "@s/x",
        "x@",
        "git+ssh://h/x@1.0.0",
        "./x@1.0.0",
        "-g@1.0.0",
        "a/b@1",
    ],
)
def test_specs_that_are_not_pinned(text: str) -> None:
    with pytest.raises(InputError, match="write npm:NAME@VERSION"):
        parse_source(f"npm:{text}")
