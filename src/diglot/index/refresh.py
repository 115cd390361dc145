"""Bring an index up to date with its source tree.

Only files that the system has seen change are read, only those whose bytes changed are parsed. They
are taken in batches, each committed before the next, so that memory stays bounded and an
interrupted run continues where it stopped.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from filelock import Timeout
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.index.bags import embed_units
from diglot.index.catalogue import KINDS, UNIT, FileEntry
from diglot.index.postings import Texts, build_segment
from diglot.index.reading import SkipReason, read_source
from diglot.index.store import Addition, IndexStore, View
from diglot.index.unit_tokens import TokenCounts, UnitTokens
from diglot.index.vectors import VectorStore, content_key
from diglot.index.walk import FileStat, ask_git, walk
from diglot.inference.static import StaticEncoder
from diglot.languages import is_generated
from diglot.languages.files import cut_file
from diglot.types import Unit

Progress = Callable[[int, int], None]
"""Called with (files done, files to do)."""

_BATCH_BYTES = 8 << 20
_BATCH_FILES = 2000
_YOUNG_NS = 2_000_000_000
"""A file changed this recently may change again without its time moving: the next refresh
compares its bytes."""
_CLOCK_TICK_NS = 20_000_000
"""The same for the time that the system keeps, which no program sets; it moves with each tick."""
_ANY_TIME = -1
"""Stands for the time of a file that the next refresh is to read again."""
_MAY_PASS = frozenset({SkipReason.UNREADABLE, SkipReason.NOT_REGULAR})
"""Reasons that may cease to hold without the file's size or time changing."""
_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@dataclass(frozen=True, slots=True)
class Refreshed:
    """An index after a refresh."""

    view: View
    fresh: bool
    """Whether it holds every file as it is."""
    note: str = ""
    """Why it could not be brought up to date, for the user."""


def refresh(
    root: Path, store: IndexStore, encoder: StaticEncoder, progress: Progress | None = None
) -> Refreshed:
    """Index what changed under `root`.

    When another process is refreshing the index at this moment, its last commit is returned
    without waiting. Only if there is none yet, this waits for the other process. Where the cache
    cannot be written, the index is returned as it is.

    Args:
        root: the source tree.
        store: where the index lies.
        encoder: static model of the vectors.
        progress: told how many of the stale files are done.

    Raises:
        StoreError: the index folder cannot be written, and there is no index in it.
    """
    try:
        lock = store.lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            view = store.load()
            if view is not None:
                note = f"another process is indexing {root}; its latest changes may be missing here"
                return Refreshed(view, False, note)
            lock.acquire()
        try:
            return Refreshed(_refresh_locked(root, store, encoder, progress), True)
        finally:
            lock.release()
    except OSError as error:
        reason = error.strerror or str(error)
        view = store.load() if error.errno in _READ_ONLY else None
        if view is None:
            raise StoreError(f"index folder {store.folder} cannot be written: {reason}") from error
        return _as_it_is(root, view, f"the cache cannot be written ({reason})")


def _as_it_is(root: Path, view: View, why: str) -> Refreshed:
    """An index that cannot be changed, compared with its source tree."""
    listing = walk(root)
    known = {entry.path: entry for entry in view.catalogue.files}
    stale = [file for file in listing.files if _may_differ(file, known.get(file.path))]
    changed = len(stale) + len(known.keys() - {file.path for file in listing.files})
    if not changed:
        return Refreshed(view, True, f"{why}; its index of {root} is up to date and is used")
    note = f"{why}; {changed} files of {root} may have changed since it was indexed"
    return Refreshed(view, False, note)


def _refresh_locked(
    root: Path, store: IndexStore, encoder: StaticEncoder, progress: Progress | None
) -> View:
    question = ask_git(root)  # which answers while the index is opened
    view = store.load() or store.start_over()
    listing = walk(root, question=question)
    skipped = [(left.path, str(left.reason)) for left in listing.skipped]
    known = {entry.path: entry for entry in view.catalogue.files}
    stale = [file for file in listing.files if _may_differ(file, known.get(file.path))]
    gone = known.keys() - {file.path for file in listing.files}
    done = 0
    for batch in list(_batches(stale)) or [[]]:
        change = _Change(root, encoder)
        for file in batch:
            change.read(file, known.get(file.path))
            done += 1
            if progress:
                progress(done, len(stale))
        kept = [change.fate(entry, gone) for entry in view.catalogue.files]
        pending = len(stale) - done
        as_before = kept == view.catalogue.files and not change.parsed
        manifest_holds = (
            view.manifest.built_at
            and (view.manifest.skipped, view.manifest.counts) == (skipped, listing.counts)
            and (pending or not view.manifest.pending)
        )
        if as_before and manifest_holds:
            continue
        try:
            view = store.commit(
                view,
                kept=kept,
                added=change.addition(view.vectors),
                pending=pending,
                skipped=skipped,
                counts=listing.counts,
            )
        except StoreError:
            if change.parsed or None in kept or not view.manifest.built_at:
                raise
            # Only times of files would have been kept: the next refresh reads these once more.
    store.remember(view)
    return view


