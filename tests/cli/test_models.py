from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from diglot.models import resolve_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the static model."""
    return Path(shutil.copytree(resolve_model("static").path, tmp_path / "my-model"))


def test_list_names_the_models_that_come_with_diglot(run) -> None:
    result = run("models", "list")
    assert (result.code, result.err) == (0, "")
    assert [line.split()[0] for line in result.out.splitlines()] == ["encoder", "static"]
    assert all(" dimensions " in line and " MB" in line for line in result.out.splitlines())


def test_the_group_alone_lists(run) -> None:
    assert run("models") == run("models", "list")


def test_list_as_json(run) -> None:
    document = json.loads(run("models", "list", "--json").out)
    assert document["schema"] == 1
    encoder, static = document["models"]
    assert (encoder["name"], encoder["kind"]) == ("encoder", "onnx")
    assert (static["name"], static["kind"]) == ("static", "static")
    assert list(static) == ["name", "kind", "dimension", "size_bytes", "key"]
    assert static["size_bytes"] > 1_000_000


def test_show_tells_card_and_key(run) -> None:
    result = run("models", "show", "static")
    assert (result.code, result.err) == (0, "")
    model = resolve_model("static")
    assert f"{model.key} (files are as recorded)" in result.out
    assert result.out.endswith(f"\n\n{model.card}\n")
    assert model.card.strip()


def test_show_takes_a_folder(run, folder: Path) -> None:
    result = run("models", "show", str(folder))
    assert result.code == 0
    assert f"folder     {folder}\n" in result.out


def test_show_refuses_a_model_whose_files_were_changed(run, folder: Path) -> None:
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        byte = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([byte ^ 1]))
    result = run("models", "show", str(folder))
    assert (result.code, result.out) == (2, "")
    assert "model.safetensors" in result.err
    assert result.err.count("\n") == 1


def test_a_search_takes_a_model_folder(project, run, folder: Path) -> None:
    options = ("search", "parse_memory", "--rank", "fast", "-k", "1")
    result = run(*options, "--model", str(folder), "--json")
    assert result.code == 0
    document = json.loads(result.out)
    assert document["index"]["model"] == str(folder)
    assert document["hits"][0]["symbol"] == "parse_memory"
