"""`diglot search`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diglot.cli.options import cache_option, model_option, open_index
from diglot.cli.output import SCHEMA, cut_snippet, hit_record, write_hits, write_json
from diglot.errors import InputError
from diglot.index.packages import package_folder

if TYPE_CHECKING:
    from diglot.index import Index
    from diglot.types import Hit

_Found = list[tuple[Path, "Hit", dict[str, float] | None]]
_CLOSEST = 3


@click.command()
@click.argument("query")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-p", "--package", metavar="NAME", help="Search an installed Python or npm package.")
@click.option("-k", "--top-k", default=10, show_default=True, help="How many hits at most.")
@click.option(
    "--rank",
    default="balanced",
    show_default=True,
    metavar="fast|balanced|best",
    help="Latency budget: static vectors, or the encoder on top of them.",
)
@click.option("-t", "--lang", "languages", multiple=True, help="Only this language; repeatable.")
@click.option(
    "-g", "--glob", "globs", multiple=True, help="Only these paths; `!` excludes; repeatable."
)
@click.option("--kind", "kinds", multiple=True, help="Only units of this kind; repeatable.")
@click.option("--min-score", default=0.0, help="Leave out hits of a lower probability.")
@click.option("--snippet-lines", type=int, help="Lines of code shown of each hit.")
@click.option("--why", is_flag=True, help="Show the features behind each hit.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object a line, one a hit.")
@model_option
@cache_option
def search(
    query: str,
    paths: tuple[Path, ...],
    package: str | None,
    top_k: int,
    rank: str,
    languages: tuple[str, ...],
    globs: tuple[str, ...],
    kinds: tuple[str, ...],
    min_score: float,
    snippet_lines: int | None,
    why: bool,
    as_json: bool,
    as_jsonl: bool,
    model: str,
    cache_dir: Path | None,
) -> int:
    """Find the code that answers QUERY: words, a symbol, or a line of code.

    PATHS are folders or files, by default the current folder. Exits with 0 if something was
    found, 1 if nothing good was, 2 on an error.

    \b
    diglot search "where do we parse memory strings like 512m"
    diglot search Foo::bar src/ --rank fast
    diglot search -p flask "how is a session cookie signed" --why
    """
    roots = _roots(paths, package)
    found: _Found = []
    notes: dict[str, None] = {}
    indexes: list[Index] = []
    for root, only in roots:
        index = open_index(root, cache_dir, model)
        indexes.append(index)
        result = index.search_explained(
            query,
            top_k,
            rank,  # type: ignore[arg-type]  # checked there, with the accepted values
            languages,
            [*globs, *only],
            kinds=kinds,
        )
        notes.update(dict.fromkeys(result.notes))
        found += [
            (index.root, hit, contributions if why else None)
            for hit, contributions in zip(result.hits, result.contributions, strict=True)
        ]
    if len(roots) > 1:  # scores of different indexes do not compare, probabilities do
        found.sort(key=lambda item: -(item[1].probability or 0.0))
        found = found[:top_k]
    for note in notes:
        click.echo(f"diglot: {note}", err=True)
    found = [item for item in found if (item[1].probability or 0.0) >= min_score]
    good = any((hit.probability or 0.0) >= indexes[0].threshold(rank) for _, hit, _ in found)
    if as_json:
        _write_document(query, indexes, found, good, snippet_lines)
    elif not good:
        _say_no_good_match(found, indexes, snippet_lines)
    elif as_jsonl:
        for _, hit, contributions in found:
            click.echo(json.dumps(_record(hit, contributions, snippet_lines), ensure_ascii=False))
    else:
        write_hits(found, sys.stdout, snippet_lines)
    return 0 if good else 1


def _roots(paths: tuple[Path, ...], package: str | None) -> list[tuple[Path, list[str]]]:
    """Folders to open, each with globs that narrow it to a file."""
    if package is not None:
        if paths:
            raise InputError(f"--package {package}: does not go together with a path")
        return [(package_folder(package, Path.cwd()), [])]
    roots: list[tuple[Path, list[str]]] = []
    for path in paths or (Path(),):
        if path.is_file():
            roots.append((path.parent, [f"/{path.name}"]))
        else:
            roots.append((path, []))
    return roots


def _record(
    hit: Hit, contributions: dict[str, float] | None, snippet_lines: int | None
) -> dict[str, Any]:
    if snippet_lines is not None:
        hit = replace(hit, snippet=cut_snippet(hit, snippet_lines))
    return hit_record(hit, contributions)


def _write_document(
    query: str, indexes: list[Index], found: _Found, good: bool, snippet_lines: int | None
) -> None:
    """Write the JSON document; hits that are no good match go under `closest`."""
    records = [_record(hit, contributions, snippet_lines) for _, hit, contributions in found]
    document: dict[str, Any] = {"schema": SCHEMA, "query": query, "index": _state(indexes)}
    document["hits"] = records if good else []
    if not good:
        document["closest"] = records[:_CLOSEST]
    write_json(document)


def _state(indexes: list[Index]) -> dict[str, Any]:
    """Freshness of what was searched, over all folders."""
    states = [index.state for index in indexes]
    return {
        "fresh": all(state.fresh for state in states),
        "pending": sum(state.pending for state in states),
        "model": states[0].model,
        "built_at": min(state.built_at for state in states),
    }


def _say_no_good_match(found: _Found, indexes: list[Index], snippet_lines: int | None) -> None:
    """Say on standard error that nothing fits, and what comes closest."""
    units = sum(index.state.units for index in indexes)
    if not units:
        click.echo("diglot: nothing to search: no source files here", err=True)
    elif not found:
        click.echo("diglot: no good match", err=True)
    else:
        click.echo("diglot: no good match; the closest:", err=True)
        write_hits(found[:_CLOSEST], sys.stderr, snippet_lines)
