"""Shell scripts of the Bourne family, with Bats tests."""

from __future__ import annotations

import re

from diglot.languages.base import Language

_TEST = re.compile(rb"""^([ \t]*)(@test[ \t]+["'].*)(["'][ \t])([ \t]*\{[ \t]*)$""", re.MULTILINE)
_NOT_IN_NAMES = re.compile(rb"[^\w\x80-\xff]")


_NOT_ASCII = bytes([*range(0x80), *b"x" * 0x80])


def _readable(source: bytes) -> bytes:
    """Change what the grammar cannot read, byte for byte: Bats tests, characters beyond ASCII.

    Its scanner looks characters up in C's tables of 256: one far beyond them ends the process.
    """
    return _tests_as_functions(source).translate(_NOT_ASCII)


def _tests_as_functions(source: bytes) -> bytes:
    """Turn Bats' `@test "some name" {` into a function `_test__some_name() {` as long."""

    def function(match: re.Match[bytes]) -> bytes:
        margin, name, _quote, brace = match.groups()
        return margin + _NOT_IN_NAMES.sub(b"_", name) + b"()" + brace

    return _TEST.sub(function, source) if b"@test" in source else source


LANGUAGE = Language(
    name="bash",
    aliases=("sh", "shell", "zsh", "ksh"),
    extensions=(".sh", ".bash", ".zsh", ".bats", ".ksh", ".ebuild"),
    filenames=(
        *(".bashrc", ".bash_profile", ".bash_aliases", ".zshrc", ".zshenv", ".zprofile"),
        *(".profile", "PKGBUILD", "APKBUILD"),
    ),
    interpreters=("sh", "bash", "dash", "zsh", "ksh", "ash", "bats"),
    grammar="tree_sitter_bash",
    line_comments=("#",),
    block_comments=(),
    rewrite=_readable,
    query="""
(function_definition) @function
(comment) @comment
""",
    calls="""
(command name: (command_name (word) @callee))
""",
)
