"""A tokenizer as diglot uses it, and the folder it lies in.

The folder is one that `transformers.AutoTokenizer` reads; diglot itself needs only `tokenizers`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from diglot.documents import parse_json
from diglot.errors import InputError, MissingExtraError
from diglot.hub import only_local
from diglot.paths import is_file
from diglot.tokenizer.marks import MARKS

TOKENIZER = "tokenizer.json"
CONFIG = "tokenizer_config.json"
SPECIAL_TOKENS = "special_tokens_map.json"
PROVENANCE = "provenance.json"


@dataclass(frozen=True)
class CodeTokenizer:
    """A tokenizer, and how its vocabulary writes the marks.

    A text never produces a mark: `<mask>` in a text is read letter by letter.
    """

    name: str
    """Where it is from, for messages."""
    backend: Tokenizer
    written: Mapping[str, str]
    """Mark -> the token that plays its part: `<s>` is `[CLS]` for BERT."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """What it was trained on, if diglot trained it."""

    @property
    def size(self) -> int:
        """How many tokens there are, marks included: rows of an embedding."""
        return int(self.backend.get_vocab_size(with_added_tokens=True))

    @cached_property
    def special_ids(self) -> frozenset[int]:
        """Ids of all marks, and of what else a text never produces."""
        added = self.backend.get_added_tokens_decoder()
        return frozenset(number for number, token in added.items() if token.special)

    def mark_id(self, mark: str) -> int:
        """Return the id of a mark.

        Raises:
            InputError: The vocabulary has no such mark.
        """
        if mark not in self.written:
            raise InputError(
                f"tokenizer {self.name} has no mark {mark}: "
                "add it with diglot.tokenizer.adapt_tokenizer, or train one with "
                "`diglot tokenizer train`"
            )
        number = self.backend.token_to_id(self.written[mark])
        assert number is not None  # `written` holds tokens of this vocabulary only
        return int(number)

    def save(self, folder: Path | str) -> None:
        """Write the folder's files, each at once or not at all.

        Args:
            folder: made if it is not there; other files in it are left alone.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            setting: self.written[mark.token]
            for mark in MARKS
            if mark.token in self.written
            for setting in mark.settings
        }
        config = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "clean_up_tokenization_spaces": False,
            **settings,
        }
        files = {CONFIG: _json(config), SPECIAL_TOKENS: _json(settings)}
        if self.provenance:
            files[PROVENANCE] = _json(self.provenance)
        files[TOKENIZER] = self.backend.to_str(pretty=True)  # last: it makes the folder one
        for name, content in files.items():
            temporary = folder / f".{name}.{os.getpid()}"
            temporary.write_text(content, "utf-8", newline="\n")
            temporary.replace(folder / name)


def load_tokenizer(name_or_folder: Path | str) -> CodeTokenizer:
    """Load a tokenizer.

    Args:
        name_or_folder: a folder with a `tokenizer.json`; else whatever
            `transformers.AutoTokenizer` takes, the name of a model on the hub for one.

    Raises:
        InputError: There is none, or it cannot be read.
        MissingExtraError: It takes `transformers`, which is not installed.
    """
    folder = Path(name_or_folder).expanduser()
    if not is_file(folder / TOKENIZER):
        return _from_transformers(str(name_or_folder))
    try:
        backend = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # the library raises bare Exception
        raise InputError(f"{folder / TOKENIZER}: not a readable tokenizer ({error})") from error
    return wrap(
        backend,
        name=str(name_or_folder),
        settings=_read_json(folder / CONFIG),
        provenance=_read_json(folder / PROVENANCE),
    )


def wrap(
    backend: Tokenizer,
    *,
    name: str,
    settings: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> CodeTokenizer:
    """Take a tokenizer of the `tokenizers` library as it is.

    Args:
        backend: from now on it neither pads nor truncates, and reads marks in a text as text.
        name: for messages.
        settings: which token plays which part, as in `tokenizer_config.json`.
        provenance: what it was trained on.
    """
    backend.no_padding()
    backend.no_truncation()
    backend.encode_special_tokens = True
    known = {token.content for token in backend.get_added_tokens_decoder().values()}
    written = {}
    for mark in MARKS:
        configured = (_content((settings or {}).get(setting)) for setting in mark.settings)
        candidates = [token for token in configured if token] + [mark.token, *mark.aliases]
        token = next((token for token in candidates if token in known), None)
        if token is not None:
            written[mark.token] = token
    return CodeTokenizer(name, backend, written, provenance or {})


def _from_transformers(name: str) -> CodeTokenizer:
    """Load what `tokenizers` alone cannot: hub names, and folders without `tokenizer.json`."""
    if is_file(Path(name)):
        raise InputError(f"{name} is a file; a tokenizer is a folder with {TOKENIZER}")
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise MissingExtraError(
            f"{name} is no folder with a {TOKENIZER}; names of the hub and folders of other kinds "
            "need transformers: pip install 'diglot[train]'"
        ) from error
    try:
        loaded = AutoTokenizer.from_pretrained(
            name, use_fast=True, trust_remote_code=False, local_files_only=only_local(name)
        )
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(
            f"no tokenizer {name!r}: accepted are a folder with {TOKENIZER} and a name that "
            f"transformers knows ({reason})"
        ) from error
    if not getattr(loaded, "is_fast", False):
        raise InputError(f"tokenizer {name!r} has no form that the tokenizers library can run")
    backend = Tokenizer.from_str(loaded.backend_tokenizer.to_str())
    return wrap(backend, name=name, settings=loaded.special_tokens_map)


def _content(setting: object) -> str | None:
    """A token as `tokenizer_config.json` has it: a string, or a record with one."""
    if isinstance(setting, Mapping):
        setting = setting.get("content")
    return setting if isinstance(setting, str) else None


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = parse_json(path.read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: not readable as JSON ({error})") from error
    return content if isinstance(content, dict) else {}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
