"""What a walk leaves out: told by name, or counted by reason."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath

from diglot.index.reading import SkipReason

_COUNTED_ALONE = frozenset(
    {
        *(SkipReason.UNKNOWN, SkipReason.MACHINE_MADE, SkipReason.HIDDEN),
        *(SkipReason.IGNORED_BY_DIGLOT, SkipReason.IGNORED_PLAINLY, SkipReason.IGNORED_BY_GIT),
        *(SkipReason.DEPENDENCIES, SkipReason.ENVIRONMENT),
    }
)
"""Reasons for what is counted but not told by its name: there may be very much of it."""
_MOST_DETAILS = 100
"""Most extensions and folder names that are counted apart for one reason."""
_EXTENSION = re.compile(r"\.[A-Za-z][\w+-]{0,11}")
_NO_EXTENSION = "no extension"
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, folder or link that was left out and is told by its name."""

    path: str
    """Path relative to the root, with `/`; U+FFFD where a name cannot be decoded."""
    reason: SkipReason


@dataclass(slots=True)
class LeftOut:
    """Notes of one walk on what it leaves out."""

    skipped: list[Skipped] = field(default_factory=list)
    reasons: dict[str, SkipReason] = field(default_factory=dict)
    """Why entries of the root itself are left out, by name."""
    _counts: dict[SkipReason, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def note(self, path: str, reason: SkipReason) -> None:
        """Note that a file, or a folder that cannot be listed, is left out."""
        self._note(path, reason, _extension(path))

    def note_folder(self, path: str, reason: SkipReason) -> None:
        """Note that a folder is not entered; it counts as one, since nobody knows what it holds."""
        self._note(path, reason, path.rpartition("/")[2] + "/")

    def _note(self, path: str, reason: SkipReason, detail: str) -> None:
        if "/" not in path:
            self.reasons[path] = reason
        if reason in _COUNTED_ALONE:
            self._counts[reason][detail] += 1
        else:
            self.skipped.append(Skipped(_printable(path), reason))

    def counts(self) -> dict[str, dict[str, int]]:
        """Counts of what is not told by name, in a fixed order, rare details together."""
        counts: dict[str, dict[str, int]] = {}
        for reason in SkipReason:  # in the order they are defined in
            counter = self._counts.get(reason, Counter())
            details = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
            kept = {_printable(name): count for name, count in details[:_MOST_DETAILS]}
            if rest := sum(count for _, count in details[_MOST_DETAILS:]):
                kept[_OTHERS] = rest
            if kept:
                counts[str(reason)] = kept
        return counts


def _extension(path: str) -> str:
    name = path.rpartition("/")[2]
    suffix = PurePath(name).suffix.lower() or name  # a name such as `.env` is all extension
    return suffix if _EXTENSION.fullmatch(suffix) else _NO_EXTENSION


def _printable(path: str) -> str:
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "replace")
