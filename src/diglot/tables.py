"""TOML tables to frozen dataclasses: unknown keys and wrong types are errors that name the place.

A field's annotation says what its key may hold. Ranges are the business of `__post_init__`.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from diglot.errors import InputError, did_you_mean

T = TypeVar("T")

_LARGEST = 2**63 - 1
"""Whole numbers beyond it fit into no array."""


def from_table(kind: type[T], table: object, where: str) -> T:
    """Make a dataclass of a TOML table.

    Args:
        kind: a frozen dataclass whose fields are booleans, numbers, strings, literals, tuples,
            mappings, dataclasses, or any of these or None.
        table: as `tomllib` reads it.
        where: file and table, for messages.

    Raises:
        InputError: A key is unknown or missing, or holds what its field does not accept.
    """
    if not isinstance(table, Mapping):
        raise InputError(f"{where} is {table!r}; accepted: a table")
    known = {item.name: item for item in fields(kind) if item.init}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    values = {}
    for key, value in table.items():
        if key not in known:
            accepted = ", ".join(sorted(known)) or "none"
            hint = did_you_mean(str(key), known)
            raise InputError(f"{where}: unknown key {key!r}{hint}; accepted: {accepted}")
        values[key] = _value(hints[key], value, f"{where}: {key}")
    for name, item in known.items():
        required = item.default is MISSING and item.default_factory is MISSING
        if required and name not in values:
            raise InputError(f"{where}: key {name!r} is missing; accepted: {_named(hints[name])}")
    try:
        return kind(**values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def check_range(
    name: str,
    value: float,
    least: float = 0,
    most: float = float("inf"),
    *,
    above: bool = False,
) -> None:
    """Check a number.

    Args:
        name: of the key, for the message.
        value: what it holds.
        least: smallest value that is accepted.
        most: largest value that is accepted.
        above: whether `least` itself is too small.

    Raises:
        InputError: It is out of range.
    """
    in_range = (value > least if above else value >= least) and value <= most
    if not in_range or value == float("inf"):
        accepted = f"above {least:g}" if above else f"{least:g} or more"
        accepted += f", up to {most:g}" if most < float("inf") else ""
        raise InputError(f"{name} is {value!r}; accepted: {accepted}")


def _value(hint: Any, value: object, where: str) -> Any:  # noqa: ANN401
    """Check a value against an annotation, and make lists tuples and tables dataclasses."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        for one in arguments:
            if one is not type(None) and _fits(one, value):
                return _value(one, value, where)
    elif is_dataclass(hint) and isinstance(hint, type):
        return from_table(hint, value, where)
    elif origin is tuple and isinstance(value, list | tuple):
        if arguments[-1] is Ellipsis:
            tables = is_dataclass(arguments[0])  # they are many, and need a number to be found
            return tuple(
                _value(arguments[0], item, f"{where} {number}" if tables else where)
                for number, item in enumerate(value, 1)
            )
        if len(value) == len(arguments):
            pairs = zip(arguments, value, strict=True)
            return tuple(_value(one, item, where) for one, item in pairs)
    elif _fits(hint, value):
        return float(value) if hint is float else value  # type: ignore[arg-type]
    raise InputError(f"{where} is {value!r}; accepted: {_named(hint)}")


def _fits(hint: Any, value: object) -> bool:  # noqa: ANN401
    origin = get_origin(hint)
    if hint is Any:
        return True
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, list | tuple)
    if is_dataclass(hint) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return isinstance(value, Mapping)
    if hint is bool or isinstance(value, bool):
        return hint is bool and isinstance(value, bool)
    if isinstance(value, int) and abs(value) > _LARGEST:
        return False
    return isinstance(value, int | float) if hint is float else isinstance(value, hint)


_NAMES = {
    bool: "true or false",
    int: f"a whole number up to {_LARGEST}",
    float: "a number",
    str: "a string",
}


def _named(hint: Any) -> str:  # noqa: ANN401
    """What an annotation accepts, in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(str(item) for item in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_named(one) for one in arguments if one is not type(None))
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return f"a list, each {_named(arguments[0])}"
        return f"a list of {len(arguments)}, each {_named(arguments[0])}"
    return _NAMES.get(hint, "a table")
