"""Errors a user can cause and can mend.

Every class here derives from `DiglotError`. The command line prints such an error as one
line and exits with 2; anything else that escapes is a defect of diglot.
"""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST_NAME = 64
_LIKENESS = 0.7
"""Share of letters from which a name may have been meant; `klingon` is not `kotlin`."""


class DiglotError(Exception):
    """Base of all errors whose message is written for the user."""


class InputError(DiglotError):
    """An argument, flag or file is not acceptable; the message names it, its value and what is."""


class ModelError(DiglotError):
    """A model name or folder cannot be resolved or read."""


class StoreError(DiglotError):
    """An index cannot be built, read or written."""


class MissingExtraError(DiglotError):
    """A feature needs an optional dependency; the message says what to install."""


class TrainingError(DiglotError):
    """A run cannot go on; the message names the last checkpoint that is good."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return what a message about an unknown name adds: the known one most like it, if any is.

    Args:
        name: what the user wrote.
        known: what is accepted.

    Returns:
        ` (did you mean NAME?)`, or nothing.
    """
    from difflib import get_close_matches  # late: few commands fail

    if len(name) > _LONGEST_NAME:
        return ""
    by_lower = {one.lower(): one for one in known}
    found = get_close_matches(name.lower(), by_lower, 1, _LIKENESS)
    return f" (did you mean {by_lower[found[0]]}?)" if found else ""
