from __future__ import annotations

from pathlib import Path

import pytest

from diglot.corpus.sources import parse_source
from diglot.errors import InputError


@pytest.mark.parametrize(
    "spec",
    [
        "pypi:attrs==24.2.0",
        "npm:lodash@4.17.21",
        "npm:@scope/x@1.0.0-rc.1+b",
        "deb:jq",
        "deb:jq=1:1.6-2.1+deb12u1~x",
        "deb-orig:jq=1.6-2",
        "git:https://github.com/a/b.git@v1",
        "git:git@github.com:a/b.git@main",
        "folder:some/where",
        "codesearchnet:x",
        "codexglue:x.jsonl",
        "parquet:corpus",
    ],
)
def test_a_canonical_spec_reads_as_itself(spec: str) -> None:
    assert parse_source(spec).spec == spec
    assert parse_source(parse_source(spec).spec) == parse_source(spec)


def test_paths_alone(tmp_path: Path) -> None:
    assert parse_source(str(tmp_path)).spec == f"folder:{tmp_path}"
    for name, scheme in (("a.jsonl", "codexglue"), ("a.jsonl.gz", "codesearchnet")):
        (tmp_path / name).touch()
        assert parse_source(str(tmp_path / name)).spec == f"{scheme}:{tmp_path / name}"


@pytest.mark.parametrize("spec", ["", "attrs", "conda:attrs==1", "/nowhere", "x.jsonl", "C:\\x"])
def test_what_is_no_source(spec: str) -> None:
    with pytest.raises(
        InputError,
        match=r"neither a folder.*pypi:, installed:, npm:, deb:, deb-orig:, git:, folder:",
    ):
        parse_source(spec)


@pytest.mark.parametrize("scheme", ["pypi", "npm", "deb", "git", "folder", "parquet"])
def test_a_scheme_alone(scheme: str) -> None:
    with pytest.raises(InputError, match="names nothing after the colon"):
        parse_source(f"{scheme}:")
