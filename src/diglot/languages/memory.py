"""How much memory this process holds."""

from __future__ import annotations

import sys
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_STATM = Path("/proc/self/statm")
_PAGE = resource.getpagesize() if resource else 4096


def resident_bytes() -> int:
    """Resident memory of this process, in bytes.

    Where the system does not tell, the most that it has had so far, which shows growth beyond
    that; 0 where it tells neither.
    """
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except OSError:
        pass
    if resource is None:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
