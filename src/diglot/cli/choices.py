"""What an argument may be: a name that is checked, told when it is near, and completed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from diglot.errors import did_you_mean


class OneOf(click.Choice):  # type: ignore[type-arg]
    """One of a few words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ANN401
        """What is said of any other word."""
        names = [str(choice) for choice in self.choices]
        return f"{value!r}{did_you_mean(str(value), names)}; accepted: {', '.join(names)}"


def complete_languages(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of languages; where they do not go on, their other names."""
    from diglot.languages import all_languages

    names = _going_on(begun, (language.name for language in all_languages()))
    return names or _going_on(begun, (name for one in all_languages() for name in one.aliases))


def complete_ranks(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Ranks that there are."""
    return _going_on(begun, ("fast", "balanced"))


def complete_models(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of models, else folders."""
    from diglot.models import list_models

    names = _going_on(begun, (folder.name for folder in list_models()))
    return names or [CompletionItem(begun, type="dir")]


def complete_static_models(
    _: click.Context, __: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Names of models that an index can have, else folders."""
    from diglot.models import list_models

    names = (folder.name for folder in list_models() if folder.kind == "static")
    return _going_on(begun, names) or [CompletionItem(begun, type="dir")]


def complete_recipes(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of recipes that train, else files."""
    from diglot.recipe_files import names_in, recipe_folder

    return _going_on(begun, names_in(recipe_folder())) or [CompletionItem(begun, type="file")]


def complete_corpora(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of recipes of corpora, else files."""
    from diglot.recipe_files import names_in, recipe_folder

    names = names_in(recipe_folder() / "corpora")
    return _going_on(begun, names) or [CompletionItem(begun, type="file")]


def _going_on(begun: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(begun)]
