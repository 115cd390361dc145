"""What a worker does with one source, or with a part of one. Results lie in files."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from diglot.corpus.deduplicate import write_sketches
from diglot.corpus.extraction import Extractor, Found, may_be_wanted
from diglot.corpus.leaks import LeakCheck
from diglot.corpus.licences import (
    PERMISSIVE,
    detect_licence,
    is_allowed,
    is_licence_file,
    normalise_licence,
)
from diglot.corpus.minhash import Sketching
from diglot.corpus.recipe import CorpusRecipe, SourceEntry
from diglot.corpus.schema import SCHEMAS, Split, Table
from diglot.corpus.shards import TableWriter, read_tables
from diglot.corpus.sources import Fetched, RawFile, parse_source
from diglot.corpus.split import split_of

PART_BYTES = 16_000_000
"""Code that one task reads; a source is cut into parts of about that size."""

COMPARED: dict[Table, str] = {"files": "text", "functions": "code", "prose": "text"}
"""By which column near-duplicates are found."""


@dataclass(frozen=True, slots=True)
class SurveyTask:
    """A source to fetch and look over."""

    recipe: CorpusRecipe
    entry: SourceEntry
    cache: Path
    result: Path


@dataclass(frozen=True, slots=True)
class Survey:
    """What a source is."""

    repository: str
    revision: str
    digest: str
    """Of what was fetched."""
    licence_declared: str
    licence_detected: str
    files: int
    source_bytes: int
    """Of the files that may be wanted."""
    skipped: dict[str, int]
    """Files left out when reading the archive, by reason."""

    @property
    def parts(self) -> int:
        """Into how many parts it is cut."""
        return -(-self.source_bytes // PART_BYTES) or 1


@dataclass(frozen=True, slots=True)
class PartTask:
    """A part of a source to read into rows."""

    recipe: CorpusRecipe
    entry: SourceEntry
    survey: Survey
    part: int
    cache: Path
    folder: Path
    """Where the rows go; it exists only when complete."""

    @property
    def reading(self) -> Path:
        """Names the file being read, should a grammar end the process."""
        return self.folder.with_suffix(".reading")

    @property
    def crashes(self) -> Path:
        """Paths of files that ended the process."""
        return self.folder.with_suffix(".crashes")


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source."""

    entry: SourceEntry
    survey: Survey
    drops: dict[str, int]
    """What was left out while reading, by reason."""
    rows: dict[str, int]
    """Rows of each table before near-duplicates were removed."""


@dataclass(frozen=True, slots=True)
class SketchTask:
    """A part whose rows are to be compared."""

    folder: Path
    target: Path
    """Where to put what is compared: a folder a table."""
    sketching: Sketching


def survey(task: SurveyTask) -> None:
    """Fetch a source and write what it is."""
    if task.result.exists():
        return
    fetched = parse_source(task.entry.spec).fetch(task.cache)
    licences: dict[str, bytes] = {}
    files = size = 0
    for file in fetched.files():
        files += 1
        size += _weight(file, task.recipe, task.entry)
        if is_licence_file(file.path):
            licences[file.path] = file.data
    found = Survey(
        repository=fetched.repository,
        revision=fetched.revision,
        digest=fetched.digest,
        licence_declared=normalise_licence(task.entry.licence or fetched.declared_licence),
        licence_detected=detect_licence(licences),
        files=files,
        source_bytes=size,
        skipped=dict(sorted(fetched.skipped.items())),
    )
    write_json(task.result, asdict(found))


def read_survey(path: Path) -> Survey:
    """What `survey` wrote."""
    return Survey(**json.loads(path.read_text(encoding="utf-8")))


