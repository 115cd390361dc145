"""Files that a program wrote."""

from __future__ import annotations

import re

_HEAD_CHARACTERS = 2_000
_MARKER = re.compile(
    r"@generated\b|<auto-?generated\b|(?-i:DO NOT (?:EDIT|MODIFY))"
    r"|\bdo not (?:edit|modify) (?:this|it|by hand|manually|directly)\b"
    r"|\b(?:code|file|auto|automatically|machine)[- ]?generated (?:by|from|with|file|code)\b"
    r"|\b(?:is|was|been) (?:auto-?|automatically |machine[- ])generated\b"
    r"|^\W*(?:auto-?)?generated (?:by|from|with|using|automatically)\b",
    re.IGNORECASE | re.MULTILINE,
)


def is_generated(text_head: str) -> bool:
    """Whether a file says at its top that a program wrote it.

    Args:
        text_head: the file's text, or at least its first 2,000 characters.
    """
    return _MARKER.search(text_head, 0, _HEAD_CHARACTERS) is not None
