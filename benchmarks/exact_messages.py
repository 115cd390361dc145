"""Questions that are error messages, as a user of a library sees them.

Messages are taken from what `raise`, `throw` and calls that fail are given. What a message is
filled with at run time (fields of an f-string, `%s`, `{name}`, operands of `+`) is replaced by a
plausible value, and half of the messages have the exception's name in front.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.asking import Place
from benchmarks.exact_lines import Lines
from benchmarks.exact_questions import Question, holders

LEAST_WORDS = 3
FAILING = frozenset({"fail", "usage_error", "warn", "fatal", "abort"})
"""Last parts of the names of calls whose first argument is shown to the user."""
VALUES = (
    *("'--count'", "config.toml", "42", "/tmp/report.txt", "'users'", "http://example.org/a"),
    *("'deploy'", "3", "int", "Order", "utf-8", "['a', 'b']", "main.html", "None"),
)
_FIELD = re.compile(r"%\([a-z_]+\)[sdr]|%[sdrxi]|\{[^{}]*\}")
_THROW = re.compile(r"throw\s+new\s+(?P<name>\w+)\s*\((?P<argument>[^;]*?)\)\s*;", re.DOTALL)
_JAVA_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the source."""

    line: int
    """Where its text begins."""
    exception: str
    parts: tuple[str | None, ...]
    """Literal text, and None where a value is filled in."""

    def shown(self, choice: random.Random, with_name: bool) -> str:
        """The message with values filled in."""
        text = "".join(choice.choice(VALUES) if part is None else part for part in self.parts)
        text = " ".join(_FIELD.sub(lambda match: choice.choice(VALUES), text).split())
        return f"{self.exception}: {text}" if with_name else text

    @property
    def words(self) -> int:
        """How many words are literal."""
        literal = _FIELD.sub(" ", " ".join(part for part in self.parts if part))
        return len(re.findall(r"[A-Za-z]{2,}", literal))


def message_questions(
    repository: str,
    language: str,
    lines: Lines,
    units: Sequence[Place],
    limit: int,
    seed: int,
) -> list[Question]:
    """Ask for `limit` messages of a library's own code, tests left out."""
    read = {"python": python_messages, "java": java_messages}[language]
    suffix = {"python": ".py", "java": ".java"}[language]
    found: list[tuple[str, Message]] = [
        (path, message)
        for path, text in lines.items()
        if path.endswith(suffix) and not _is_aside(path)
        for message in read("\n".join(text))
        if message.words >= LEAST_WORDS
    ]
    choice = random.Random(f"{seed} {repository} message")
    choice.shuffle(found)
    same = _same_messages(found)
    questions: dict[tuple[str | None, ...], Question] = {}
    for path, message in found:
        if message.parts in questions or len(questions) == limit:
            continue
        with_name = len(questions) % 2 == 0
        answers = tuple(
            place
            for other_path, line in same[message.parts]
            for place in holders(
                (unit for unit in units if unit.path == other_path), other_path, line
            )
        )
        questions[message.parts] = Question(
            repository,
            "message, exception in front" if with_name else "message",
            message.shown(choice, with_name),
            answers,
            f"{path}:{message.line}",
        )
    return list(questions.values())


def python_messages(source: str) -> Iterable[Message]:
    """Messages of a Python module."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            call = node.exc
        elif isinstance(node, ast.Call) and _last_name(node.func) in FAILING:
            call = node
        else:
            continue
        if call.args:
            argument = call.args[0]
            text = _first_text(argument)
            if text is not None:
                name = _last_name(call.func)
                exception = name if name[:1].isupper() else "Error"
                yield Message(text.lineno, exception, tuple(_parts(argument)))


def java_messages(source: str) -> Iterable[Message]:
    """Messages of a Java file."""
    for match in _THROW.finditer(source):
        argument = match["argument"]
        if argument.count("(") != argument.count(")"):
            argument += ")"
        first = _JAVA_STRING.search(argument)
        if first is None or "(" in argument[: first.start()]:
            continue
        line = source.count("\n", 0, match.start("argument") + first.start()) + 1
        yield Message(line, match["name"], tuple(_java_parts(argument)))


def _java_parts(argument: str) -> Iterable[str | None]:
    position = 0
    for string in _JAVA_STRING.finditer(argument):
        between = argument[position : string.start()]
        if re.search(r"\w", between):
            yield None
        yield re.sub(r"\\(.)", r"\1", string[1]).replace("\\n", " ")
        position = string.end()
    if re.match(r"\s*\+\s*\w", argument[position:]):
        yield None


def _parts(node: ast.expr) -> Iterable[str | None]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            for value in values:
                yield from _parts(value)
        case ast.BinOp(left=left, op=ast.Mod()):
            yield from _parts(left)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _parts(left)
            yield from _parts(right)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "strip")):
            yield from _parts(value)
        case ast.Call(func=ast.Name(id="_" | "gettext"), args=[argument, *_]):
            yield from _parts(argument)
        case _:
            yield None


def _first_text(node: ast.expr) -> ast.Constant | None:
    texts = (
        child
        for child in ast.walk(node)
        if isinstance(child, ast.Constant) and isinstance(child.value, str)
    )
    literal = any(part and part.strip() for part in _parts(node))
    return min(texts, key=lambda child: (child.lineno, child.col_offset)) if literal else None


def _same_messages(
    found: Iterable[tuple[str, Message]],
) -> Mapping[tuple[str | None, ...], list[tuple[str, int]]]:
    same: dict[tuple[str | None, ...], list[tuple[str, int]]] = {}
    for path, message in found:
        same.setdefault(message.parts, []).append((path, message.line))
    return same


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_aside(path: str) -> bool:
    return bool(re.search(r"(^|/)(tests?|docs?|examples?|setup\.py|scripts?)(/|$)", path))
