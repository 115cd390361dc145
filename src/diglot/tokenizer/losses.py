"""What a vocabulary cannot tell apart, found by asking it."""

from __future__ import annotations

from diglot.tokenizer.folder import CodeTokenizer

_PAIRS = {
    "case": ("Aa", "aa"),
    "accents": ("é", "e"),
    "runs of spaces": ("a   b", "a b"),
    "line ends": ("a\nb", "a b"),
    "indentation": ("a:\n    b", "a:\n  b"),
    "tabs": ("a\tb", "a b"),
    "spaces at the ends": (" a ", "a"),
    "rare characters": ("\U00012000", "\U00012001"),
}
"""Texts that differ in one respect only."""


def losses(tokenizer: CodeTokenizer) -> tuple[str, ...]:
    """Return in which respects texts may differ without their tokens differing.

    A byte-level vocabulary loses nothing; an uncased BERT loses case, accents and white space.
    """
    encode = tokenizer.backend.encode
    return tuple(
        respect
        for respect, (one, other) in _PAIRS.items()
        if encode(one, add_special_tokens=False).ids == encode(other, add_special_tokens=False).ids
    )
