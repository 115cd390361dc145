"""Building a corpus: fetch, read, compare, write, describe.

Each stage leaves files in `.build` below the output folder, named by a hash of all that decides
what is in them. A build that was stopped finds them and goes on; the datasheet, written last, says
that a corpus is complete.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from filelock import FileLock, Timeout
from rensa import RMinHash

import diglot
from diglot.corpus.datasheet import PAGE, PLOTS, write_datasheet
from diglot.corpus.deduplicate import join_sketches, survivors
from diglot.corpus.engines.base import Engine
from diglot.corpus.extraction import identifier
from diglot.corpus.filters import FILE_FILTERS, FUNCTION_FILTERS, SUMMARY_FILTERS
from diglot.corpus.leaks import LeakCheck
from diglot.corpus.minhash import Sketching
from diglot.corpus.reader import DATASHEET, Corpus, open_corpus
from diglot.corpus.recipe import CorpusRecipe, SourceEntry, check_filters
from diglot.corpus.schema import SCHEMA_VERSION, SCHEMAS, SPLITS, Table
from diglot.corpus.selection import Mask, Selection, rows_without_file, share_out
from diglot.corpus.shards import read_tables
from diglot.corpus.sources import parse_source
from diglot.corpus.tasks import (
    COMPARED,
    PartTask,
    SketchTask,
    SourceReport,
    Survey,
    SurveyTask,
    crashed,
    extract,
    read_survey,
    sketch,
    survey,
)
from diglot.corpus.writing import Written, write_tables
from diglot.errors import DiglotError, InputError

StageProgress = Callable[[str, int, int], None]
"""Told the name of a stage, and how much of how much of it is done."""

T = TypeVar("T")

_LAST = 255
"""Rank of rows that go whatever else does."""


def build_corpus(
    recipe: CorpusRecipe,
    output: Path,
    *,
    cache: Path,
    engine: Engine,
    progress: StageProgress | None = None,
    warn: Callable[[str], None] | None = None,
) -> Corpus:
    """Build a corpus, or go on with one that was not finished.

    Args:
        recipe: What it is made of and how.
        output: Folder of the corpus.
        cache: Folder in which downloads are kept.
        engine: What runs the stages.
        progress: Told how far each stage is.
        warn: Told what a user should know of, one line at a time.

    Raises:
        DiglotError: The recipe cannot be followed, `output` holds something else, or a source
            cannot be had; a file or disk error names the path. What is done is kept.
    """
    check_filters(recipe.without, [*FILE_FILTERS, *FUNCTION_FILTERS, *SUMMARY_FILTERS])
    if not recipe.sources:
        raise InputError("there are no sources; name folders, packages or a recipe")
    for entry in recipe.sources:
        parse_source(entry.spec)
    try:
        output = output.absolute()
        output.mkdir(parents=True, exist_ok=True)
        lock = FileLock(output / ".build.lock")
        with lock.acquire(timeout=0):
            return _Build(recipe, output, cache, engine, progress, warn).run()
    except Timeout as error:
        raise InputError(f"{output}: another process is building there") from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else f"{output}: "
        raise DiglotError(f"{where}{error.strerror or error}; run it again to go on") from error


class _Build:
    """One build on its way through the stages."""

    def __init__(
        self,
        recipe: CorpusRecipe,
        output: Path,
        cache: Path,
        engine: Engine,
        progress: StageProgress | None,
        warn: Callable[[str], None] | None,
    ) -> None:
        self._recipe = recipe
        self._output = output
        self._work = output / ".build"
        self._cache = cache.absolute()
        self._engine = engine
        self._progress = progress or (lambda *_: None)
        self._warn = warn or (lambda _: None)
        self._sketching = Sketching(threshold=recipe.similarity)
        self._code = code_digest()
        settings = asdict(replace(self._sketching, threshold=0.0)), RMinHash.ALGORITHM_VERSION
        self._sketches = f"sketches-{identifier(repr(settings))[:12]}"

    def run(self) -> Corpus:
        self._check_output()
        surveys = self._survey()
        self._check_splits(surveys)
        recipe_hash = identifier(
            json.dumps(self._recipe.record(), sort_keys=True),
            self._code,
            *(found.digest for found in surveys),
        )
        if (self._output / DATASHEET).exists():
            corpus = open_corpus(self._output)
            if corpus.datasheet["recipe_hash"] == recipe_hash:
                shutil.rmtree(self._work)
                return corpus
            raise InputError(
                f"{self._output} holds a corpus of another recipe, source or version of diglot; "
                "remove it or choose another -o"
            )
        tasks, reports = self._extract(surveys)
        folders = [task.folder for task in tasks]
        selection = self._select(folders)
        written = write_tables(
            folders,
            selection,
            self._work / "tables",
            lambda done, total: self._progress("writing", done, total),
        )
        if not written.hashes:
            raise InputError(f"nothing is left to write into {self._output}: {_reasons(reports)}")
        if not written.rows["functions", "train"]:
            self._warn("no function is for training; --split train, or `split` in a recipe, helps")
        self._publish(reports, selection, written, recipe_hash)
        return open_corpus(self._output)

    def _check_output(self) -> None:
        ours = {".build", ".build.lock", DATASHEET, PAGE, *PLOTS, *SCHEMAS}
        for path in self._output.glob("datasheet.*.partial"):
            path.unlink()  # of a build that was stopped while it wrote one
        others = [path.name for path in self._output.iterdir() if path.name not in ours]
        if others and not (self._output / DATASHEET).exists():
            raise InputError(f"{self._output} is neither empty nor a corpus: it holds {others[0]}")

    def _check_splits(self, surveys: Sequence[Survey]) -> None:
        """Refuse sources that would put one repository in two splits."""
        first: dict[str, SourceEntry] = {}
        for entry, found in zip(self._recipe.sources, surveys, strict=True):
            other = first.setdefault(found.repository, entry)
            if other.split != entry.split:
                raise InputError(
                    f"{other.spec} and {entry.spec} are both {found.repository}, but one is for "
                    f"{other.split or 'a split by name'}, one for {entry.split or 'one by name'}; "
                    "a repository has one split"
                )

    def _survey(self) -> list[Survey]:
        """Fetch every source and look it over."""
        recipe = self._settings()
        tasks = [
            SurveyTask(
                recipe,
                entry,
                self._cache,
                self._work / "surveys" / f"{self._key(_dumped(entry), _dumped(recipe))}.json",
            )
            for entry in self._recipe.sources
        ]
        for task in tasks:
            if not _is_pinned(task.entry.spec):
                task.result.unlink(missing_ok=True)
        self._run("fetching", survey, tasks, lambda _: False)
        return [read_survey(task.result) for task in tasks]

    def _extract(self, surveys: Sequence[Survey]) -> tuple[list[PartTask], list[SourceReport]]:
        """Read every source into rows."""
        leaks = LeakCheck.load(tuple(Path(path) for path in self._recipe.evaluation))
        settings = self._settings()
        by_source: list[list[PartTask]] = []
        for entry, found in zip(self._recipe.sources, surveys, strict=True):
            if leaks.names(found.repository):
                self._warn(f"{entry.spec} is measured on, so it is left out")
                by_source.append([])
                continue
            key = self._key(
                _dumped(entry),
                _dumped(settings),
                found.digest,
                leaks.digest,
            )
            by_source.append(
                [
                    PartTask(
                        recipe=settings,
                        entry=entry,
                        survey=found,
                        part=part,
                        cache=self._cache,
                        folder=self._work / "parts" / f"{key}-{part:04}",
                    )
                    for part in range(found.parts)
                ]
            )
        tasks = [task for group in by_source for task in group]
        self._run("reading", extract, tasks, crashed)
        reports = []
        for entry, found, group in zip(self._recipe.sources, surveys, by_source, strict=True):
            skipped = found.skipped if group else {}
            drops = Counter({f"file: {reason}": count for reason, count in skipped.items()})
            records = {what: n for what, n in skipped.items() if what.startswith("record ")}
            if records:
                self._warn(f"{entry.spec}: left out {_most(Counter(records))}")
            rows: Counter[str] = Counter()
            for task in group:
                result = json.loads((task.folder / "result.json").read_text(encoding="utf-8"))
                drops.update(result["drops"])
                rows.update(result["rows"])
            if group and not rows["files"] and not rows["prose"]:
                self._warn(f"{entry.spec} gave nothing: {_most(drops)}")
            if not group:
                drops["source: measured on"] = 1
            reports.append(SourceReport(entry, found, dict(sorted(drops.items())), dict(rows)))
        return tasks, reports

    def _settings(self) -> CorpusRecipe:
        """What of the recipe decides which rows a file gives."""
        return replace(self._recipe, sources=(), largest_share=1.0, similarity=1.0)

    def _select(self, folders: Sequence[Path]) -> Selection:
        """Choose the rows that stay: one of every group of near-duplicates."""
        self._run(
            "sketching",
            sketch,
            [SketchTask(folder, folder / self._sketches, self._sketching) for folder in folders],
            lambda _: False,
        )
        keeps: dict[Table, Mask] = {}
        for done, table in enumerate(COMPARED):
            self._progress("comparing", done, len(COMPARED))
            joined = self._work / f"joined-{table}"
            parts = [folder / self._sketches / table for folder in folders]
            rows = join_sketches(parts, joined, self._sketching)
            labels = self._engine.components(joined, rows, self._sketching)
            shutil.rmtree(joined)
            ranks = _ranks(folders, table)
            if table != "files":
                gone = rows_without_file(folders, keeps["files"], table)
                ranks[gone] = _LAST
                keeps[table] = survivors(labels, ranks) & ~gone
            else:
                keeps[table] = survivors(labels, ranks)
        self._progress("comparing", len(COMPARED), len(COMPARED))
        selection = Selection.of(folders, keeps)
        if self._recipe.largest_share < 1:
            selection = replace(
                selection,
                last_pair=share_out(folders, selection, self._recipe.largest_share),
            )
        return selection

    def _publish(
        self,
        reports: Sequence[SourceReport],
        selection: Selection,
        written: Written,
        recipe_hash: str,
    ) -> None:
        """Move the finished tables into place, the datasheet last."""
        for table in SCHEMAS:
            target = self._output / table
            if target.exists():
                shutil.rmtree(target)
            (self._work / "tables" / table).replace(target)
        write_datasheet(
            self._output,
            recipe=self._recipe,
            recipe_hash=recipe_hash,
            reports=reports,
            selection=selection,
            written=written,
        )
        shutil.rmtree(self._work)

    def _run(
        self,
        stage: str,
        function: Callable[[T], None],
        tasks: Sequence[T],
        crashed: Callable[[T], bool],
    ) -> None:
        self._progress(stage, 0, len(tasks))
        self._engine.run(
            function, tasks, crashed, lambda done, total: self._progress(stage, done, total)
        )

    def _key(self, *parts: str) -> str:
        return identifier(SCHEMA_VERSION, self._code, *parts)[:20]


def code_digest() -> str:
    """Hash of the code and grammars that decide what is read from a file."""
    digest = blake2b(digest_size=16)
    package = Path(diglot.__file__).parent
    for folder in ("languages", "corpus"):
        for path in sorted((package / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    for distribution in sorted(
        {found.name.lower(): found.version for found in metadata.distributions()}.items()
    ):
        if distribution[0].startswith("tree-sitter"):
            digest.update(repr(distribution).encode())
    return digest.hexdigest()


def _dumped(value: CorpusRecipe | SourceEntry) -> str:
    return json.dumps(asdict(value), sort_keys=True)


def _is_pinned(spec: str) -> bool:
    """Whether a source is the same whenever it is fetched."""
    return spec.startswith(("pypi:", "npm:")) or (spec.startswith("deb:") and "=" in spec)


def _ranks(folders: Sequence[Path], table: Table) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """For each row how readily it goes when it has a near-duplicate: training rows first."""
    rank = {split: number for number, split in enumerate(reversed(SPLITS))}
    found = [
        rank[split]
        for folder in folders
        for rows in read_tables(folder / f"{table}.parquet", ["split"])
        for split in rows.column("split").to_pylist()
    ]
    return np.array(found, dtype=np.uint8)


def _reasons(reports: Sequence[SourceReport]) -> str:
    total: Counter[str] = Counter()
    for report in reports:
        total.update(report.drops)
    return _most(total)


def _most(drops: Counter[str]) -> str:
    most = sorted(drops.items(), key=lambda item: (-item[1], item[0]))[:3]
    return ", ".join(f"{reason} ({count})" for reason, count in most) or "no files were found"
