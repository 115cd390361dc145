"""`diglot models`."""

from __future__ import annotations

import click

from diglot.cli.choices import complete_models
from diglot.cli.group import Group
from diglot.cli.options import json_option
from diglot.cli.output import SCHEMA, write_json
from diglot.cli.terminal import say, write_text


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> int | None:
    """List the models at hand, or show one's card.

    \b
    diglot models
    diglot models show static
    """
    if context.invoked_subcommand is None:
        return _list(as_json=False)
    return None


@models.command("list")
@json_option
def list_command(as_json: bool) -> int:
    """List the models that come with diglot; a folder's path works wherever a name does.

    \b
    diglot models list --json
    """
    return _list(as_json)


def _list(as_json: bool) -> int:
    from diglot.models import list_models

    folders = list_models()
    if as_json:
        names = ("name", "kind", "dimension", "size_bytes", "key")
        records = [{name: getattr(folder, name) for name in names} for folder in folders]
        write_json({"schema": SCHEMA, "models": records})
        return 0
    for folder in folders:
        size = f"{folder.size_bytes / 1e6:5.1f} MB"
        say(f"{folder.name:10} {folder.kind:8} {folder.dimension:4} dimensions  {size}")
    return 0


@models.command()
@click.argument("model", shell_complete=complete_models)
def show(model: str) -> int:
    """Show the card of MODEL, a name or a folder, and check its files against their hashes.

    \b
    diglot models show static
    diglot models show ./my-model
    """
    from diglot.models import resolve_model

    folder = resolve_model(model)
    folder.verify()
    say(f"folder     {folder.path}")
    say(f"kind       {folder.kind}, {folder.dimension} dimensions")
    say(f"size       {folder.size_bytes / 1e6:.1f} MB")
    checked = "files are as recorded" if folder.recorded else "no hashes recorded"
    say(f"key        {folder.key} ({checked})")
    say()
    write_text(folder.card or "(no card)")
    return 0
