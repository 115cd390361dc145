"""Questions that are text of a repository: a line, a phrase of one, a constant."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.asking import Place
from benchmarks.exact_questions import Question, holders

SUFFIXES = {
    "c": (".c", ".h"),
    "go": (".go",),
    "java": (".java",),
    "php": (".php",),
    "python": (".py",),
    "ruby": (".rb",),
    "rust": (".rs",),
    "typescript": (".ts", ".tsx"),
}
OTHER_SUFFIXES = (
    *(".bash", ".cpp", ".css", ".ftl", ".html", ".js", ".lua", ".pl", ".proto", ".sh", ".sql"),
    *(".tcl", ".vim", ".vue", ".zsh", ".mjs", ".nix", ".fish", ".ru", ".erb", ".jinja"),
)
"""Code and the like in other languages than the repository's own."""
LONGEST_LINE = 300
LEAST_WORD_CHARACTERS = 3
_CONSTANT = re.compile(r"\b0[xX][0-9a-fA-F]{3,}\b")
_PHRASE = re.compile(r"(?<![\w'.-])[a-zA-Z]{2,}(?: [a-zA-Z]{2,}){3}(?![\w'-])")

Lines = Mapping[str, Sequence[str]]


def read_lines(root: Path) -> dict[str, list[str]]:
    """Lines of every file of a tree that is UTF-8, by path."""
    found = {}
    for file in sorted(root.rglob("*")):
        if file.is_file() and not file.is_symlink():
            try:
                text = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            found[file.relative_to(root).as_posix()] = text.split("\n")
    return found


def unique_lines(lines: Lines, suffixes: Sequence[str]) -> list[tuple[str, int, str]]:
    """Path, number and text of the lines in files of some kinds that stand nowhere else."""
    times = Counter(line.strip() for text in lines.values() for line in text)
    return [
        (path, number, line.strip())
        for path, text in lines.items()
        if path.endswith(tuple(suffixes))
        for number, line in enumerate(text, 1)
        if times[line.strip()] == 1
        and len(re.findall(r"\w", line)) >= LEAST_WORD_CHARACTERS
        and len(line.strip()) <= LONGEST_LINE
    ]


def text_questions(
    repository: str, language: str, lines: Lines, units: Sequence[Place], limit: int, seed: int
) -> list[Question]:
    """Ask for text that stands once in a tree, `limit` questions a kind.

    Kinds are `line` (of a file in the repository's language), `line of another language`, `phrase`
    (four words in double quotes) and `constant` (hexadecimal, at least three digits).
    """
    by_path = defaultdict(list)
    for unit in units:
        by_path[unit.path].append(unit)
    own = SUFFIXES[language]
    drawn = {
        "line": unique_lines(lines, own),
        "line of another language": unique_lines(lines, OTHER_SUFFIXES),
        "phrase": [(p, n, f'"{text}"') for p, n, text in _once(lines, own, _PHRASE)],
        "constant": _once(lines, own, _CONSTANT),
    }
    return [
        Question(repository, kind, text, holders(by_path[path], path, number), f"{path}:{number}")
        for kind, found in drawn.items()
        for path, number, text in draw(found, limit, f"{seed} {repository} {kind}")
    ]


def draw(
    found: Sequence[tuple[str, int, str]], limit: int, seed: str
) -> list[tuple[str, int, str]]:
    """Choose by chance, more of the same choice for a higher limit."""
    chosen = list(found)
    random.Random(seed).shuffle(chosen)
    return chosen[:limit]


def _once(
    lines: Lines, suffixes: Sequence[str], pattern: re.Pattern[str]
) -> list[tuple[str, int, str]]:
    """Matches of a pattern in files of some kinds whose text stands once in the tree."""
    everything = "\n".join("\n".join(text) for text in lines.values()).casefold()
    first: dict[str, tuple[str, int, str]] = {}
    for path, number, line in _numbered(lines, suffixes):
        for match in pattern.finditer(line):
            first.setdefault(match[0].casefold(), (path, number, match[0]))
    chosen = list(first.items())
    random.Random(str(len(chosen))).shuffle(chosen)
    return [place for text, place in chosen[:400] if everything.count(text) == 1]


def _numbered(lines: Lines, suffixes: Sequence[str]) -> Iterable[tuple[str, int, str]]:
    for path, text in lines.items():
        if path.endswith(tuple(suffixes)):
            for number, line in enumerate(text, 1):
                yield path, number, line
