"""The `diglot` command: its sub-commands, and what every one of them does about errors."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

import click

from diglot import __version__
from diglot.cli.clear import clear
from diglot.cli.corpus import corpus
from diglot.cli.doctor import doctor
from diglot.cli.group import Group
from diglot.cli.index import index
from diglot.cli.models import models
from diglot.cli.related import related
from diglot.cli.search import search
from diglot.cli.status import status
from diglot.cli.terminal import say, write_text, write_traceback
from diglot.cli.tokenizer import tokenizer
from diglot.cli.train import train
from diglot.errors import DiglotError, did_you_mean

_LONG_WORD = re.compile(r"(\S{100})\S{200,}(\S{50})")
_MESSAGE_LENGTH = 2000
_ERROR = 2
_INTERRUPTED = 130


class _Commands(Group):
    """The commands; whoever reads what they write may go away, as `head` does."""

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
        write_text(context.get_help())


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
    warnings.showwarning = _warn
    sys.exit(_run(args))


def _run(args: Sequence[str] | None) -> int:
    for argument in sys.argv[1:] if args is None else args:
        if "\0" in argument:
            return _fail(f"argument {argument!r}: accepted is text without NUL characters")
    try:
        code = cli.main(args, prog_name="diglot", standalone_mode=False)
    except click.ClickException as error:
        return _fail(_message(error))
    except DiglotError as error:
        return _fail(str(error))
    except OSError as error:  # of a file or folder that nobody below knows more about
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except click.Abort:
        say("diglot: interrupted; what was done is kept", err=True)
        return _INTERRUPTED
    except Exception as error:  # a defect; Python's exit code 1 would mean that there are no hits
        write_traceback(error)
        return _ERROR
    return code if isinstance(code, int) else 0


def _message(error: click.ClickException) -> str:
    """What click has to say, in one line, with what was perhaps meant and where help is."""
    message = error.message if isinstance(error, click.NoSuchOption) else error.format_message()
    message = " ".join(message.split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    if isinstance(error, click.NoSuchOption):
        known = [name for option in context.command.params for name in option.opts]
        message = message.rstrip(".") + did_you_mean(error.option_name, known)
    return f"{message} (see {context.command_path} --help)"


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """Write a warning of Python or a library as diglot writes its own."""
    say(f"diglot: {' '.join(str(message).split())}", err=True)


def _fail(message: str) -> int:
    say(f"diglot: {_shortened(message)}", err=True)
    return _ERROR


def _shortened(message: str) -> str:
    """A message in which very long words, and very many, are cut in the middle."""
    message = _LONG_WORD.sub(r"\1...\2", message)
    if len(message) <= _MESSAGE_LENGTH:
        return message
    return f"{message[: _MESSAGE_LENGTH // 2]} ... {message[-_MESSAGE_LENGTH // 2 :]}"
