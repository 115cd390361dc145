"""Files that are no code: does reading them end, in bounded time and memory, in every language?

    python -m benchmarks.fuzz_languages [--files N] [--languages NAME...] [--output FILE.json]

Every language gets N files made by a seeded mutation of the tests' samples: floods of one or a
few tokens, nesting, truncation, splices, soups of tokens, random bytes, long lines and large files.
Each is read as a search reads it (`extract_units`), as a corpus does (`read_functions`) and as
training does (`obfuscate`), in a process apart that may have 4 GiB of addresses. Reported are
crashes, files that took more than 10 s of CPU time and files that took more than 1 GiB beyond what
the process held before.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.provenance import hardware, package_versions, source_revision
from benchmarks.result_files import write_result
from diglot.languages import all_languages, extract_units, language_named, language_of
from diglot.languages.functions import read_functions
from diglot.languages.obfuscate import obfuscate
from diglot.languages.scopes import scope_rules

DEFAULT_OUTPUT = Path("benchmarks/results/fuzz_languages.json")
SAMPLES = Path("tests/languages/samples")
MOST_SECONDS = 10.0
MOST_BYTES = 1 << 30
ADDRESSES = 4 << 30
_HANGS_SECONDS = 120.0
"""CPU time after which a file is given up; a process that is paused does not count as hanging."""
_MOST_CHARACTERS = 1_000_000

OPENERS = ("(", "[", "{", "<", "${", "#{", "$(", "%w(", "%{", "~s(", "<a>", "[[", "f(", "a<", "\\(")
CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}
TOKENS = (
    *OPENERS,
    *(")", "]", "}", ">", "</a>", "))", "}}", "]]", ">>", "/*", "/*\n", "*/", "//", "--[[\n", "{-"),
    *("<<", "<<<<\n", "<<<<<<< A\n", "=======\n", "<<A\n", "<<<EOT\n", "<<-'E'\n", "=begin\n"),
    *('"', "'", "`", '"""\n', "'''\n", '@"', '$"{', '$$"', 'r#"', 'R"(', 'f"{', "`${", '"#{'),
    *("#if A\n", "#else\n", "#endif\n", "#define A \\\n", "#include <a>\n", "#", "\\", "\\\n"),
    *("if ", "else ", "if x:\n ", "begin\n", "do\n", "end\n", "case x of\n", "where ", "let a = "),
    *("function f() {\n", "class A {\n", "def f\n", "def f():\n ", "fn(", "lambda: ", "return "),
    *(
        "async ",
        "await ",
        "a.",
        "a::",
        "a, ",
        "a\n",
        "  a\n",
        "a: ",
        "x ? ",
        "a ? b : ",
        "1 ",
        "0x",
    ),
    *(
        "->",
        "=>",
        "-",
        "!",
        "&",
        "*",
        "+",
        "=",
        ";",
        ",",
        ":",
        "@",
        "@a ",
        "?>",
        "<?php ",
        "|",
        "^",
    ),
    *("\n", "\t", " ", "\r", "\x01", "\0", "é", "日本", "\U00010400", "\u2028", "\x7f", "\x0c"),
)

Sample = tuple[str, str]
"""Name of a language and the text of a sample of it."""
Outcome = dict[str, Any]


def samples() -> list[Sample]:
    """The samples of the tests."""
    found = []
    for path in sorted(SAMPLES.iterdir()):
        language = language_of(path.name)
        if language is not None and path.suffix != ".units":
            found.append((language.name, path.read_text(encoding="utf-8")))
    return found


