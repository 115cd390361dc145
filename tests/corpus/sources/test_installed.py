from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from diglot.corpus.sources import parse_source
from diglot.errors import InputError


def test_an_installed_package_is_read_where_it_lies(tmp_path: Path) -> None:
    fetched = parse_source("installed:Filelock").fetch(tmp_path)
    files = {file.path: file.data for file in fetched.files()}
    assert fetched.repository == "pypi:filelock"
    assert fetched.revision == metadata.version("filelock")
    assert b"FileLock" in files["filelock/__init__.py"]
    assert not any(".dist-info" in path or "__pycache__" in path for path in files)
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_is_not_installed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="installed:no-such-thing: no such distribution"):
        parse_source("installed:no-such-thing").fetch(tmp_path)


@pytest.mark.parametrize("spec", ["installed:../up", "installed:", "installed:a b"])
def test_names_are_checked(spec: str) -> None:
    with pytest.raises(InputError):
        parse_source(spec)
