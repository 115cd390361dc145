from __future__ import annotations

import sys
from pathlib import Path

# The benchmark's programs are run from the repository's root and are not installed.
sys.path.insert(0, str(Path(__file__).parents[2]))
