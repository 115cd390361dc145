"""Runs of white space that are to be one token, as in Codex (2107.03374), section 3.2.

Codex added runs of spaces to a vocabulary of prose and saved about 30 % of the tokens of code. Here
a run is also a line end with the indentation that follows: that is what stands between two lines.
"""

from __future__ import annotations

from tokenizers import Tokenizer

_DEEPEST = 24
"""Columns of the deepest indentation; Codex has 24 runs too."""
_DEEPEST_TABS = 8

RUNS: tuple[str, ...] = (
    *("\n" + " " * columns for columns in range(_DEEPEST + 1)),
    *("\n" + "\t" * depth for depth in range(1, _DEEPEST_TABS + 1)),
    *("\n\n" + " " * columns for columns in (0, 4, 8)),
    *(" " * columns for columns in range(2, _DEEPEST + 1)),
    *("\t" * depth for depth in range(1, _DEEPEST_TABS + 1)),
)


def missing_runs(tokenizer: Tokenizer) -> list[str]:
    """Return the runs that are not one token of a vocabulary, or not told apart from others.

    Args:
        tokenizer: of any kind; one that drops white space lacks all of them.
    """
    encoded = [e.ids for e in tokenizer.encode_batch(list(RUNS), add_special_tokens=False)]
    shared = {ids[0] for ids in encoded if len(ids) == 1 and encoded.count(ids) > 1}
    return [
        run for run, ids in zip(RUNS, encoded, strict=True) if len(ids) != 1 or ids[0] in shared
    ]
