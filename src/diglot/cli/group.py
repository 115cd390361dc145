"""Commands of commands."""

from __future__ import annotations

import click

from diglot.errors import did_you_mean


class Group(click.Group):
    """Commands in the order they were added; of a name that is none of them the nearest is told."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names as `--help` lists them."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names."""
        name = args[0]
        if name in self.commands or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        hint = did_you_mean(name, self.commands)
        raise click.UsageError(f"No such command {name!r}{hint}", ctx)
