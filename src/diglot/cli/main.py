"""The `diglot` command: its sub-commands, and what every one of them does about errors."""

from __future__ import annotations

import os
import sys

import click

from diglot import __version__
from diglot.cli.clear import clear
from diglot.cli.doctor import doctor
from diglot.cli.index import index
from diglot.cli.models import models
from diglot.cli.related import related
from diglot.cli.search import search
from diglot.cli.status import status
from diglot.errors import DiglotError

_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="diglot")
def cli() -> None:
    """Ask your code a question, offline.

    \b
    diglot search "where do we parse memory strings like 512m"
    diglot search getUserById src/
    diglot search -p requests "retry with backoff"
    """


for _command in (search, related, index, status, clear, models, doctor):
    cli.add_command(_command)


def main() -> None:
    """Run the command line. Exit codes as grep's: 0 hits, 1 none, 2 error; 130 interrupted."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except DiglotError as error:
        click.echo(f"diglot: {error}", err=True)
        code = 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("diglot: interrupted; what was indexed is kept", err=True)
        code = _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # silence the last flush
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
