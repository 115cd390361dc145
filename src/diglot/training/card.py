"""What a model trained here says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diglot.training.recipe import Recipe
from diglot.training.toml import dump_toml


def model_card(
    recipe: Recipe,
    record: Mapping[str, Any],
    measured: Mapping[str, float],
    notes: Sequence[str] = (),
) -> str:
    """Write the card of a model.

    Args:
        recipe: as resolved.
        record: of the run.
        measured: on the validation split; empty if there is none.
        notes: what is to be known of how the model was loaded.
    """
    objectives = ", ".join(str(table["name"]) for table in recipe.objectives)
    lines = [
        f"# {recipe.name}",
        "",
        f"Trained by diglot {record['environment']['diglot']} on the objectives {objectives}, "
        f"{recipe.optimizer.steps:,} steps of {recipe.data.batch:,} examples.",
        "",
        f"- corpus hash: `{record['corpus_hash']}`",
        f"- tokenizer hash: `{record['tokenizer_hash']}`",
        *(f"- {note}" for note in notes),
        *(f"- {name}: {value}" for name, value in record["environment"].items()),
        "",
        "## On the validation split of the corpus",
        "",
        *([f"- {name}: {value:.4f}" for name, value in measured.items()] or ["Not measured."]),
        "",
        "## Recipe",
        "",
        "```toml",
        dump_toml(recipe.record()).rstrip(),
        "```",
        "",
    ]
    return "\n".join(lines)
