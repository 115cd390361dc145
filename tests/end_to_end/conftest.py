"""The fixtures of the index's tests."""

from __future__ import annotations

from tests.index.conftest import (
    cache,
    fresh_index,
    models_loaded_once,
    no_user_settings,
    open_index,
    root,
    write,
)

__all__ = [
    "cache",
    "fresh_index",
    "models_loaded_once",
    "no_user_settings",
    "open_index",
    "root",
    "write",
]
