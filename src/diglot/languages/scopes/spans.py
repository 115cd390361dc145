"""Which spans are around which positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Span = tuple[int, int]


def innermost(spans: Iterable[Span], positions: Iterable[int]) -> Iterator[tuple[int, Span | None]]:
    """Pair positions with the smallest span around each.

    Args:
        spans: first byte, and the one after the last; any two nested or apart; in any order.
        positions: in any order.

    Yields:
        Every position in ascending order, and the span or None.
    """
    waiting = sorted(set(spans), key=lambda span: (-span[0], span[1]))
    opened: list[Span] = []
    for position in sorted(positions):
        while waiting and waiting[-1][0] <= position:
            opened.append(waiting.pop())
        # What ended before a later span began is under it, and comes up when that one is done.
        while opened and opened[-1][1] <= position:
            opened.pop()
        yield position, opened[-1] if opened else None
