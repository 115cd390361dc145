"""`diglot models`."""

from __future__ import annotations

import click

from diglot.cli.options import json_option
from diglot.cli.output import SCHEMA, write_json


@click.group(no_args_is_help=False)
def models() -> None:
    """List the models at hand, or show one's card.

    \b
    diglot models list
    diglot models show static
    """


@models.command("list")
@json_option
def list_command(as_json: bool) -> int:
    """List the models that come with diglot; a folder's path works wherever a name does.

    \b
    diglot models list --json
    """
    from diglot.models import list_models

    folders = list_models()
    if as_json:
        names = ("name", "kind", "dimension", "size_bytes", "key")
        records = [{name: getattr(folder, name) for name in names} for folder in folders]
        write_json({"schema": SCHEMA, "models": records})
        return 0
    for folder in folders:
        size = f"{folder.size_bytes / 1e6:5.1f} MB"
        click.echo(f"{folder.name:10} {folder.kind:8} {folder.dimension:4} dimensions  {size}")
    return 0


@models.command()
@click.argument("model")
def show(model: str) -> int:
    """Show the card of MODEL, a name or a folder, and check its files against their hashes.

    \b
    diglot models show static
    diglot models show ./my-model
    """
    from diglot.models import resolve_model

    folder = resolve_model(model)
    folder.verify()
    click.echo(f"folder     {folder.path}")
    click.echo(f"kind       {folder.kind}, {folder.dimension} dimensions")
    click.echo(f"size       {folder.size_bytes / 1e6:.1f} MB")
    checked = "files are as recorded" if folder.recorded else "no hashes recorded"
    click.echo(f"key        {folder.key} ({checked})")
    click.echo()
    click.echo(folder.card or "(no card)")
    return 0