def make(language: str, number: int, known: Sequence[Sample]) -> tuple[str, str]:
    """Make a file.

    Args:
        language: what it pretends to be written in.
        number: which of the language's files; equal numbers give equal files.
        known: samples to mutate.

    Returns:
        The mutation and the text.
    """
    chance = random.Random(f"{language} {number}")
    own = chance.choice([text for name, text in known if name == language])
    mutation = MUTATIONS[number % len(MUTATIONS)]
    size = min(int(chance.lognormvariate(9.6, 1.3)), _MOST_CHARACTERS)  # half are over 15 kB
    text = mutation(chance, size, own, [text for _, text in known])
    return mutation.__name__.strip("_"), text[:_MOST_CHARACTERS]


def _flood(chance: random.Random, size: int, own: str, _others: list[str]) -> str:
    token = "".join(chance.choices(TOKENS, k=chance.choice((1, 1, 2, 3))))
    cut = chance.randrange(len(own)) if chance.random() < 0.5 else 0
    return own[:cut] + token * (size // len(token)) + chance.choice(("", own[cut:]))


def _nesting(chance: random.Random, size: int, own: str, _others: list[str]) -> str:
    before = chance.choice(("", "a", "a = ", "if ", "f", "%", "new ", "x => "))
    opener = "".join(chance.choices(OPENERS, k=chance.choice((1, 1, 2))))
    closer = "".join(CLOSERS.get(character, "") for character in reversed(opener))
    depth = size // (len(before + opener + closer) or 1)
    inner = chance.choice(("", "1", own, chance.choice(TOKENS)))
    return (
        (before + opener) * depth + inner + closer * chance.choice((depth, depth // 2, depth - 1))
    )


def _truncation(chance: random.Random, size: int, own: str, _others: list[str]) -> str:
    text = own * (size // len(own)) + own
    start = chance.randrange(len(own))
    return text[start : start + size]


def _splice(chance: random.Random, size: int, own: str, others: list[str]) -> str:
    pieces: list[str] = []
    while sum(map(len, pieces)) < size:
        text = chance.choice((own, chance.choice(others)))
        start = chance.randrange(len(text))
        pieces.append(text[start : start + chance.randrange(1, 2_000)])
    return "".join(pieces)


def _soup(chance: random.Random, size: int, own: str, _others: list[str]) -> str:
    words = [*re.findall(r"\w+|\s+|[^\w\s]", own), *TOKENS]
    few = chance.sample(words, k=chance.choice((2, 4, 8, 100)))
    return "".join(chance.choices(few, k=size // 3 + 1))


def _noise(chance: random.Random, size: int, own: str, _others: list[str]) -> str:
    data = bytearray((own * (size // len(own) + 1)).encode())
    for _ in range(1 + int(len(data) * chance.choice((0.001, 0.02, 0.5)))):
        data[chance.randrange(len(data))] = chance.randrange(1, 256)
    return data.decode(errors="replace")


def _long_line(chance: random.Random, size: int, own: str, _others: list[str]) -> str:
    line = " ".join(own.split())
    return chance.choice(("", "x = ", '"')) + (line + chance.choice((" ", ";", ""))) * (
        size // len(line) + 1
    )


def _large(chance: random.Random, _size: int, own: str, _others: list[str]) -> str:
    text = own * (chance.randrange(100_000, _MOST_CHARACTERS) // len(own))
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(TOKENS) * chance.randrange(50) + text[at:]


MUTATIONS = (
    *(_flood, _nesting, _truncation, _splice, _soup, _noise, _flood, _nesting, _soup),
    *(_flood, _long_line, _splice, _noise, _flood, _nesting, _soup, _flood, _large),
)


def steps(text: str, language: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done with a file."""
    found = language_named(language)
    yield "units", lambda: extract_units(text, found)
    yield "functions", lambda: read_functions(text, found)
    if scope_rules(found) is not None:
        yield "obfuscate", lambda: obfuscate(text, found)


def _work(connection: Connection) -> None:
    """Read the files that are asked for, until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    known = samples()
    while task := connection.recv():
        language, number = task
        signal.setitimer(signal.ITIMER_PROF, _HANGS_SECONDS)  # its signal ends the process
        mutation, text = make(language, number, known)
        outcome: Outcome = {"mutation": mutation, "characters": len(text), "steps": {}}
        for step, act in steps(text, language):
            _forget_peak()
            held, start = _memory("VmRSS"), time.process_time()
            try:
                act()
            except Exception as error:
                outcome["error"] = f"{step}: {type(error).__name__}: {error}"[:200]
            outcome["steps"][step] = [time.process_time() - start, _memory("VmHWM") - held]
        connection.send(outcome)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _memory(name: str) -> int:
    """Bytes of resident memory, now (`VmRSS`) or at most (`VmHWM`); Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{name}:")[1].split()[0]) * 1024


class Reader:
    """A process that reads files, started again when one ends it."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._connection, other = self._context.Pipe()
        self._process = self._context.Process(target=_work, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def read(self, language: str, number: int) -> Outcome:
        """What became of a file."""
        self._connection.send((language, number))
        try:
            return dict(self._connection.recv())
        except (EOFError, ConnectionError):
            self._process.join()
            ended = self._process.exitcode
            self._start()
            return {"error": f"ended the process: {ended}", "steps": {}}

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def measure(languages: Sequence[str], files: int) -> dict[str, Any]:
    """Read so many files in each language.

    Returns:
        For each language the worst of each measure, and all files that exceed a bound.
    """
    reader = Reader()
    worst: dict[str, dict[str, float]] = {}
    failures: list[Outcome] = []
    try:
        for language in languages:
            seconds, slowest, memory, crashes = 0.0, 0, 0, 0
            for number in range(files):
                outcome = reader.read(language, number)
                taken = list(outcome["steps"].values())
                longest = max((one for one, _ in taken), default=0.0)
                if longest > seconds:
                    seconds, slowest = longest, number
                memory = max([memory, *(one for _, one in taken)])
                crashes += "error" in outcome
                if "error" in outcome or any(
                    one > MOST_SECONDS or held > MOST_BYTES for one, held in taken
                ):
                    failures.append({"language": language, "number": number, **outcome})
            worst[language] = {
                "files": files,
                "crashes": crashes,
                "most_seconds": seconds,
                "slowest": slowest,
                "most_bytes": memory,
            }
            sys.stderr.write(
                f"{language}: {crashes} crashes, {seconds:.1f} s, {memory >> 20} MiB\n"
            )
    finally:
        reader.close()
    return {"languages": worst, "failures": failures}


def markdown(result: Mapping[str, Any]) -> str:
    """The table."""
    lines = [
        "# Files that are no code",
        "",
        f"{result['hardware']}; revision {result['revision'][:12]}.",
        "",
        f"{len(result['failures'])} files crashed, took more than {MOST_SECONDS:.0f} s "
        f"or more than {MOST_BYTES >> 20} MiB.",
        "",
        "| language | files | crashes | most CPU seconds | most memory, MiB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {one['files']:,} | {one['crashes']} | {one['most_seconds']:.1f} "
        f"| {one['most_bytes'] / (1 << 20):.0f} |"
        for name, one in result["languages"].items()
    ]
    return "\n".join([*lines, ""])


def main() -> int:
    """Measure, then write FILE.json and FILE.md; 1 if a file exceeds a bound."""
    names = [language.name for language in all_languages()]
    parser = argparse.ArgumentParser(description="Read files that are no code.")
    parser.add_argument("--files", type=int, default=3_000, help="files in each language")
    parser.add_argument("--languages", nargs="+", default=names, metavar="NAME")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, metavar="FILE.json")
    arguments = parser.parse_args()
    result: dict[str, Any] = {
        "versions": package_versions(),
        "revision": source_revision(),
        "hardware": hardware(),
        **measure(arguments.languages, arguments.files),
    }
    write_result(arguments.output, result, markdown(result))
    return int(bool(result["failures"]))


if __name__ == "__main__":
    sys.exit(main())
