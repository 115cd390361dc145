from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from diglot.errors import ModelError
from diglot.inference import load_encoder
from diglot.models import resolve_model


def edit_config(folder: Path, **changes: object) -> None:
    """Change keys of the `diglot` section; None removes one."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["diglot"] = {
        key: value for key, value in {**config["diglot"], **changes}.items() if value is not None
    }
    path.write_text(json.dumps(config))


def as_model2vec(folder: Path) -> Path:
    (folder / "config.json").write_text('{"model_type": "model2vec", "normalize": true}')
    return folder


def as_sentence_transformers(folder: Path, **files: Any) -> Path:
    """Lay the shipped encoder out as sentence-transformers' ONNX export does."""
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx/model.onnx")
    (folder / "config.json").write_text('{"hidden_size": 384, "max_position_embeddings": 512}')
    for name, content in files.items():
        path = folder / {"pooling": "1_Pooling/config"}.get(name, name)
        path.parent.mkdir(exist_ok=True)
        path.with_name(path.name + ".json").write_text(json.dumps(content))
    return folder


def test_a_changed_byte_is_found_by_verify(static_copy: Path):
    path = static_copy / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    folder = resolve_model(str(static_copy))
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        folder.verify()


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_a_file_of_another_size_is_found_at_once(static_copy: Path, file: str):
    path = static_copy / file
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match=file):
        resolve_model(str(static_copy))


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(static_copy: Path, file: str):
    (static_copy / file).unlink()
    with pytest.raises(ModelError, match=file):
        resolve_model(str(static_copy))


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "\x00"])
def test_an_unreadable_config_is_named(static_copy: Path, content: str):
    (static_copy / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config\.json"):
        resolve_model(str(static_copy))


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"format": None},
        {"kind": "torch"},
        {"kind": None},
        {"files": None},
        {"files": []},
        {"files": {"model.safetensors": {}}},
        {"dimension": None},
        {"weights": None},
    ],
)
def test_a_section_that_cannot_be_read_is_named(static_copy: Path, changes: dict[str, object]):
    edit_config(static_copy, **changes)
    with pytest.raises(ModelError, match=r"config\.json"):
        resolve_model(str(static_copy))


def test_a_model2vec_folder_is_recognised(static_copy: Path):
    folder = resolve_model(str(as_model2vec(static_copy)))
    assert (folder.kind, folder.dimension, folder.recorded) == ("static", 256, {})
    folder.verify()


def test_the_key_of_a_foreign_folder_follows_its_content(static_copy: Path, tmp_path: Path):
    before = resolve_model(str(as_model2vec(static_copy))).key
    other = Path(shutil.copytree(static_copy, tmp_path / "other"))
    assert resolve_model(str(other)).key == before
    tensors = load_file(other / "model.safetensors")
    tensors["embeddings"][5000, 0] ^= 1
    save_file(tensors, other / "model.safetensors")
    assert resolve_model(str(other)).key != before


def test_a_transformer_without_onnx_is_refused(static_copy: Path):
    save_file({"encoder.weight": np.zeros((2, 2))}, static_copy / "model.safetensors")
    with pytest.raises(ModelError, match="exported to ONNX"):
        resolve_model(str(as_model2vec(static_copy)))


def test_an_empty_folder_is_named(tmp_path: Path):
    with pytest.raises(ModelError, match=str(tmp_path)):
        resolve_model(str(tmp_path))


def test_a_sentence_transformers_onnx_folder_is_recognised(encoder_copy: Path):
    folder = as_sentence_transformers(
        encoder_copy,
        modules=[{"type": f"sentence_transformers.models.{m}"} for m in ("Transformer", "Pooling")],
        pooling={"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
        sentence_bert_config={"max_seq_length": 64},
        config_sentence_transformers={"prompts": {"query": "query: ", "document": "passage: "}},
    )
    found = resolve_model(str(folder))
    assert (found.kind, found.dimension, found.weights) == ("onnx", 384, "onnx/model.onnx")
    assert (found.pooling, found.max_tokens) == ("cls", 64)
    assert (found.query_prefix, found.code_prefix) == ("query: ", "passage: ")


def test_defaults_of_a_bare_onnx_folder(encoder_copy: Path):
    found = resolve_model(str(as_sentence_transformers(encoder_copy)))
    assert (found.pooling, found.max_tokens) == ("mean", 512)
    assert (found.query_prefix, found.code_prefix) == ("", "")


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"modules": [{"type": "sentence_transformers.models.Dense"}]}, "Dense"),
        ({"pooling": {"pooling_mode_lasttoken": True}}, "1_Pooling"),
        ({"pooling": {"pooling_mode": "lasttoken"}}, "1_Pooling"),
        ({"sentence_bert_config": {"max_seq_length": "many"}}, "settings"),
        ({"config_sentence_transformers": []}, "config_sentence_transformers"),
    ],
)
def test_settings_that_are_not_understood_are_refused(
    encoder_copy: Path, files: dict[str, Any], named: str
):
    with pytest.raises(ModelError, match=named):
        resolve_model(str(as_sentence_transformers(encoder_copy, **files)))


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_code_and_pickles_in_a_folder_are_never_run(static_copy: Path, tmp_path: Path):
    sprung = tmp_path / "sprung"
    pickle.loads(pickle.dumps(Trap(sprung)))
    assert sprung.exists()  # the trap works
    sprung.unlink()
    for name in ("pytorch_model.bin", "model.pkl", "training_args.bin", "tokenizer.pkl"):
        (static_copy / name).write_bytes(pickle.dumps(Trap(sprung)))
    code = f"import pathlib\npathlib.Path({str(sprung)!r}).touch()\n"
    for name in ("modeling_custom.py", "__init__.py", "conftest.py", "config.py"):
        (static_copy / name).write_text(code)
    as_model2vec(static_copy)
    config = json.loads((static_copy / "config.json").read_text())
    config |= {"auto_map": {"AutoModel": "modeling_custom.Model"}, "trust_remote_code": True}
    (static_copy / "config.json").write_text(json.dumps(config))
    load_encoder(str(static_copy)).encode_queries(["run me"])
    assert not sprung.exists()
