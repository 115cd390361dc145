"""Where a git repository begins, and the ignore files git keeps outside the tree.

Files are read as git would, without running it: it need not be installed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from diglot.index.ignore import IgnoreRules, read_ignore_file
from diglot.index.reading import read_regular_file

GIT = ".git"
"""A folder, or in worktrees and submodules a file that names one."""

_MAX_CONFIG_BYTES = 1 << 20
_SECTION = re.compile(r"\s*\[\s*([^\]]*?)\s*\]")
_EXCLUDES = re.compile(r'\s*excludesfile\s*=\s*(?:"([^"]*)"|([^#;]*))', re.IGNORECASE)


def repository_top(folder: Path) -> Path | None:
    """Find the top of the repository that holds a folder; None if there is none."""
    for candidate in (folder, *folder.parents):
        if os.path.lexists(candidate / GIT):  # False, not an error, where nothing may be read
            return candidate
    return None


def repository_rules(top: Path, base: str = "") -> tuple[IgnoreRules, ...]:
    """Read the rules of `.git/info/exclude` and of the user's excludes, the stronger first.

    Args:
        top: top of a repository, or a folder that is in none and has the user's excludes alone.
        base: prefix of the paths to judge that stands for `top`, see `IgnoreRules`.
    """
    metadata = _metadata_folder(top)
    files = [metadata / "info" / "exclude", _user_excludes(metadata, top)]
    read = (read_ignore_file(file, base) for file in files if file)
    return tuple(rules for rules in read if rules)


def _metadata_folder(top: Path) -> Path:
    """Find the folder with a repository's settings, which its worktrees share."""
    folder = top / GIT
    if folder.is_file():
        folder = top / _text(folder).removeprefix("gitdir:").strip()
    return folder / _text(folder / "commondir").strip()


def _user_excludes(metadata: Path, top: Path) -> Path | None:
    """Find the file that `core.excludesFile` names, or git's default for it."""
    settings = _expanded(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "git"
    excludes: str | None = None
    for config in (settings / "config", _expanded("~/.gitconfig"), metadata / "config"):
        named = _excludes_setting(_text(config))
        excludes = excludes if named is None else named
    if excludes is None:
        return settings / "ignore"
    return top / _expanded(excludes) if excludes else None


def _excludes_setting(config: str) -> str | None:
    """Find the value of `core.excludesFile` in a git configuration; None if it is not set."""
    section, value = "", None
    for line in config.splitlines():
        header = _SECTION.match(line)
        if header:
            section = header[1].lower()
        setting = _EXCLUDES.match(line, header.end() if header else 0)
        if setting and section == "core":
            value = setting[1] if setting[1] is not None else setting[2].strip()
    return value


def _expanded(path: str) -> Path:
    """Resolve a leading `~`, if the user has a home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _text(path: Path) -> str:
    """Read a small file; empty if that is not possible."""
    data = read_regular_file(path, _MAX_CONFIG_BYTES)
    return data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else ""
