from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from tests.corpus.sources.conftest import write_tar

from diglot.corpus.sources import parse_source
from diglot.errors import InputError

needs_apt = pytest.mark.skipif(not shutil.which("apt-get"), reason="apt is not installed")

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: small

Files: *
Copyright: 2020 Somebody
License: Expat

Files: lib/old.c
Copyright: 2001 Somebody Else
License: GPL-2+

Files: debian/*
Copyright: 2021 A Maintainer
License: GPL-3+
"""


def write_package(
    folder: Path, version: str, *, name: str = "small", native: bool = False
) -> list[Path]:
    """Files of a source package, its .dsc first."""
    folder.mkdir(parents=True, exist_ok=True)
    upstream = version.rpartition("-")[0] or version
    top = f"{name}-{upstream}"
    code = {
        f"{top}/README": f"version {upstream}",
        f"{top}/lib/old.c": "1;",
        f"{top}/lib/new.c": "2;",
    }
    debian = {"debian/copyright": COPYRIGHT, "debian/rules": "#!/bin/sh\nexit 1\n"}
    if native:
        both = code | {f"{top}/{path}": text for path, text in debian.items()}
        archives = [write_tar(folder / f"{name}_{version}.tar.xz", both, "w:xz")]
    else:
        archives = [
            write_tar(folder / f"{name}_{upstream}.orig.tar.gz", code),
            write_tar(folder / f"{name}_{upstream}.orig-extra.tar.bz2", {"e/x.c": "3;"}, "w:bz2"),
            write_tar(folder / f"{name}_{version}.debian.tar.xz", debian, "w:xz"),
        ]
    description = folder / f"{name}_{version}.dsc"
    description.write_text(_stanza(name, version, archives, "3.0 (native)" if native else ""))
    return [description, *archives]


def _stanza(name: str, version: str, files: list[Path], format_: str) -> str:
    def hashes(algorithm: str) -> str:

        return "".join(
            f" {hashlib.new(algorithm, file.read_bytes()).hexdigest()}"
            f" {file.stat().st_size} {file.name}\n"
            for file in files
        )

    return (
        f"Format: {format_ or '3.0 (quilt)'}\nBinary: lib{name}-dev\nArchitecture: all\n"
        f"Version: {version}\nMaintainer: A <a@b.c>\n"
        f"Files:\n{hashes('md5')}Checksums-Sha256:\n{hashes('sha256')}"
    )


class Mirror:
    """A package source in a folder, and an apt whose system knows it alone."""

    def __init__(self, root: Path) -> None:
        self.pool = root / "mirror"
        self.pool.mkdir()
        self.packages: list[tuple[str, str, list[Path]]] = []

    def add(self, version: str, *, name: str = "small", native: bool = False) -> list[Path]:
        files = write_package(self.pool, version, name=name, native=native)
        self.packages.append((name, version, files))
        self.publish()
        return files

    def publish(self) -> None:
        stanzas = [
            f"Package: {name}\n{_stanza(name, version, files, '')}Directory: .\n"
            for name, version, files in self.packages
        ]
        (self.pool / "Sources").write_text("\n".join(stanzas))


@pytest.fixture(params=["one line", "stanza"])
def mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Mirror:
    mirror = Mirror(tmp_path)
    system = tmp_path / "etc"
    (system / "sources.list.d").mkdir(parents=True)
    if request.param == "one line":
        lines = f"# deb file:/nowhere ./\ndeb [trusted=yes] copy:{mirror.pool} ./\n"
        (system / "sources.list").write_text(lines)
    else:
        (system / "sources.list.d" / "a.sources").write_text(
            f"Types: deb\nURIs: copy:{mirror.pool}\nSuites: ./\nTrusted: yes\n\n"
            "Types: deb\nURIs: file:/nowhere\nSuites: ./\nEnabled: no\n"
        )
    config = tmp_path / "apt.conf"
    config.write_text(f'Dir::Etc "{system}";\nDir::Etc::parts "none";\n')
    monkeypatch.setenv("APT_CONFIG", str(config))
    return mirror


@needs_apt
def test_downloads_and_reads_a_package(mirror: Mirror, cache: Path) -> None:
    files = mirror.add("1.0-1")
    fetched = parse_source("deb:small=1.0-1").fetch(cache)
    assert (fetched.repository, fetched.revision) == ("deb:small", "1.0-1")
    assert fetched.declared_licence == "MIT"
    assert fetched.digest == f"sha256:{hashlib.sha256(files[0].read_bytes()).hexdigest()}"
    assert [(file.path, file.data, file.licence) for file in fetched.files()] == [
        ("README", b"version 1.0", "MIT"),
        ("extra/x.c", b"3;", "MIT"),
        ("lib/new.c", b"2;", "MIT"),
        ("lib/old.c", b"1;", "GPL-2.0-or-later"),
    ]


@needs_apt
@pytest.mark.parametrize("mirror", ["one line"], indirect=True)
class TestVersions:
    def test_the_newest_where_none_is_given(self, mirror: Mirror, cache: Path) -> None:
        for version in ("1.9-1", "1.10-1", "1.2-1"):
            mirror.add(version)
        assert parse_source("deb:small").fetch(cache).revision == "1.10-1"

    def test_a_name_of_a_binary_package(self, mirror: Mirror, cache: Path) -> None:
        mirror.add("1.0-1")
        fetched = parse_source("deb:libsmall-dev").fetch(cache)
        assert (fetched.repository, fetched.revision) == ("deb:small", "1.0-1")
        assert parse_source("deb:libsmall-dev=1.0-1").fetch(cache).digest == fetched.digest

    def test_a_source_package_goes_before_a_binary_of_its_name(
        self, mirror: Mirror, cache: Path
    ) -> None:
        mirror.add("9.0-1", name="x")  # makes a binary package libx-dev
        mirror.add("1.0-1", name="libx-dev")
        assert parse_source("deb:libx-dev").fetch(cache).revision == "1.0-1"

    def test_what_is_available_where_the_version_is_gone(self, mirror: Mirror, cache: Path) -> None:
        mirror.add("1.0-1")
        mirror.add("1.1-1")
        with pytest.raises(InputError, match=r"small=0\.9-1: .* there is 1\.1-1, 1\.0-1"):
            parse_source("deb:small=0.9-1").fetch(cache)
        with pytest.raises(InputError, match="deb:none: the system's package sources have no"):
            parse_source("deb:none").fetch(cache)

    def test_asks_again_for_what_is_new_and_for_what_was_superseded(
        self, mirror: Mirror, cache: Path
    ) -> None:
        old = mirror.add("1.0-1")
        assert parse_source("deb:small").fetch(cache).revision == "1.0-1"
        mirror.add("1.1-1")
        assert parse_source("deb:small").fetch(cache).revision == "1.0-1"  # known already
        assert parse_source("deb:small=1.1-1").fetch(cache).revision == "1.1-1"
        shutil.rmtree(cache / "deb" / "small=1.0-1")
        del mirror.packages[0]
        mirror.publish()
        for file in old:
            file.unlink()
        with pytest.raises(InputError, match=r"no such version; there is 1\.1-1"):
            parse_source("deb:small=1.0-1").fetch(cache)

    def test_a_later_revision_of_the_same_upstream_version_stands_in(
        self, mirror: Mirror, cache: Path
    ) -> None:
        mirror.add("1.0-1")
        before = parse_source("deb:small=1.0-1").fetch(cache / "before")
        mirror.packages.clear()
        for version in ("1.0-2", "1.0-3", "1.1-1"):
            mirror.add(version)
        files = mirror.packages[1][2]
        fetched = parse_source("deb:small=1.0-1").fetch(cache)
        assert (fetched.repository, fetched.revision) == ("deb:small", "1.0-1")
        assert fetched.digest == f"sha256:{hashlib.sha256(files[0].read_bytes()).hexdigest()}"
        assert list(fetched.files()) == list(before.files())
        shutil.rmtree(mirror.pool)  # it is in the cache under the version that was asked for
        assert parse_source("deb:small=1.0-1").fetch(cache).digest == fetched.digest

    def test_reads_the_cache_without_the_mirror(self, mirror: Mirror, cache: Path) -> None:
        mirror.add("1.0-1")
        first = list(parse_source("deb:small").fetch(cache).files())
        shutil.rmtree(mirror.pool)
        for spec in ("deb:small", "deb:small=1.0-1"):
            assert list(parse_source(spec).fetch(cache).files()) == first

    def test_a_damaged_download_leaves_nothing(self, mirror: Mirror, cache: Path) -> None:
        files = mirror.add("1.0-1")
        data = bytearray(files[1].read_bytes())
        data[20] ^= 1
        files[1].write_bytes(data)
        with pytest.raises(InputError, match=r"cannot download deb:small=1\.0-1"):
            parse_source("deb:small").fetch(cache)
        assert not (cache / "deb" / "small=1.0-1").exists()

    def test_upstream_alone_where_the_mirror_lacks_the_rest(
        self, mirror: Mirror, cache: Path
    ) -> None:
        files = mirror.add("1.0-1")
        files[-1].unlink()
        with pytest.raises(InputError, match=r"cannot download deb:small=1\.0-1"):
            parse_source("deb:small").fetch(cache)
        fetched = parse_source("deb-orig:small").fetch(cache)
        assert (fetched.repository, fetched.revision) == ("deb:small", "1.0-1")
        assert fetched.declared_licence == ""
        assert [file.licence for file in fetched.files()] == [None] * 4

    def test_no_mirror(self, mirror: Mirror, cache: Path) -> None:
        shutil.rmtree(mirror.pool)
        with pytest.raises(InputError, match="cannot bring apt's lists"):
            parse_source("deb:small").fetch(cache)


def test_a_native_package(cache: Path) -> None:
    write_package(cache / "deb" / "small=1.0", "1.0", native=True)
    fetched = parse_source("deb:small=1.0").fetch(cache)
    assert fetched.declared_licence == "MIT"
    found = {file.path: file.licence for file in fetched.files()}
    assert found["lib/new.c"] == "MIT"
    assert found["debian/rules"] == "GPL-3.0-or-later"


def test_without_apt(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match="a deb: source needs `apt-get`"):
        parse_source("deb:small").fetch(cache)


@pytest.mark.parametrize("scheme", ["deb", "deb-orig"])
@pytest.mark.parametrize("text", ["X", "jq=", "jq=$(x)", "-o=1", "jq==1", "jq 1"])
def test_specs_that_are_none(scheme: str, text: str) -> None:
    with pytest.raises(InputError, match=f"write {scheme}:NAME or {scheme}:NAME=VERSION"):
        parse_source(f"{scheme}:{text}")
