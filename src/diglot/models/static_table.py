"""The static encoder as a model to be trained: a vector of each word piece, and a weight.

A text's vector is the sum of its pieces' vectors, each times the piece's weight and a factor that
damps repetitions; scaled to length 1 where vectors are compared. Trained, the table is written in
model2vec's format, with weights folded into vectors: `diglot.inference.static` reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from diglot.errors import InputError, ModelError
from diglot.models.folder import ModelFolder
from diglot.models.layouts import FORMAT
from diglot.models.tensors import read_tensors
from diglot.models.writing import replacing_folder, write_json
from diglot.tokenizer import CodeTokenizer

Precision = Literal["int8", "float16", "float32"]
"""How components are stored; int8 has a scale for each row."""

_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_Array: TypeAlias = "NDArray[np.floating] | NDArray[np.int8]"


class StaticTable(nn.Module):
    """A table of word pieces.

    Args:
        rows: (pieces, width) float32, the vector of each piece.
        unknown: id of the piece that stands for the unknown, which adds nothing; -1 if there is
            none.
    """

    def __init__(self, rows: torch.Tensor, unknown: int = -1) -> None:
        super().__init__()
        self.rows = nn.Parameter(rows.float().clone())
        self.weights = nn.Parameter(torch.ones(len(rows)))
        self.unknown = unknown

    @property
    def width(self) -> int:
        """Components of a vector."""
        return int(self.rows.shape[1])

    @property
    def vocabulary_size(self) -> int:
        """Rows of the table."""
        return int(self.rows.shape[0])

    def vectors(
        self,
        ids: torch.Tensor,
        lengths: torch.Tensor | None,
        *,
        modality: int = 0,
        factors: torch.Tensor | None = None,
        languages: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Make vectors of texts, not normalised.

        Args:
            ids: (B, L) int64, pieces.
            lengths: (B,) int64, pieces of each row before padding; None if none is padded.
            modality: not used: text and code are read alike.
            factors: (B, L) float32, how much each piece counts; 1 if None.
            languages: not used.

        Returns:
            (B, width); zeros for a row without known pieces.
        """
        counted = ids != self.unknown
        if lengths is not None:
            counted &= torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
        used = ids[counted]
        weights = self.weights[used]
        if factors is not None:
            weights = weights * factors[counted]
        ends = counted.sum(1).cumsum(0)
        starts = functional.pad(ends[:-1], (1, 0))
        return functional.embedding_bag(
            used, self.rows, starts, mode="sum", per_sample_weights=weights
        )

    forward = vectors

    def folded(self) -> NDArray[np.float32]:
        """Rows times weights, (pieces, width); zeros for the unknown."""
        table: NDArray[np.float32] = (self.rows * self.weights[:, None]).detach().cpu().numpy()
        if self.unknown >= 0:
            table[self.unknown] = 0
        return table

    def save(
        self,
        folder: Path | str,
        tokenizer: CodeTokenizer,
        card: str = "",
        precision: Precision = "int8",
    ) -> None:
        """Write a folder that diglot searches with and model2vec loads, all or nothing.

        With int8 a component is off by at most 1/254 of its row's largest; with float16 by 1/2048
        of itself.

        Args:
            folder: where; a model there is replaced.
            tokenizer: of the table's pieces.
            card: text of card.md.
            precision: how components are stored.

        Raises:
            InputError: The folder holds something that is no model, or there is no such precision.
            ModelError: Tokenizer and table do not fit each other, or a component is not a number.
        """
        from safetensors.numpy import save as serialised

        if precision not in get_args(Precision):
            accepted = ", ".join(get_args(Precision))
            raise InputError(f"precision: {precision!r}, accepted are {accepted}")
        check_size(tokenizer, self.vocabulary_size)
        tensors = stored(self.folded(), precision)
        files = {
            _WEIGHTS: serialised(tensors),
            _TOKENIZER: tokenizer.backend.to_str(pretty=False).encode(),
        }
        with replacing_folder(folder) as new:
            for name, content in files.items():
                (new / name).write_bytes(content)
            if card:
                (new / "card.md").write_text(card, "utf-8", newline="\n")
            write_json(new / "config.json", self._config(files, precision))

    def _config(self, files: Mapping[str, bytes], precision: Precision) -> dict[str, object]:
        recorded = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        }
        return {
            "model_type": "model2vec",
            "normalize": True,
            "embedding_dtype": precision,
            "diglot": {
                "format": FORMAT,
                "kind": "static",
                "dimension": self.width,
                "weights": _WEIGHTS,
                "files": recorded,
            },
        }


def new_static_table(tokenizer: CodeTokenizer, width: int) -> StaticTable:
    """Make a table of random vectors, of about length 1, from torch's global generator."""
    rows = torch.randn(tokenizer.size, width) / width**0.5
    return StaticTable(rows, unknown_piece(tokenizer))


def load_static_table(folder: ModelFolder, tokenizer: CodeTokenizer) -> StaticTable:
    """Make a table from a static model, the shipped one or any in model2vec's format.

    Args:
        folder: of kind `static`.
        tokenizer: of that folder.

    Raises:
        ModelError: The folder is of another kind, unreadable, or of another tokenizer.
    """
    if folder.kind != "static":
        raise ModelError(f"{folder.path}: a model of kind {folder.kind}, accepted is static")
    tensors = read_tensors(folder.path / folder.weights)
    if "embeddings" not in tensors:
        raise ModelError(f"{folder.path / folder.weights}: no tensor `embeddings`")
    rows = tensors["embeddings"]
    if "mapping" in tensors:  # pieces that share a row have one each from here on
        rows = rows[tensors["mapping"]]
    rows = rows.astype(np.float32)
    if "weights" in tensors:
        rows *= tensors["weights"][:, None].astype(np.float32)
    check_size(tokenizer, len(rows))
    return StaticTable(torch.from_numpy(rows), unknown_piece(tokenizer))


def stored(table: NDArray[np.float32], precision: Precision) -> dict[str, _Array]:
    """Return the tensors of a table as they are stored.

    Raises:
        ModelError: A component is not a number, or too large for the precision.
    """
    largest = np.finfo("float32" if precision == "int8" else precision).max
    if not (np.abs(table) <= largest).all():
        raise ModelError(f"the table holds components that {precision} cannot")
    if precision != "int8":
        return {"embeddings": table.astype(precision)}
    scales = np.abs(table).max(axis=1) / np.float32(127)
    rows = np.rint(table / np.where(scales > 0, scales, 1)[:, None])
    return {"embeddings": rows.astype(np.int8), "weights": scales}


def unknown_piece(tokenizer: CodeTokenizer) -> int:
    """Return the id of the piece that stands for the unknown; -1 if there is none."""
    token = getattr(tokenizer.backend.model, "unk_token", None)
    if token is None:
        number = json.loads(tokenizer.backend.to_str())["model"].get("unk_id")
    else:
        number = tokenizer.backend.token_to_id(token)
    return -1 if number is None else int(number)


def check_size(tokenizer: CodeTokenizer, pieces: int) -> None:
    """Compare a tokenizer with the rows of a table.

    Raises:
        ModelError: They are not as many.
    """
    if tokenizer.size != pieces:
        raise ModelError(
            f"tokenizer {tokenizer.name} has {tokenizer.size} pieces, the table {pieces}"
        )
