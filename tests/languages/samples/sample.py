#!/usr/bin/env python
# -*- coding: utf-8 -*-
# ruff: noqa
# fmt: off
# Copyright 2024 Somebody
"""Pages in memory.

See `Cache`.
"""

import functools

LIMIT = 512


# Shared by all caches.
@functools.cache
def parse(text: str, *, limit: int = LIMIT) -> dict[str, "Page"]:
    """Parse pages.

    Args:
        text: the größe.
    """

    def inner(line):
        """Parse one line."""
        return line.split()

    short = lambda x: x
    return dict(inner(line) for line in text.split("\n"))


# ---------------------------------------------------------------
# Classes


class Cache(dict):
    """A cache."""

    limit: int = LIMIT

    def __init__(self, size: int) -> None:
        self.size = size

    @property
    # The size,
    # in pages.
    def full(self) -> bool:  # noqa: D102
        return len(self) >= self.size

    class Entry:
        '''One entry.'''

        async def load(self): ...


if __name__ == "__main__":
    print(parse(""))
