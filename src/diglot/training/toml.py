"""Writing TOML, which the standard library only reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def dump_toml(document: Mapping[str, Any]) -> str:
    """Write plain values as TOML; None is left out."""
    return "\n".join(_lines(document, "")).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, value in table.items():
        if value is not None and not _is_table(value) and not _is_tables(value):
            yield f"{key} = {_value(value)}"
    for key, value in table.items():
        name = f"{prefix}{key}"
        if _is_table(value):
            yield f"\n[{name}]"
            yield from _lines(value, f"{name}.")
        elif _is_tables(value):
            for one in value:
                yield f"\n[[{name}]]"
                yield from _lines(one, f"{name}.")


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: object) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    return bool(value) and all(isinstance(one, Mapping) for one in value)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)  # of strings, numbers and booleans it is TOML too
