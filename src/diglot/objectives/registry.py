"""Objectives by the names that recipes give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diglot.errors import InputError
from diglot.objectives.base import CoupledObjective, Objective
from diglot.objectives.causal import CausalSettings
from diglot.objectives.classify import ClassifySettings
from diglot.objectives.contrastive import ContrastiveSettings
from diglot.objectives.deobfuscation import DeobfuscationSettings
from diglot.objectives.mixture import mix
from diglot.objectives.mlm import MlmSettings
from diglot.objectives.nsp import NspSettings
from diglot.objectives.rank import RankSettings
from diglot.objectives.rtd import RtdSettings
from diglot.objectives.settings import Context, Settings, read_settings

SETTINGS: dict[str, type[Settings]] = {
    kind.name: kind
    for kind in (
        MlmSettings,
        NspSettings,
        RtdSettings,
        DeobfuscationSettings,
        CausalSettings,
        ContrastiveSettings,
        RankSettings,
        ClassifySettings,
    )
}
"""Settings of every objective, by its name; `build` of these makes it."""

_OWN = ("name", "weight", "weights", "probability")
"""Keys of an `[[objectives]]` table that are not settings of the objective."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """An objective, and how much its terms count in the loss."""

    objective: Objective | CoupledObjective
    weights: dict[str, float]
    """Of each term."""


def build_objectives(tables: Sequence[Mapping[str, Any]], context: Context) -> list[Weighted]:
    """Build the objectives of a recipe.

    Objectives with a `probability` become one mixture, where each example goes to one of them; a
    term of it counts by its objective's weight times that probability, so that two objectives at
    0.5 each make the loss that an example has on average. Any other objective has every example,
    and the terms of all are added.

    Args:
        tables: the `[[objectives]]` of a recipe: `name`, `weight` (1 unless given), `weights` of
            single terms (times `weight`), `probability`, and settings of the objective.
        context: what they are built with.

    Returns:
        In the order of the tables; a mixture stands where its first objective does.

    Raises:
        InputError: An objective, setting or term is unknown, or a value not accepted; objectives
            do not go together; the tokenizer lacks a mark.
    """
    settings = [objective_settings(table, number) for number, table in enumerate(tables, 1)]
    shares = [_positive(table, "probability", 0.0) for table in tables]
    built = [_build(table, each, context) for table, each in zip(tables, settings, strict=True)]
    mixed = [number for number, table in enumerate(tables) if "probability" in table]
    if not mixed:
        return built
    members: list[Objective] = []
    for number in mixed:
        objective = built[number].objective
        if hasattr(objective, "encode"):
            raise InputError(
                f"objective {objective.name}: probability = {shares[number]:g}: accepted is none, "
                "as its loss depends on the other examples of a batch"
            )
        members.append(objective)
    mixture = mix(members, [shares[number] for number in mixed])
    weights = {
        term: weight * shares[number]
        for number in mixed
        for term, weight in built[number].weights.items()
    }
    built[mixed[0]] = Weighted(mixture, weights)
    return [each for number, each in enumerate(built) if number not in mixed[1:]]


def objective_settings(table: Mapping[str, Any], number: int) -> Settings:
    """Read the settings of one `[[objectives]]` table without building anything.

    Raises:
        InputError: There is no such objective, or it does not accept a setting.
    """
    name = table.get("name")
    if name not in SETTINGS:
        raise InputError(
            f"[[objectives]] number {number}: name = {name!r}: accepted are {', '.join(SETTINGS)}"
        )
    own = {key: value for key, value in table.items() if key not in _OWN}
    return read_settings(SETTINGS[name], own, "[[objectives]]")


def _build(table: Mapping[str, Any], settings: Settings, context: Context) -> Weighted:
    objective = settings.build(context)
    weight = _positive(table, "weight", 1.0)
    weights = dict.fromkeys(objective.terms, weight)
    for term, factor in table.get("weights", {}).items():
        if term not in weights:
            raise InputError(
                f"objective {settings.name}: weights.{term}: accepted are terms "
                f"{', '.join(weights)}"
            )
        weights[term] *= factor
    return Weighted(objective, weights)


def _positive(table: Mapping[str, Any], key: str, default: float) -> float:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise InputError(
            f"objective {table['name']}: {key} = {value!r}: accepted is a number from 0"
        )
    return float(value)
