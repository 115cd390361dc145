"""Writing what a benchmark found: FILE.json, FILE.md beside it, and the table on the output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_result(file: Path, result: Mapping[str, Any], table: str) -> None:
    """Write a result and show it.

    Args:
        file: ends in `.json`; its folder is made.
        result: what JSON can hold.
        table: the same in Markdown.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(table, encoding="utf-8")
    sys.stdout.write(table)
