"""The model folders that diglot can load, recognised by their files.

- diglot's own: `config.json` has a `diglot` section that says what the folder is, with the size
  and SHA-256 of every other file, so the key of its content is known without reading them;
- model2vec's: `config.json`, `model.safetensors` with a tensor `embeddings`, `tokenizer.json`;
- sentence-transformers' ONNX export: `model.onnx` or `onnx/model.onnx`, `tokenizer.json`, and JSON
  files that give pooling, length and prompts.

The last two are hashed in full. Nothing in a folder is ever executed or unpickled: other files,
`pytorch_model.bin` and Python sources among them, are not opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from diglot.documents import parse_json
from diglot.errors import ModelError
from diglot.models.folder import ModelFolder, Pooling, content_key, file_hash
from diglot.models.tensors import read_tensors

_LARGEST = 1 << 20
"""Components of a vector, and tokens of a text: far more than any model has."""

FORMAT = 1
"""Version of the `diglot` section."""

_Json = TypeVar("_Json", dict[str, Any], list[Any])
_ONNX_FILES = ("onnx/model.onnx", "model.onnx")
_MODULES = ("Transformer", "Pooling", "Normalize")
"""Parts of a sentence-transformers pipeline that are understood."""


def read_folder(name: str, path: Path) -> ModelFolder:
    """Describe the model in a folder.

    Args:
        name: What to call it.
        path: The folder.

    Raises:
        ModelError: It is in none of the layouts above, or a file is missing or unreadable.
    """
    config = _read_json(path / "config.json", {})
    if not (path / "tokenizer.json").is_file():
        raise ModelError(f"{path / 'tokenizer.json'}: missing, every model folder holds one")
    if "diglot" in config:
        return _diglot(name, path, config["diglot"])
    for weights in _ONNX_FILES:
        if (path / weights).is_file():
            return _sentence_transformers(name, path, config, weights)
    return _model2vec(name, path)


def _diglot(name: str, path: Path, section: object) -> ModelFolder:
    where = path / "config.json"
    if not isinstance(section, dict) or section.get("format") != FORMAT:
        raise ModelError(f"{where}: its diglot section is not of format {FORMAT}")
    if section.get("kind") not in ("static", "onnx"):
        raise ModelError(f"{where}: kind {section.get('kind')!r}, accepted are static and onnx")
    try:
        files = {
            file: (entry["sha256"], entry["bytes"]) for file, entry in section["files"].items()
        }
        options = ("pooling", "max_tokens", "query_prefix", "code_prefix")
        folder = ModelFolder(
            name=name,
            path=path,
            kind=section["kind"],
            dimension=section["dimension"],
            key=file_hash(where)[:16],
            size_bytes=sum(size for _, size in files.values()),
            weights=section["weights"],
            recorded={file: digest for file, (digest, _) in files.items()},
            **{option: section[option] for option in options if option in section},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{where}: its diglot section is incomplete ({error!r})") from error
    if folder.weights not in files:
        raise ModelError(f"{where}: weights {folder.weights!r} are not among its files")
    _check_settings(where, folder)
    for file, (_, size) in files.items():
        found = _size(path / file)
        if found != size:
            raise ModelError(f"{path / file}: {found} bytes found, {size} recorded in config.json")
    return folder


def _check_settings(where: Path, folder: ModelFolder) -> None:
    for name in ("dimension", "max_tokens"):
        value = getattr(folder, name)
        if not isinstance(value, int) or not 0 < value <= _LARGEST:
            raise ModelError(f"{where}: {name} {value!r}, accepted are 1 to {_LARGEST}")
    for name in ("query_prefix", "code_prefix"):
        if not isinstance(getattr(folder, name), str):
            raise ModelError(f"{where}: {name} {getattr(folder, name)!r}, accepted is text")


def _size(path: Path) -> int:
    """Bytes of a file, 0 if there is none; a name that no file can have is none."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except (OSError, ValueError):
        return 0


def _model2vec(name: str, path: Path) -> ModelFolder:
    weights = "model.safetensors"
    if not (path / weights).is_file():
        raise ModelError(f"{path}: holds none of {', '.join((weights, *_ONNX_FILES))}")
    table = read_tensors(path / weights).get("embeddings")
    if table is None or table.ndim != 2:
        raise ModelError(
            f"{path / weights}: not a static table (no tensor `embeddings`); a transformer has to "
            "be exported to ONNX first"
        )
    files = ("config.json", weights, "tokenizer.json")
    return ModelFolder(
        name=name,
        path=path,
        kind="static",
        dimension=table.shape[1],
        key=content_key(path, files),
        size_bytes=sum((path / file).stat().st_size for file in files),
        weights=weights,
    )


def _sentence_transformers(
    name: str, path: Path, config: dict[str, Any], weights: str
) -> ModelFolder:
    for module in _read_json(path / "modules.json", []):
        kind = str(module.get("type")).rpartition(".")[2]
        if kind not in _MODULES:
            raise ModelError(
                f"{path / 'modules.json'}: module {kind}, accepted are {', '.join(_MODULES)}"
            )
    pooling = _read_json(path / "1_Pooling/config.json", {"pooling_mode_mean_tokens": True})
    limits = _read_json(path / "sentence_bert_config.json", {})
    prompts = _read_json(path / "config_sentence_transformers.json", {}).get("prompts") or {}
    settings = ("1_Pooling/config.json", "sentence_bert_config.json", f"{weights}_data")
    files = ["config.json", weights, "tokenizer.json"]
    files += [file for file in settings if (path / file).is_file()]
    try:
        return ModelFolder(
            name=name,
            path=path,
            kind="onnx",
            dimension=int(config["hidden_size"]),
            key=content_key(path, files),
            size_bytes=sum((path / file).stat().st_size for file in files),
            weights=weights,
            pooling=_pooling(path, pooling),
            max_tokens=int(limits.get("max_seq_length") or config["max_position_embeddings"]),
            query_prefix=prompts.get("query", ""),
            code_prefix=prompts.get("document", ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{path}: its settings are incomplete ({error!r})") from error


def _pooling(path: Path, settings: dict[str, Any]) -> Pooling:
    """Read one of sentence-transformers' two ways to name a pooling."""
    named = {settings.get("pooling_mode")} | {
        key for key, value in settings.items() if value is True
    }
    if named & {"mean", "pooling_mode_mean_tokens"}:
        return "mean"
    if named & {"cls", "pooling_mode_cls_token"}:
        return "cls"
    raise ModelError(f"{path / '1_Pooling/config.json'}: pooling is neither mean nor cls")


def _read_json(path: Path, default: _Json) -> _Json:
    """Return the content of a JSON file, or `default` if there is none.

    Raises:
        ModelError: It is not JSON, or of another type than `default`.
    """
    try:
        value = parse_json(path.read_bytes())
    except FileNotFoundError:
        return default
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: not readable as JSON ({error})") from error
    if not isinstance(value, type(default)):
        raise ModelError(f"{path}: holds a {type(value).__name__}, not a {type(default).__name__}")
    return value
