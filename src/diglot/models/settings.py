"""From the `model` table of a recipe to settings with types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_type_hints

from diglot.errors import InputError

_Settings = TypeVar("_Settings")

_FIELDS = {"from": "source"}
"""Keys that cannot be names in Python, and the fields that they stand for."""


def read_table(kind: type[_Settings], table: Mapping[str, Any]) -> _Settings:
    """Make settings of a table; ranges are the business of `__post_init__`.

    Args:
        kind: a dataclass whose fields are int, float, tuple of str, or str of some sort.
        table: as TOML or JSON has it.

    Raises:
        InputError: A key is unknown or missing, or a value of the wrong type or out of range.
    """
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    keys = {name: key for key, name in _FIELDS.items()}
    hints = get_type_hints(kind)
    values = {}
    for key, value in table.items():
        name = _FIELDS.get(key, key)
        if name not in known or keys.get(name, name) != key:
            accepted = ", ".join(keys.get(name, name) for name in known)
            raise InputError(f"model.{key}: unknown, accepted are {accepted}")
        values[name] = _checked(key, value, hints[name])
    for name, item in known.items():
        if item.default is MISSING and name not in values:
            raise InputError(f"model.{name}: missing")
    return kind(**values)


def _checked(key: str, value: object, hint: object) -> object:
    if hint == tuple[str, ...]:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise InputError(f"model.{key}: {value!r} is no list of strings")
    accepted: dict[object, tuple[str, tuple[type, ...]]] = {
        int: ("integer", (int,)),
        float: ("number", (int, float)),
    }
    name, types = accepted.get(hint, ("string", (str,)))
    if not isinstance(value, types) or isinstance(value, bool):
        raise InputError(f"model.{key}: {value!r} is no {name}")
    return value
