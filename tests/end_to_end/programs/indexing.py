"""Open an index again and again until a file appears; say how often it was done.

Arguments: source tree, cache folder, files a commit, file to wait for.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from diglot.index import Index, refresh

if __name__ == "__main__":
    root, cache, batch, stop = sys.argv[1:]
    refresh._BATCH_FILES = int(batch)
    opened = Counter[str]()
    while True:
        index = Index.open(root, cache_folder=cache)
        opened["up to date" if index.fresh else "behind"] += 1
        if Path(stop).exists():
            break
    json.dump(opened, sys.stdout)
