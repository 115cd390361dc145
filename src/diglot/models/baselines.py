"""The four baselines of CodeSearchNet (Husain et al. 2019, 1909.09436, section 4).

A query encoder and one encoder for each programming language turn tokens into vectors of 128
components. Unlike in the paper's code, all of them share one vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

import torch
from safetensors.torch import save_file
from torch import nn

from diglot.documents import parse_json
from diglot.errors import InputError, ModelError
from diglot.models.baseline_encoders import DIMENSION, ENCODERS, Kind
from diglot.models.settings import read_table
from diglot.models.weights import read_weights
from diglot.models.writing import replacing_folder, save_tokenizer, write_json
from diglot.tokenizer import CodeTokenizer

__all__ = ["Baseline", "BaselineSettings", "Kind", "load_baseline"]

MODEL_TYPE = "diglot-codesearchnet"
"""What config.json of such a folder begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSettings:
    """What a baseline is: the `model` table of its recipe."""

    architecture: Kind
    """Of the code encoders, and of the query encoder too unless that is given."""
    query: Kind | None = None
    """Of the query encoder; the paper's SelfAtt + NBoW has `selfatt` here, `nbow` for code."""
    languages: tuple[str, ...] = ()
    """One code encoder for each; none for a single one that reads all."""
    length: int = 200
    """Tokens of the longest sequence (the paper: code 200, queries 30)."""
    dropout: float = 0.1
    """Of embedding tables' cells and of convolutions' outputs."""

    def __post_init__(self) -> None:
        kinds = get_args(Kind)
        for name, kind in (("architecture", self.architecture), ("query", self.query)):
            if kind not in kinds and (name, kind) != ("query", None):
                raise InputError(f"model.{name}: {kind!r}, accepted are {', '.join(kinds)}")
        if len(set(self.languages)) < len(self.languages):
            raise InputError("model.languages: a language is named twice")
        if self.length < 1:
            raise InputError(f"model.length: {self.length}, accepted is 1 or more")
        if not 0 <= self.dropout < 1:
            raise InputError(f"model.dropout: {self.dropout}, accepted is 0 to below 1")

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> BaselineSettings:
        """Take a recipe's table, or a folder's record.

        Raises:
            InputError: A key is unknown, a value of the wrong type or out of range.
        """
        return read_table(cls, table)


class Baseline(nn.Module):
    """A query encoder and one encoder for each language, or one for all code.

    New weights are drawn from torch's global generator: seed it first.

    Args:
        vocabulary: tokens of the tokenizer.
        settings: kind, languages, length, dropout.
    """

    def __init__(self, vocabulary: int, settings: BaselineSettings) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary
        self.settings = settings
        sizes = vocabulary, settings.length, settings.dropout
        self.query = ENCODERS[settings.query or settings.architecture](*sizes)
        make = ENCODERS[settings.architecture]
        self.code = nn.ModuleList(make(*sizes) for _ in settings.languages or ("all",))

    @property
    def width(self) -> int:
        """Components of a vector."""
        return DIMENSION

    def vectors(
        self,
        ids: torch.Tensor,
        lengths: torch.Tensor | None,
        *,
        modality: int = 0,
        factors: torch.Tensor | None = None,
        languages: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Make vectors of sequences, not normalised.

        Args:
            ids: (B, L) int64, tokens.
            lengths: (B,) int64, tokens of each row before padding; None if none is padded.
            modality: 0 if all rows are text, 1 if all are code.
            factors: not used: these encoders weigh tokens themselves.
            languages: (B,) int64, for code, the place of each row's language in
                `settings.languages`.

        Returns:
            (B, 128); zeros for an empty row.

        Raises:
            InputError: The sequences are too long, or code comes without its languages.
        """
        if ids.shape[1] > self.settings.length:
            raise InputError(
                f"a sequence of {ids.shape[1]} tokens; the model reads {self.settings.length}"
            )
        if lengths is None:
            lengths = torch.full((len(ids),), ids.shape[1], device=ids.device)
        if modality == 0:
            return cast(torch.Tensor, self.query(ids, lengths))
        if len(self.code) == 1:
            return cast(torch.Tensor, self.code[0](ids, lengths))
        if languages is None:
            raise InputError("a baseline with one encoder by language needs each row's language")
        result = torch.zeros(len(ids), DIMENSION, dtype=torch.float32, device=ids.device)
        for number, encoder in enumerate(self.code):
            rows = (languages == number).nonzero().squeeze(1)
            if len(rows):
                vectors = encoder(ids[rows], lengths[rows])
                result = result.index_copy(0, rows, vectors.to(result.dtype))
        return result

    def save(self, folder: Path | str, tokenizer: CodeTokenizer, card: str = "") -> None:
        """Write config.json, model.safetensors, the tokenizer and README.md, all or nothing.

        Raises:
            InputError: The folder holds something that is no model.
        """
        record = {"model_type": MODEL_TYPE, "vocabulary": self.vocabulary_size}
        with replacing_folder(folder) as new:
            settings = {
                key: value for key, value in asdict(self.settings).items() if value is not None
            }
            write_json(new / "config.json", record | settings)
            save_file(self.state_dict(), new / "model.safetensors")
            save_tokenizer(tokenizer, new, self.settings.length)
            if card:
                (new / "README.md").write_text(card, "utf-8", newline="\n")


def load_baseline(folder: Path | str) -> Baseline:
    """Load a baseline from its folder.

    Raises:
        ModelError: The folder does not hold one, or it cannot be read.
    """
    folder = Path(folder)
    try:
        record = parse_json((folder / "config.json").read_bytes())
        if record.pop("model_type", None) != MODEL_TYPE:
            raise ModelError(f"{folder / 'config.json'}: not a baseline of CodeSearchNet")
        model = Baseline(record.pop("vocabulary"), BaselineSettings.of(record))
        model.load_state_dict(read_weights(folder / "model.safetensors"))
    except (OSError, ValueError, KeyError, RuntimeError, InputError) as error:
        raise ModelError(f"{folder}: not a readable baseline ({error})") from error
    return model
