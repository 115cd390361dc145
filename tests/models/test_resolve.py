from __future__ import annotations

from pathlib import Path

import pytest

from diglot.errors import ModelError
from diglot.models import list_models, resolve_model


def test_the_package_holds_two_models():
    assert [(m.name, m.kind, m.dimension) for m in list_models()] == [
        ("encoder", "onnx", 384),
        ("static", "static", 256),
    ]


def test_default_is_the_encoder():
    assert resolve_model("default") == resolve_model("encoder")


@pytest.mark.parametrize("name", ["static", "encoder"])
def test_shipped_models_are_what_they_record(name: str):
    folder = resolve_model(name)
    folder.verify()
    assert set(folder.recorded) == {folder.weights, "tokenizer.json"}
    assert folder.size_bytes == sum((folder.path / file).stat().st_size for file in folder.recorded)
    assert folder.card.startswith("# ")


@pytest.mark.parametrize(("name", "limit"), [("static", 10e6), ("encoder", 25e6)])
def test_shipped_models_are_small(name: str, limit: float):
    assert resolve_model(name).size_bytes <= limit


@pytest.mark.parametrize("name", ["statik", "", "no/such/folder", "../static", "static/"])
def test_an_unknown_name_is_named_with_what_is_accepted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as caught:
        resolve_model(name)
    assert repr(name) in str(caught.value)
    for accepted in ("default", "encoder", "static", "folder"):
        assert accepted in str(caught.value)


def test_a_file_is_no_model(tmp_path: Path):
    (tmp_path / "model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"model\.bin"):
        resolve_model(str(tmp_path / "model.bin"))


def test_a_name_wins_over_a_folder_and_a_dot_means_the_folder(
    static_copy: Path, monkeypatch: pytest.MonkeyPatch
):
    static_copy.rename(static_copy.with_name("static"))
    monkeypatch.chdir(static_copy.parent)
    assert resolve_model("static").path == resolve_model("default").path.with_name("static")
    assert resolve_model("./static").path == Path("static")


def test_a_copy_has_the_key_of_the_original(static_copy: Path):
    copy = resolve_model(str(static_copy))
    assert copy.key == resolve_model("static").key
    assert copy.name == str(static_copy)
