"""Reading JSON and TOML that nobody vouches for: whatever is wrong with a text is a ValueError."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

_KEY_PARTS = 64
_LONG_KEY = re.compile(
    rf"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){{{_KEY_PARTS}}}"  # no way back: linear time
)


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401
    """Read a JSON document.

    Raises:
        ValueError: It is not JSON, is not UTF-8, is nested too deeply, or holds a number of
            thousands of digits.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def parse_toml(text: str) -> dict[str, Any]:
    """Read a TOML document.

    Raises:
        ValueError: It is not TOML, is nested too deeply, has a key of more than 64 parts, for which
            the parser's time grows with the square, or holds a number of thousands of digits.
    """
    if _LONG_KEY.search(text):
        raise ValueError(f"a key has more than {_KEY_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
