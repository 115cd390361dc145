"""The `diglot` command: its sub-commands, and what every one of them does about errors."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from diglot import __version__
from diglot.cli.clear import clear
from diglot.cli.corpus import corpus
from diglot.cli.doctor import doctor
from diglot.cli.index import index
from diglot.cli.models import models
from diglot.cli.related import related
from diglot.cli.search import search
from diglot.cli.status import status
from diglot.cli.tokenizer import tokenizer
from diglot.cli.train import train
from diglot.errors import DiglotError

_LONG_WORD = re.compile(r"(\S{100})\S{200,}(\S{50})")
_MESSAGE_LENGTH = 2000
_ERROR = 2
_INTERRUPTED = 130


class _Commands(click.Group):
    """The commands in the order they were added; whoever reads them may go away, as `head` does."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes once more at exit: let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return code


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="diglot")
@click.pass_context
def cli(context: click.Context) -> None:
    """Ask your code a question, offline.

    \b
    diglot search "where do we parse memory strings like 512m"
    diglot search Cache.get src/
    diglot search -p requests "retry with backoff"
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in (search, related, index, status, clear, corpus, tokenizer, train, models, doctor):
    cli.add_command(_command)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 hits, 1 none, 2 error, 130 interrupted.

    Args:
        args: the arguments after the program's name; by default those it was started with.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # code may hold characters that the terminal has not
            stream.reconfigure(errors="replace")
    sys.exit(_run(args))


def _run(args: Sequence[str] | None) -> int:
    for argument in sys.argv[1:] if args is None else args:
        if "\0" in argument:
            return _fail(f"argument {argument!r}: accepted is text without NUL characters")
    try:
        code = cli.main(args, prog_name="diglot", standalone_mode=False)
    except click.ClickException as error:
        command = (
            error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
        )
        message = " ".join(error.format_message().split())
        hint = f" (see {command} --help)" if command else ""
        return _fail(message + hint)
    except DiglotError as error:
        return _fail(str(error))
    except OSError as error:  # of a file or folder that nobody below knows more about
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except click.Abort:
        click.echo("diglot: interrupted; what was done is kept", err=True)
        return _INTERRUPTED
    except Exception:  # a defect; Python's own exit code 1 would mean that there are no hits
        traceback.print_exc()
        return _ERROR
    return code if isinstance(code, int) else 0


def _fail(message: str) -> int:
    click.echo(f"diglot: {_shortened(message)}", err=True)
    return _ERROR


def _shortened(message: str) -> str:
    """A message in which very long words, and very many, are cut in the middle."""
    message = _LONG_WORD.sub(r"\1...\2", message)
    if len(message) <= _MESSAGE_LENGTH:
        return message
    return f"{message[: _MESSAGE_LENGTH // 2]} ... {message[-_MESSAGE_LENGTH // 2 :]}"
