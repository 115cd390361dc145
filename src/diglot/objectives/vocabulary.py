"""What objectives need to know of a tokenizer: its size, and the ids of its marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError
from diglot.tokenizer import CodeTokenizer
from diglot.tokenizer.marks import MARKS


@dataclass(frozen=True)
class TokenizerInfo:
    """Size and marks of a vocabulary. Small, so that worker processes can have a copy each."""

    name: str
    """Where the tokenizer is from, for messages."""
    size: int
    """How many tokens there are, marks included."""
    marks: Mapping[str, int]
    """Mark, as `diglot.tokenizer.marks` writes it -> id."""
    special_ids: frozenset[int]
    """Ids of all marks, and of what else a text never produces."""

    @classmethod
    def of(cls, tokenizer: CodeTokenizer) -> TokenizerInfo:
        """Return what there is to know of a tokenizer."""
        written = [mark.token for mark in MARKS if mark.token in tokenizer.written]
        marks = {mark: tokenizer.mark_id(mark) for mark in written}
        return cls(tokenizer.name, tokenizer.size, marks, tokenizer.special_ids)

    def mark(self, mark: str) -> int:
        """Return the id of a mark.

        Raises:
            InputError: The vocabulary has no such mark.
        """
        if mark not in self.marks:
            raise InputError(
                f"tokenizer {self.name} has no mark {mark}, which this objective needs: "
                "add it with diglot.tokenizer.adapt_tokenizer, or train a tokenizer with "
                "`diglot tokenizer train`"
            )
        return self.marks[mark]

    @property
    def cls(self) -> int:
        """Id of the mark that begins a sequence: `<s>`, `[CLS]`."""
        return self.mark("<s>")

    @property
    def sep(self) -> int:
        """Id of the mark that ends a segment: `</s>`, `[SEP]`."""
        return self.mark("</s>")

    @property
    def eos(self) -> int:
        """Id of the mark that ends a document: the same as `sep`, `<|endoftext|>` for GPT-2."""
        return self.mark("</s>")

    @property
    def mask(self) -> int:
        """Id of the mark that stands for a token to be predicted."""
        return self.mark("<mask>")

    @property
    def pad(self) -> int:
        """Id that fills a batch up; 0 where there is no such mark, as nothing attends to it."""
        return self.marks.get("<pad>", 0)

    @cached_property
    def is_special(self) -> NDArray[np.bool_]:
        """Shape (size,): which ids are special."""
        special = np.zeros(self.size, np.bool_)
        special[sorted(self.special_ids)] = True
        return special

    @cached_property
    def ordinary(self) -> NDArray[np.int32]:
        """Ids that are not special, ascending: what a text may hold."""
        return np.flatnonzero(~self.is_special).astype(np.int32)
