"""The view of labelled texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diglot.objectives.base import Example, Tokens
from diglot.training.files import read_labelled
from diglot.training.reading import Reading
from diglot.training.recipe import DataRecipe

if TYPE_CHECKING:
    from diglot.corpus.schema import Split

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Labelled:
    """Texts of a JSONL file with a class each, bare."""

    parts: tuple[tuple[Tokens, ...], ...]
    labels: tuple[int, ...]
    lengths: Numbers
    languages: Numbers

    @classmethod
    def open(
        cls, data: DataRecipe, reading: Reading, split: Split, seed: int, causal: bool
    ) -> Labelled:
        """Read the file of a split; other splits than that for training may have none."""
        name = data.file if split == "train" else data.validation_file
        parts, labels = (
            read_labelled(Path(name), reading.tokenizer, data.length) if name else ((), ())
        )
        lengths = np.array([sum(len(one.ids) for one in row) for row in parts], np.int64)
        return cls(parts, labels, lengths, np.zeros(len(labels), np.int64))

    def __getitem__(self, row: int) -> Example:
        return Example(row, self.parts[row], label=self.labels[row])