def _may_differ(file: FileStat, entry: FileEntry | None) -> bool:
    """Whether a file may not be what is indexed; git compares the same (racy-git, 2005)."""
    return entry is None or (file.size, file.mtime_ns, file.ctime_ns, file.inode) != (
        entry.size,
        entry.mtime_ns,
        entry.ctime_ns,
        entry.inode,
    )


def _batches(files: Iterable[FileStat]) -> Iterator[list[FileStat]]:
    batch: list[FileStat] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.size
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A file read and cut into units."""

    entry: FileEntry
    texts: Texts
    units: list[Unit]


class _Change:
    """What one batch changes: new versions of files, and files merely touched."""

    def __init__(self, root: Path, encoder: StaticEncoder) -> None:
        self._root = root
        self._encoder = encoder
        self._touched: dict[str, FileEntry] = {}
        self._replaced: set[str] = set()
        self.parsed: list[_Parsed] = []

    def read(self, file: FileStat, entry: FileEntry | None) -> None:
        """Read a stale file; parse it if its bytes changed."""
        now = time.time_ns()
        young = now - file.mtime_ns < _YOUNG_NS or now - file.ctime_ns < _CLOCK_TICK_NS
        source = read_source(self._root / file.path)
        skipped = str(source) if isinstance(source, SkipReason) else ""
        seen = FileEntry(
            path=file.path,
            size=file.size,
            mtime_ns=_ANY_TIME if young or skipped in _MAY_PASS else file.mtime_ns,
            ctime_ns=file.ctime_ns,
            inode=file.inode,
            hash="" if isinstance(source, SkipReason) else source.content_hash,
            language=file.language,
            skipped=skipped,
        )
        if entry and (entry.hash, entry.skipped) == (seen.hash, seen.skipped):
            self._touched[file.path] = seen
            return
        self._replaced.add(file.path)
        if not isinstance(source, SkipReason):
            self.parsed.append(_parse(seen, source.text))
        elif source is not SkipReason.VANISHED:
            self.parsed.append(_Parsed(seen, Texts(seen.path, b"", (), ()), []))

    def fate(self, entry: FileEntry, gone: Iterable[str]) -> FileEntry | None:
        """The entry of a file already in the catalogue after this batch, None if it leaves."""
        if entry.path in gone or entry.path in self._replaced:
            return None
        seen = self._touched.get(entry.path, entry)
        return replace(
            entry,  # whose slot an earlier batch may have changed
            size=seen.size,
            mtime_ns=seen.mtime_ns,
            ctime_ns=seen.ctime_ns,
            inode=seen.inode,
        )

    def addition(self, vectors: VectorStore) -> Addition:
        """Index and embed what was parsed; units whose content has a vector already keep it."""
        indexed = [parsed for parsed in self.parsed if not parsed.entry.skipped]
        units = list(chain.from_iterable(parsed.units for parsed in indexed))
        counts = TokenCounts.of([UnitTokens.of(unit) for unit in units])
        keys = [_key(unit) for unit in units]
        known = vectors.rows(keys) >= 0
        first = {key: row for row, key in reversed(list(enumerate(keys))) if not known[row]}
        new = np.array(sorted(first.values()), np.int64)
        return Addition(
            files=[parsed.entry for parsed in self.parsed],
            units=_table(units, keys),
            symbols=[unit.symbol for unit in units],
            segment=build_segment([p.texts for p in indexed], counts) if indexed else None,
            keys=[keys[row] for row in new.tolist()],
            vectors=embed_units(counts, new, self._encoder),
        )


def _parse(entry: FileEntry, text: str) -> _Parsed:
    cut = cut_file(entry.path, text)
    units = cut.units
    entry = replace(entry, units=len(units), generated=is_generated(text[:2000]))
    symbols = [unit.symbol for unit in units]
    return _Parsed(entry, Texts(entry.path, cut.text, symbols, cut.spans), units)


def _table(units: Sequence[Unit], keys: Sequence[bytes]) -> NDArray[np.void]:
    table = np.zeros(len(units), UNIT)
    table["key"] = np.frombuffer(b"".join(keys), "V16")
    table["start_line"] = [unit.start_line for unit in units]
    table["end_line"] = [unit.end_line for unit in units]
    table["kind"] = [KINDS.index(unit.kind) for unit in units]
    return table


def _key(unit: Unit) -> bytes:
    return content_key("\0".join((unit.symbol, unit.signature, unit.docs, unit.body)))
