"""Text that no construct covers, cut into runs of lines of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

from diglot.types import Unit

WINDOW_LINES = 60
"""Most lines of a window; a blank line in its second half ends it earlier."""
WINDOW_CHARACTERS = 20_000
"""Most characters of a window; a longer line is cut into several windows."""


def windows(text: str, first_line: int = 1) -> list[Unit]:
    r"""Cut a text into windows that together hold every line that is not blank.

    Args:
        text: lines parted by `\n`.
        first_line: number of the text's first line in its file, from 1.
    """
    units: list[Unit] = []
    for start, lines in _runs(text.split("\n")):
        kept = [index for index, line in enumerate(lines) if line.strip()]
        if kept:
            body = "\n".join(lines[kept[0] : kept[-1] + 1])
            begin, end = first_line + start + kept[0], first_line + start + kept[-1]
            units.extend(
                Unit("window", "", begin, end, "", "", body[at : at + WINDOW_CHARACTERS])
                for at in range(0, len(body), WINDOW_CHARACTERS)
            )
    return units


def _runs(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines with the index of the first; only a run of one line may be oversized."""
    start = 0
    while start < len(lines):
        stop = min(start + WINDOW_LINES, len(lines))
        if stop < len(lines):
            blank = (
                at for at in range(stop, start + WINDOW_LINES // 2, -1) if not lines[at].strip()
            )
            stop = next(blank, stop)
        size = 0
        for at in range(start, stop):
            size += len(lines[at]) + 1
            if size > WINDOW_CHARACTERS:
                stop = max(at, start + 1)
                break
        yield start, lines[start:stop]
        start = stop