def extract(task: PartTask) -> None:
    """Read a part of a source into rows of the three tables."""
    if task.folder.exists():
        return
    partial = task.folder.with_name(f"{task.folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    drops: Counter[str] = Counter()
    extractor = Extractor(task.recipe, task.entry, _leaks(task.recipe.evaluation))
    crashes = read_lines(task.crashes)
    try:
        with ExitStack() as stack:
            writers = {
                table: stack.enter_context(TableWriter(partial / f"{table}.parquet", table))
                for table in SCHEMAS
            }
            for file in _files(task):
                if file.path in crashes:
                    drops["file: ended the parser"] += 1
                    continue
                task.reading.write_text(file.path, encoding="utf-8")
                found = _found(task, file)
                if not _is_allowed(found.licence, task.recipe):
                    drops["file: licence not allowed"] += 1
                    continue
                rows = extractor.read(found)
                drops += rows.drops
                writers["files"].write_rows(rows.files)
                writers["functions"].write_rows(rows.functions)
                writers["prose"].write_rows(rows.prose)
        counts = {table: writer.rows for table, writer in writers.items()}
        write_json(partial / "result.json", {"rows": counts, "drops": dict(sorted(drops.items()))})
        partial.replace(task.folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    task.reading.unlink(missing_ok=True)


def crashed(task: PartTask) -> bool:
    """Note which file ended a task's process; says whether another try can succeed."""
    if not task.reading.exists():
        return False
    path = task.reading.read_text(encoding="utf-8")
    known = read_lines(task.crashes)
    if not path or path in known:
        return False
    write_text(task.crashes, "".join(f"{line}\n" for line in [*known, path]))
    return True


def sketch(task: SketchTask) -> None:
    """Write what is compared of the rows of a part."""
    for table, column in COMPARED.items():
        target = task.target / table
        if not target.exists():
            write_sketches(_texts(task.folder / f"{table}.parquet", column), target, task.sketching)


def read_lines(path: Path) -> list[str]:
    """Lines of a file, none if it does not exist."""
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a JSON document, whole or not at all."""
    write_text(path, json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _texts(path: Path, column: str) -> Iterator[str]:
    for table in read_tables(path, [column]):
        yield from table.column(column).to_pylist()


def _files(task: PartTask) -> Iterator[RawFile]:
    """Files of one part: those that begin in its share of the source's bytes."""
    fetched: Fetched = parse_source(task.entry.spec).fetch(task.cache)
    position = 0
    for file in fetched.files():
        if min(position // PART_BYTES, task.survey.parts - 1) == task.part:
            yield file
        position += _weight(file, task.recipe, task.entry)


def _weight(file: RawFile, recipe: CorpusRecipe, entry: SourceEntry) -> int:
    """Bytes of a file that count for the size of a part."""
    wanted = file.language is not None or may_be_wanted(file.path, recipe, entry)
    return len(file.data) if wanted else 0


def _found(task: PartTask, file: RawFile) -> Found:
    repository = file.repository or task.survey.repository
    split = task.entry.split or file.split or split_of(repository, seed=task.recipe.seed)
    return Found(
        repository=repository,
        revision=file.revision or task.survey.revision,
        split=cast(Split, split),
        path=file.path,
        data=file.data,
        licence=_licence(task, file),
        licence_declared=task.survey.licence_declared,
        licence_detected=task.survey.licence_detected,
        language=file.language,
        docstring=file.docstring,
    )


def _licence(task: PartTask, file: RawFile) -> str:
    """The licence that counts: said by hand, of the file, of the package, of its licence file."""
    if task.entry.licence:
        return task.survey.licence_declared
    return file.licence or task.survey.licence_declared or task.survey.licence_detected


def _is_allowed(licence: str, recipe: CorpusRecipe) -> bool:
    if recipe.licences == "any":
        return True
    allowed = PERMISSIVE if recipe.licences == "permissive" else frozenset(recipe.licences)
    return is_allowed(licence, allowed)


@cache
def _leaks(evaluation: tuple[str, ...]) -> LeakCheck:
    return LeakCheck.load(tuple(Path(path) for path in evaluation))
