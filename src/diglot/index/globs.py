"""Globs: the paths that a search is narrowed to."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from functools import cache

from diglot.index.ignore import IgnoreRules

_SPECIAL = re.compile(r"[\\*?\[ ]")
_LINE_END = re.compile(r"[\r\n]")


def path_filter(globs: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that says whether globs select a path.

    A glob is written as in `.gitignore` and matches files, or folders with all they hold: by name
    in any folder, or by the path from the root if a slash stands before its end. Selected is what
    one of the globs matches, or anything if each begins with `!`, without what those with `!`
    match. The order of globs does not matter.

    Args:
        globs: the globs; without any, every path is selected.

    Returns:
        A function of a path relative to the root, with `/`.
    """
    globs = list(globs)
    included = [glob for glob in globs if not glob.startswith("!")]
    excludes = _matcher(glob.removeprefix("!") for glob in globs if glob.startswith("!"))
    if not included:
        return lambda path: not excludes(path)
    includes = _matcher(included)
    return lambda path: includes(path) and not excludes(path)


def exact_glob(path: str) -> str:
    """Return the glob that matches one path and what lies below it.

    Args:
        path: path relative to the root, with `/`.
    """
    return "/" + _LINE_END.sub("?", _SPECIAL.sub(r"\\\g<0>", path))


def _matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Say whether one of the globs matches a path or a folder above it."""
    # A `#` or `!` has a meaning at the start of a line that it does not have in a glob.
    lines = ("\\" + glob if glob.startswith(("#", "!")) else glob for glob in globs)
    rules = IgnoreRules(os.fsencode("\n".join(lines)))

    @cache
    def matches_folder(folder: str) -> bool:
        if not folder:
            return False
        above = folder.rpartition("/")[0]
        return matches_folder(above) or rules.verdict(folder, True) is True

    def matches(path: str) -> bool:
        return matches_folder(path.rpartition("/")[0]) or rules.verdict(path, False) is True

    return matches
