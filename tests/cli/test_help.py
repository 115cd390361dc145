from __future__ import annotations

import click
import pytest

from diglot import __version__
from diglot.cli.main import cli


def commands(group: click.Group, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command and sub-command."""
    found = []
    for name, command in group.commands.items():
        words = (*prefix, name)
        found.append(words)
        if isinstance(command, click.Group):
            found += commands(command, words)
    return found


ALL = commands(cli)


def test_the_commands_are_these() -> None:
    assert {" ".join(words) for words in ALL} == {
        "search",
        "related",
        "index",
        "status",
        "clear",
        "corpus",
        "corpus build",
        "corpus show",
        "tokenizer",
        "tokenizer train",
        "tokenizer report",
        "train",
        "models",
        "models list",
        "models show",
        "doctor",
    }


@pytest.mark.parametrize("words", ALL, ids=" ".join)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_has_examples_that_would_run(run, words: tuple[str, ...], flag: str) -> None:
    result = run(*words, flag)
    assert (result.code, result.err) == (0, "")
    command = f"diglot {' '.join(words)}"
    assert result.out.startswith(f"Usage: {command}")
    assert any(line.strip().startswith(command) for line in result.out.splitlines()[1:])


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_option_is_explained(words: tuple[str, ...]) -> None:
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_without_arguments_the_help_is_shown(run) -> None:
    result = run()
    assert (result.code, result.err) == (0, "")
    assert result.out == run("--help").out
    assert 'diglot search "' in result.out


def test_help_lists_the_commands_in_full_sentences(run) -> None:
    listed = run("--help").out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed][:2] == ["search", "related"]
    assert all(line.endswith(".") and "..." not in line for line in listed)


def test_version(run) -> None:
    result = run("--version")
    assert (result.code, result.out) == (0, f"diglot, version {__version__}\n")
