"""diglot: software at home in natural language and in code.

The public API, kept stable: `Index`, `Answer`, `Hit`, `load_encoder`. Importing this package is
cheap; what a name needs is imported when the name is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from diglot import telemetry

if TYPE_CHECKING:
    from diglot.index import Answer, Index
    from diglot.inference import load_encoder
    from diglot.types import Hit

__version__ = "0.1.0"
__all__ = ["Answer", "Hit", "Index", "__version__", "load_encoder"]

telemetry.switch_off()  # before any library that has some is imported

_HOME = {
    "Answer": "diglot.index",
    "Hit": "diglot.types",
    "Index": "diglot.index",
    "load_encoder": "diglot.inference",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'diglot' has no attribute {name!r}")
