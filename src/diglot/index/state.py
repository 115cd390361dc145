"""What can be told of an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SHOWN_DETAILS = 6


@dataclass(frozen=True, slots=True)
class State:
    """What `diglot status` tells of an index."""

    fresh: bool
    """Whether every file is indexed as it was at the last refresh."""
    pending: int
    """Changed files not indexed yet."""
    model: str
    """Name of the static model."""
    built_at: str
    """Time of the last commit, ISO 8601, UTC."""
    files: int
    units: int
    languages: dict[str, int]
    """Files by language."""
    skipped: list[tuple[str, str]]
    """Paths left out that are told by name, with the reason."""
    left_out: dict[str, dict[str, int]]
    """All that is left out: counts by reason, therein by extension (`.dart`) or, for folders that
    were not entered, by name (`node_modules/`). What is told by name is counted under `""`."""
    folder: Path
    """Where the index lies."""
    size_bytes: int


def left_out_counts(
    counts: Mapping[str, Mapping[str, int]], named: Iterable[tuple[str, str]]
) -> dict[str, dict[str, int]]:
    """Count all that is left out, by reason.

    Args:
        counts: what was only counted, by reason and detail.
        named: what is told by name: paths and reasons.
    """
    merged = {reason: dict(details) for reason, details in counts.items()}
    for reason, count in sorted(Counter(reason for _, reason in named).items()):
        merged.setdefault(reason, {})[""] = count
    return merged


def details_text(details: Mapping[str, int]) -> str:
    """Name the most frequent details with their counts, on one line."""
    most = sorted((-count, name) for name, count in details.items() if name)
    shown = [f"{name} {-count}" for count, name in most[:_SHOWN_DETAILS]]
    if rest := sum(-count for count, _ in most[_SHOWN_DETAILS:]):
        shown.append(f"{rest} more")
    return ", ".join(shown)


def searched_text(searched: int, indexed: int, left_out: Mapping[str, Mapping[str, int]]) -> str:
    """Say in one line what was not searched, beside "no good match".

    Args:
        searched: files that the filters of the search leave.
        indexed: files of the index.
        left_out: all that is left out of it, as `left_out_counts` returns it.

    Returns:
        The line, or nothing where everything was searched.
    """
    amounts = {reason: sum(details.values()) for reason, details in left_out.items()}
    reasons = "; ".join(
        f"{amounts[reason]} {reason}" + (f" ({text})" if (text := details_text(details)) else "")
        for reason, details in sorted(left_out.items(), key=lambda item: -amounts[item[0]])
    )
    if not indexed:
        nothing = "there is nothing to search"
        return f"{nothing}; left out: {reasons}" if reasons else nothing
    if not searched:
        return f"the filters leave none of {indexed} files to search"
    return f"not searched: {reasons} (see diglot status)" if reasons else ""


def size_bytes(folder: Path) -> int:
    """Bytes of all files; another process may be replacing some."""
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total
