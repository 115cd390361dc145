"""Where indexes lie: in the user's cache folder, never in the source tree."""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from pathlib import Path


def default_cache_folder() -> Path:
    """Return the folder that holds all indexes: `$DIGLOT_CACHE_DIR`, else the user's cache."""
    chosen = os.environ.get("DIGLOT_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "diglot"
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "diglot" / "cache"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "diglot"


def index_folder(root: Path, cache_folder: Path) -> Path:
    """Return the folder of the index of `root`: its name and a hash of its full path."""
    digest = blake2b(str(root).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return cache_folder / "indexes" / f"{root.name or 'root'}-{digest}"
