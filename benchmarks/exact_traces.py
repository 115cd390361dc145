"""Questions that are stack traces, in the form each language's runtime prints them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.asking import CALLABLE, Place
from benchmarks.exact_lines import SUFFIXES, Lines
from benchmarks.exact_questions import Question

LEAST_LINES = 4
_ASIDE = re.compile(
    r"(^|/)(tests?|spec|docs?|examples?|benches|fuzz)(/|$)|_test\.|test_|Test", re.I
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A call under way."""

    unit: Place
    line: int
    code: str
    """Text of the line."""
    head: str
    """First lines of the file, which name its package."""

    @property
    def name(self) -> str:
        """Last part of the symbol."""
        return self.unit.symbol.rpartition(".")[2]


def trace_questions(
    repository: str, language: str, lines: Lines, units: Sequence[Place], limit: int, seed: int
) -> list[Question]:
    """Ask for the innermost of three calls of the repository's own, `limit` times."""
    choice = random.Random(f"{seed} {repository} trace")
    usable = [
        unit
        for unit in units
        if unit.kind in CALLABLE
        and unit.symbol
        and unit.path.endswith(SUFFIXES[language])
        and not _ASIDE.search(unit.path)
        and unit.end_line - unit.start_line + 1 >= LEAST_LINES
        and re.fullmatch(r"[\w.]+", unit.symbol)
    ]
    questions = []
    for _ in range(limit if len(usable) >= 3 else 0):
        frames = [_frame(unit, lines, choice) for unit in choice.sample(usable, 3)]
        text = _WRITERS[language](frames)
        questions.append(Question(repository, "stack trace", text, (frames[-1].unit,)))
    return questions


def _frame(unit: Place, lines: Lines, choice: random.Random) -> Frame:
    text = lines[unit.path]
    inside = range(unit.start_line + 1, unit.end_line)
    telling = [number for number in inside if len(re.findall(r"\w", text[number - 1])) > 5]
    line = choice.choice(telling or list(inside))
    return Frame(unit, line, text[line - 1].strip(), "\n".join(text[:60]))


def _python(frames: Sequence[Frame]) -> str:
    called = "".join(
        f'  File "/srv/venv/lib/python3.12/site-packages/{frame.unit.path.removeprefix("src/")}", '
        f"line {frame.line}, in {frame.name}\n    {frame.code}\n"
        for frame in frames
    )
    return (
        'Traceback (most recent call last):\n  File "/srv/app/run.py", line 8, in <module>\n'
        f"    sys.exit(main())\n{called}TypeError: 'NoneType' object is not subscriptable"
    )


def _java(frames: Sequence[Frame]) -> str:
    def call(frame: Frame) -> str:
        package = re.search(r"^package ([\w.]+);", frame.head, re.MULTILINE)
        *owners, name = frame.unit.symbol.split(".")
        name = "<init>" if owners and owners[-1] == name else name
        file = frame.unit.path.rpartition("/")[2]
        before = f"{package[1]}." if package else ""
        return f"\tat {before}{'$'.join(owners)}.{name}({file}:{frame.line})"

    return "\n".join(
        [
            'Exception in thread "main" java.lang.IllegalStateException: null',
            *(call(frame) for frame in reversed(frames)),
            "\tat java.base/java.lang.Thread.run(Thread.java:840)",
        ]
    )


def _go(frames: Sequence[Frame]) -> str:
    def call(frame: Frame) -> str:
        package = frame.unit.path.rpartition("/")[0]
        *owners, name = frame.unit.symbol.split(".")
        owner = f"(*{owners[0]})." if owners else ""
        return (
            f"github.com/junegunn/fzf/{package}.{owner}{name}(0xc0000b4000, 0x1)\n"
            f"\t/home/dev/fzf/{frame.unit.path}:{frame.line} +0x1d4"
        )

    return "\n".join(
        [
            "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:",
            *(call(frame) for frame in reversed(frames)),
            "main.main()\n\t/home/dev/fzf/main.go:97 +0x5b",
        ]
    )


def _ruby(frames: Sequence[Frame]) -> str:
    def place(frame: Frame) -> str:
        return f"/srv/app/{frame.unit.path}:{frame.line}:in `{frame.name}'"

    last, *others = reversed(frames)
    calls = "".join(f"\n\tfrom {place(frame)}" for frame in others)
    return (
        f"{place(last)}: undefined method `each' for nil:NilClass (NoMethodError){calls}"
        "\n\tfrom config.ru:3:in `<main>'"
    )


def _php(frames: Sequence[Frame]) -> str:
    last = frames[-1]
    calls = []
    for number, frame in enumerate(reversed(frames)):
        namespace = re.search(r"^namespace ([\w\\]+);", frame.head, re.MULTILINE)
        *owners, name = frame.unit.symbol.split(".")
        owner = "\\".join([*([namespace[1]] if namespace else []), *owners])
        calls.append(f"#{number} /srv/app/{frame.unit.path}({frame.line}): {owner}->{name}(Array)")
    return (
        "PHP Fatal error:  Uncaught TypeError: Unsupported operand types: string + int in "
        f"/srv/app/{last.unit.path}:{last.line}\nStack trace:\n"
        + "\n".join(calls)
        + f"\n#{len(calls)} {{main}}\n  thrown in /srv/app/{last.unit.path} on line {last.line}"
    )


def _rust(frames: Sequence[Frame]) -> str:
    calls = "".join(
        f"   {number}: {frame.unit.path.split('/')[-2]}::{frame.unit.symbol.replace('.', '::')}\n"
        f"             at ./{frame.unit.path}:{frame.line}:13\n"
        for number, frame in enumerate(reversed(frames), 2)
    )
    last = frames[-1]
    return (
        f"thread 'main' panicked at {last.unit.path}:{last.line}:13:\n"
        "called `Option::unwrap()` on a `None` value\nstack backtrace:\n"
        "   0: rust_begin_unwind\n   1: core::panicking::panic_fmt\n"
        f"{calls}   5: core::ops::function::FnOnce::call_once"
    )


def _typescript(frames: Sequence[Frame]) -> str:
    calls = "".join(
        f"    at {frame.unit.symbol} (/srv/app/{frame.unit.path}:{frame.line}:17)\n"
        for frame in reversed(frames)
    )
    return (
        "TypeError: Cannot read properties of undefined (reading 'length')\n"
        f"{calls}    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"
    )


_WRITERS = {
    "go": _go,
    "java": _java,
    "php": _php,
    "python": _python,
    "ruby": _ruby,
    "rust": _rust,
    "typescript": _typescript,
}
