"""Views: what an example is. A view is a sequence of examples that are made when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from diglot.objectives.base import Example
from diglot.training.functions import Functions, Pairs
from diglot.training.labelled import Labelled
from diglot.training.packed import Blocks, Sentences
from diglot.training.reading import Reading
from diglot.training.recipe import DataRecipe

if TYPE_CHECKING:
    from diglot.corpus.schema import Split

Numbers = NDArray[np.int64]


class View(Protocol):
    """Examples by row number, from 0. Processes that prepare batches get copies."""

    @property
    def lengths(self) -> Numbers:
        """Tokens of each example, about: batches are bucketed by them."""
        ...

    @property
    def languages(self) -> Numbers:
        """Number of each example's language."""
        ...

    def __getitem__(self, row: int) -> Example:
        """The example of a row; it does not depend on when it is asked for."""
        ...


@dataclass(frozen=True)
class Subset:
    """Some rows of a view, numbered anew."""

    view: View
    rows: Numbers

    @property
    def lengths(self) -> Numbers:
        """Tokens of each example, about."""
        return self.view.lengths[self.rows]

    @property
    def languages(self) -> Numbers:
        """Number of each example's language."""
        return self.view.languages[self.rows]

    def __getitem__(self, row: int) -> Example:
        return self.view[int(self.rows[row])]


_VIEWS: dict[str, type[Blocks | Sentences | Functions | Pairs | Labelled]] = {
    "blocks": Blocks,
    "sentences": Sentences,
    "functions": Functions,
    "pairs": Pairs,
    "labelled": Labelled,
}


def open_view(
    data: DataRecipe, reading: Reading, split: Split, *, seed: int, causal: bool
) -> View | None:
    """Open the view that a recipe asks for.

    Args:
        data: the recipe's table.
        reading: the corpus and how to read it.
        split: which rows.
        seed: orders documents before they are packed, and chooses rows.
        causal: whether the model is a decoder, which decides the marks of blocks.

    Returns:
        None if the split has no such examples.

    Raises:
        InputError: The vocabulary lacks a mark, or a file of the recipe cannot be read.
    """
    view: View = _VIEWS[data.view].open(data, reading, split, seed, causal)
    count = len(view.lengths)
    if not count:
        return None
    if split == "train" and 0 < data.rows < count:
        return some_rows(view, data.rows, seed)
    return view


def some_rows(view: View, count: int, seed: int) -> View:
    """Choose rows of a view by chance; all if there are not so many."""
    if len(view.lengths) <= count:
        return view
    chosen = np.random.default_rng([seed, 1]).choice(len(view.lengths), count, replace=False)
    return Subset(view, np.sort(chosen))
