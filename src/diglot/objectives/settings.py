"""Settings of objectives: frozen dataclasses whose values are checked when they are made."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from diglot.errors import InputError

if TYPE_CHECKING:
    from diglot.models.ngrams import Generators
    from diglot.objectives.base import CoupledObjective, Objective
    from diglot.objectives.vocabulary import TokenizerInfo


@dataclass(frozen=True, slots=True)
class Context:
    """What an objective may need beside its settings."""

    tokenizer: TokenizerInfo
    generators: Callable[[int, float, int], Generators] | None = None
    """Fits n-gram generators on the corpus, or loads those of the run: from order, discount and the
    tokens to read of each modality. Called by objectives that sample from them, when built."""


@dataclass(frozen=True)
class Settings:
    """Base of all settings.

    Fields are `bool`, `int`, `float` or a `Literal` of strings; `number` adds a range.

    Raises:
        InputError: A value is of another type or out of range; the message names the key.
    """

    name: ClassVar[str]
    """As recipes write the objective."""

    def __post_init__(self) -> None:
        types = get_type_hints(type(self))
        for entry in fields(self):
            value = getattr(self, entry.name)
            accepted = _accepted(types[entry.name], entry.metadata)
            if not _fits(value, types[entry.name], entry.metadata):
                raise InputError(f"{self.name}: {entry.name} = {value!r}: accepted is {accepted}")

    def build(self, context: Context) -> Objective | CoupledObjective:
        """Make the objective.

        Raises:
            InputError: The tokenizer lacks a mark that it needs.
        """
        raise NotImplementedError


def number(default: float, low: float, high: float = float("inf")) -> Any:  # noqa: ANN401 - as `field`
    """A field that holds a number from `low` to `high`, both included."""
    return field(default=default, metadata={"low": low, "high": high})


AnySettings = TypeVar("AnySettings", bound=Settings)


def read_settings(kind: type[AnySettings], table: Mapping[str, Any], where: str) -> AnySettings:
    """Make settings from a table of a recipe.

    Args:
        kind: which settings.
        table: key -> value.
        where: of the recipe, for messages.

    Raises:
        InputError: A key is not one of these settings, or a value is not accepted.
    """
    known = [entry.name for entry in fields(kind)]
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise InputError(
                f"{where}: {kind.name} has no setting {key!r}{hint}: "
                f"accepted are {', '.join(known) or 'none'}"
            )
    try:
        return kind(**table)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _fits(value: object, kind: Any, limits: Mapping[str, Any]) -> bool:  # noqa: ANN401 - a type
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is float and isinstance(value, int):
        value = float(value)
    if not isinstance(value, kind):
        return False
    return not limits or bool(limits["low"] <= value <= limits["high"])


def _accepted(kind: Any, limits: Mapping[str, Any]) -> str:  # noqa: ANN401 - a type
    if get_origin(kind) is Literal:
        return ", ".join(repr(choice) for choice in get_args(kind))
    name = {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, str(kind))
    if not limits:
        return name
    if limits["high"] == float("inf"):
        return f"{name} from {limits['low']:g}"
    return f"{name} from {limits['low']:g} to {limits['high']:g}"
