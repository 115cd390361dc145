"""Adding to a vocabulary made by others what diglot needs and it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer

from diglot.tokenizer.folder import CodeTokenizer, load_tokenizer, wrap
from diglot.tokenizer.losses import losses
from diglot.tokenizer.marks import MARKS
from diglot.tokenizer.whitespace import missing_runs


@dataclass(frozen=True)
class Adapted:
    """A tokenizer with everything in it, and what that took."""

    tokenizer: CodeTokenizer
    added: dict[str, int]
    """New token -> its id; all come after the old ones: as many rows to add to an embedding."""
    losses: tuple[str, ...]
    """What the vocabulary still does not tell apart, as `losses` has it."""


def adapt_tokenizer(tokenizer: CodeTokenizer | Path | str, *, whitespace: bool = True) -> Adapted:
    """Add the marks and the runs of white space that a vocabulary lacks.

    Ids that it has stay as they are. Adapting what was adapted adds nothing. An uncased vocabulary
    stays uncased: no added token mends that, so look at `losses`.

    Args:
        tokenizer: as loaded, or what `load_tokenizer` takes; it is not changed.
        whitespace: whether to add runs of white space, in the manner of Codex. Without, a
            vocabulary that drops white space goes on doing so.

    Raises:
        InputError: There is no such tokenizer.
        MissingExtraError: Loading it takes `transformers`, which is not installed.
    """
    if not isinstance(tokenizer, CodeTokenizer):
        tokenizer = load_tokenizer(tokenizer)
    backend = Tokenizer.from_str(tokenizer.backend.to_str())
    before = backend.get_vocab_size()
    backend.add_special_tokens(
        [
            AddedToken(mark.token, special=True, normalized=False)
            for mark in MARKS
            if mark.token not in tokenizer.written
        ]
    )
    if whitespace:
        backend.add_tokens([AddedToken(run, normalized=False) for run in missing_runs(backend)])
    adapted = wrap(
        backend,
        name=tokenizer.name,
        settings={
            setting: tokenizer.written.get(mark.token, mark.token)
            for mark in MARKS
            for setting in mark.settings
        },
        provenance=tokenizer.provenance,
    )
    vocabulary = backend.get_vocab()
    added = sorted((number, token) for token, number in vocabulary.items() if number >= before)
    return Adapted(adapted, {token: number for number, token in added}, losses(adapted))
