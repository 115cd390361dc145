"""Where views read: a corpus through a tokenizer, kept in a cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from diglot.tokenizer import CodeTokenizer
from diglot.training.encoding import Kind
from diglot.training.tokens import TokenStore, open_store

if TYPE_CHECKING:
    from diglot.corpus.reader import Corpus
    from diglot.corpus.schema import Split


@dataclass(frozen=True)
class Reading:
    """A corpus, and how to read it."""

    corpus: Corpus
    tokenizer: CodeTokenizer
    cache: Path
    words: bool = False
    """Whether identifiers are split and each word is tokenized by itself, as static tables read."""
    workers: int = 1

    def store(self, kind: Kind, split: Split, languages: Sequence[str] = ()) -> TokenStore:
        """The token store of one kind of row."""
        return open_store(
            self.corpus,
            self.tokenizer,
            kind,
            split,
            self.cache,
            languages=languages,
            words=self.words,
            workers=self.workers,
        )

    @property
    def marks(self) -> tuple[int, int]:
        """Ids of `<s>` and `</s>`.

        Raises:
            InputError: The vocabulary lacks one.
        """
        return self.tokenizer.mark_id("<s>"), self.tokenizer.mark_id("</s>")
