"""Memory of a process that trains: kept for the next step, handed back now and then."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8
"""Parameters of glibc's `mallopt`, as <malloc.h> numbers them."""


def keep_memory() -> None:
    """Keep what is freed, in one arena, and ask for huge pages; where the C library is glibc.

    By default glibc maps every large tensor anew and unmaps it once it is freed. A step frees as
    much as it takes, so it would spend much of its time having pages cleared, over 150,000 of them
    in one of a small encoder; and memory grows as the arena of the thread that computes gradients
    is broken up. To be called before torch is imported: it reads the environment once.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    mallopt = _c_function("mallopt")
    if mallopt is not None:
        for parameter, value in ((_M_TRIM_THRESHOLD, -1), (_M_MMAP_MAX, 0), (_M_ARENA_MAX, 1)):
            mallopt(parameter, value)


def release_memory() -> None:
    """Hand back what is free.

    Steps of varying shape break up memory that is kept, so that each finds a little less that fits:
    without this a run would grow without bound. Every ten steps it costs next to nothing.
    """
    malloc_trim = _c_function("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


def _c_function(name: str) -> Callable[..., int] | None:
    """A function of the C library; None where it has no such one."""
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None
