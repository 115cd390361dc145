"""`diglot search`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from diglot.cli.choices import OneOf, complete_languages, complete_ranks
from diglot.cli.options import (
    cache_option,
    json_option,
    model_option,
    open_index,
    snippet_option,
    top_k_option,
)
from diglot.cli.output import (
    SCHEMA,
    Shown,
    hit_records,
    index_record,
    write_hits,
    write_json,
    write_json_line,
)
from diglot.cli.places import Place, places_to_search
from diglot.cli.terminal import say
from diglot.errors import InputError
from diglot.types import Rank, UnitKind

if TYPE_CHECKING:
    from diglot.index import Index
    from diglot.index.answer import Answer, Verdict

_CLOSEST = 3


@click.command()
@click.argument("query")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("-p", "--package", metavar="NAME", help="Search an installed Python or npm package.")
@top_k_option
@click.option(
    "--rank",
    default="balanced",
    show_default=True,
    metavar="fast|balanced|best",
    shell_complete=complete_ranks,
    help="Latency budget: word vectors, or the encoder on top of them.",
)
@click.option(
    "-t",
    "--lang",
    "languages",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_languages,
    help="Only this language, by its name, ripgrep's (py, ts, golang) or an extension.",
)
@click.option(
    "-g",
    "--glob",
    "globs",
    metavar="GLOB",
    multiple=True,
    help="Only these paths, as in .gitignore; with `!` in front, not these.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=OneOf(get_args(UnitKind)),
    help="Only units of this kind.",
)
@click.option(
    "--min-score",
    metavar="P",
    type=click.FloatRange(0, 1),
    help="Only hits of at least this probability  [default: all, if the best is a good match]",
)
@snippet_option
@click.option("--why", is_flag=True, help="Show what each feature adds to a score.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line for each hit.")
@model_option
@cache_option
def search(
    query: str,
    paths: tuple[Path, ...],
    package: str | None,
    top_k: int,
    rank: Rank,
    languages: tuple[str, ...],
    globs: tuple[str, ...],
    kinds: tuple[str, ...],
    min_score: float | None,
    snippet_lines: int | None,
    why: bool,
    as_json: bool,
    as_jsonl: bool,
    model: str,
    cache_dir: Path | None,
) -> int:
    """Find the code that answers QUERY.

    QUERY is a question in words, a symbol, or a line of code; one that begins with a dash goes
    after `--`. Each PATH is a folder or a file, by default the current folder. Filters can be
    repeated. Exits with 0 if something was found, 1 if there was no good match, 2 on an error.

    \b
    diglot search "where do we parse memory strings like 512m"
    diglot search Cache.get src/ --rank fast
    diglot search "sign a cookie" -t python -g '!tests' --kind function
    diglot search -p flask "how is a session cookie signed" --why
    """
    from diglot.index.request import check_request

    if as_json and as_jsonl:
        raise InputError("--json and --jsonl: accepted is one of them")
    check_request(query, top_k, rank, languages, kinds)
    request = _Request(query, top_k, rank, languages, kinds, min_score, why)
    places = places_to_search(paths, package, globs)
    indexes = [open_index(place.root, cache_dir, model) for place in places]
    answer = _ask(request, indexes, places)
    _write_notes(answer)
    if as_json:
        _write_document(query, indexes, answer, snippet_lines)
    elif not answer.hits:
        _say_no_good_match(query, answer, snippet_lines)
    elif as_jsonl:
        for record in hit_records(answer.hits, snippet_lines, one_root=len(indexes) == 1):
            write_json_line(record)
    else:
        write_hits(answer.hits, sys.stdout, snippet_lines, query)
    return 0 if answer.hits else 1


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked of every index."""

    query: str
    top_k: int
    rank: Rank
    languages: Sequence[str]
    kinds: Sequence[str]
    min_score: float | None
    why: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    """What all indexes found."""

    verdict: Verdict
    hits: list[Shown]
    """What is good enough to show."""
    closest: list[Shown]
    """The best of what was found, good enough or not."""
    not_searched: list[str]
    """Without a good match, what was left out of the search and why, by folder."""
    notes: list[str]


def _ask(request: _Request, indexes: Sequence[Index], places: Sequence[Place]) -> _Answer:
    """Ask every index and merge the answers."""
    from diglot.index.answer import verdict_of_all  # late, like all that needs NumPy

    answers: list[Answer] = []
    found: dict[tuple[str, int, str], Shown] = {}
    notes: dict[str, None] = {}
    for index, place in zip(indexes, places, strict=True):
        answer = index.answer(
            request.query,
            request.top_k,
            request.rank,
            request.languages,
            place.globs,
            request.kinds,
        )
        answers.append(answer)
        notes.update(dict.fromkeys([*place.left_out(index), *answer.notes]))
        for hit, parts in zip(answer.hits, answer.contributions, strict=True):
            shown = Shown(hit, index.root, parts if request.why else None, place.shown(hit.path))
            found.setdefault((str(index.root / hit.path), hit.start_line, hit.symbol), shown)
    best = list(found.values())
    if len(indexes) > 1:  # scores of different indexes do not compare, probabilities do
        best.sort(key=lambda shown: -(shown.hit.probability or 0.0))
    best = best[: request.top_k]
    verdict = verdict_of_all(answers)
    if request.min_score is None:
        hits = best if verdict == "good match" else []
    else:
        hits = [shown for shown in best if (shown.hit.probability or 0.0) >= request.min_score]
    not_searched = [
        f"{place.shown('')}: {answer.not_searched}" if len(places) > 1 else answer.not_searched
        for place, answer in zip(places, answers, strict=True)
        if answer.not_searched
    ]
    return _Answer(verdict, hits, best[:_CLOSEST], not_searched, list(notes))


def _write_notes(answer: _Answer) -> None:
    """Say on standard error what the user should know about the answer."""
    for note in answer.notes:
        say(f"diglot: {note}", err=True)


def _write_document(
    query: str, indexes: Sequence[Index], answer: _Answer, snippet_lines: int | None
) -> None:
    """Write the JSON document; without a good match, what comes near goes under `closest`."""
    document: dict[str, Any] = {"schema": SCHEMA, "query": query, "index": index_record(indexes)}
    document["verdict"] = answer.verdict
    one_root = len(indexes) == 1
    document["hits"] = hit_records(answer.hits, snippet_lines, one_root=one_root)
    if not answer.hits:
        document["not_searched"] = answer.not_searched
        document["closest"] = hit_records(answer.closest, snippet_lines, one_root=one_root)
    write_json(document)


def _say_no_good_match(query: str, answer: _Answer, snippet_lines: int | None) -> None:
    """Say on standard error that nothing fits, and what comes closest."""
    if answer.closest:
        say("diglot: no good match; the closest:", err=True)
        write_hits(answer.closest, sys.stderr, snippet_lines, query)
    else:
        say("diglot: no good match", err=True)
    for line in answer.not_searched:
        say(f"diglot: {line}", err=True)
