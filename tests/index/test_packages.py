from __future__ import annotations

import json
from pathlib import Path

import pytest

from diglot.errors import InputError
from diglot.index.packages import package_folder


@pytest.fixture
def site(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # the tests may run in an active one
    folder = root / ".venv" / "lib" / "python3.12" / "site-packages"
    folder.mkdir(parents=True)
    return folder


def install(site: Path, distribution: str, *files: str) -> None:
    record = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    for name in files:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("")
    lines = [f"{name},," for name in (*files, f"{record.name}/METADATA")]
    (record / "RECORD").write_text("\n".join(lines))


def test_finds_a_python_package_by_its_import_name(root: Path, site: Path) -> None:
    install(site, "PyYAML", "yaml/__init__.py", "_yaml/__init__.py", "yaml/loader.py")
    assert package_folder("yaml", root) == site / "yaml"


@pytest.mark.parametrize("name", ["PyYAML", "pyyaml", "Py-YAML", "py_yaml"])
def test_finds_a_python_package_by_the_name_of_its_distribution(
    root: Path, site: Path, name: str
) -> None:
    distribution = "PyYAML" if "-" not in name and "_" not in name else "py-yaml"
    install(site, distribution, "_yaml/__init__.py", "yaml/__init__.py", "yaml/loader.py")
    assert package_folder(name, root) == site / "yaml"


def test_finds_part_of_a_package(root: Path, site: Path) -> None:
    install(site, "google-cloud", "google/cloud/storage/__init__.py")
    assert package_folder("google.cloud", root) == site / "google" / "cloud"


def test_finds_an_npm_package_from_a_folder_below(root: Path) -> None:
    modules = root / "node_modules"
    for name in ("lodash", "@scope/name"):
        (modules / name).mkdir(parents=True)
        (modules / name / "package.json").write_text(json.dumps({"name": name}))
    below = root / "src" / "deep"
    below.mkdir(parents=True)
    assert package_folder("lodash", below) == modules / "lodash"
    assert package_folder("@scope/name", below) == modules / "@scope" / "name"


def test_the_nearest_package_wins(root: Path, site: Path) -> None:
    install(site, "thing", "thing/__init__.py")
    nearer = root / "app" / "node_modules" / "thing"
    nearer.mkdir(parents=True)
    assert package_folder("thing", root) == site / "thing"
    assert package_folder("thing", root / "app") == nearer


def test_the_active_environment_counts(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "active" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    install(site, "thing", "thing/__init__.py")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert package_folder("thing", root) == site / "thing"


def test_finds_what_runs_diglot_and_the_standard_library(root: Path) -> None:
    assert package_folder("numpy", root).name == "numpy"
    assert package_folder("email", root).name == "email"


def test_an_unknown_package_is_an_error_that_says_where_it_looked(root: Path, site: Path) -> None:
    with pytest.raises(InputError, match="'nothing-like-it' is not installed; looked in") as error:
        package_folder("nothing-like-it", root)
    assert str(site) in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../secret",
        "a/../../secret",
        "@scope/../../secret",
        "a\\..\\..\\secret",
        "/etc",
        "./secret",
        "~/secret",
        "secret\0",
        "a//../..//secret",
        "C:/secret",
        "x" * 5000,
        "\udc80",
    ],
)
def test_a_name_leads_nowhere_but_to_a_package(root: Path, site: Path, name: str) -> None:
    for folder in (root / "secret", site.parent / "secret", root.parent / "secret"):
        folder.mkdir()
    (root / "node_modules").mkdir()
    with pytest.raises(InputError, match="package"):
        package_folder(name, root)


@pytest.mark.parametrize("name", ["thing", "Thing"])
def test_damaged_records_are_no_obstacle(root: Path, site: Path, name: str) -> None:
    (site / "broken-1.0.dist-info").mkdir()
    (site / "other-1.0.dist-info").mkdir()
    (site / "other-1.0.dist-info" / "METADATA").write_bytes(b"\xff\xfe\x00")
    install(site, "Thing", "things/__init__.py", "things/a.py")
    assert package_folder(name, root) == site / "things"
