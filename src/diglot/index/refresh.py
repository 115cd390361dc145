"""Bring an index up to date with its source tree.

Only files whose size or time changed are read, only those whose bytes changed are parsed. They are
taken in batches, each committed before the next, so that memory stays bounded and an interrupted
run continues where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from filelock import Timeout
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.index.bags import embed_units
from diglot.index.catalogue import FileEntry
from diglot.index.lexical import UnitTokens
from diglot.index.reading import SkipReason, read_source
from diglot.index.store import IndexStore, ParsedFile, View
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
_ANY_TIME = -1
"""Stands for the time of a file that the next refresh is to read again."""
_MAY_PASS = frozenset({SkipReason.UNREADABLE, SkipReason.NOT_REGULAR})
"""Reasons that may cease to hold without the file's size or time changing."""
_SOURCE_CHARS = 8000
"""Source text kept of a unit, for showing and for the encoder."""


def refresh(
    root: Path, store: IndexStore, encoder: StaticEncoder, progress: Progress | None = None
) -> tuple[View, bool]:
    """Index what changed under `root`.

    Args:
        root: the source tree.
        store: where the index lies.
        encoder: static model of the vectors.
        progress: told how many of the stale files are done.

    Returns:
        The index, and whether it is up to date. It is not when another process is refreshing it
        at this moment: then its last commit is returned without waiting. Only if there is none
        yet, this waits for the other process.

    Raises:
        StoreError: the index folder cannot be written.
    """
    try:
        store.folder.mkdir(parents=True, exist_ok=True)
        lock = store.lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            view = store.load()
            if view is not None:
                return view, False
            lock.acquire()
        try:
            return _refresh_locked(root, store, encoder, progress), True
        finally:
            lock.release()
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"index folder {store.folder} cannot be written: {reason}") from error


def _refresh_locked(
    root: Path, store: IndexStore, encoder: StaticEncoder, progress: Progress | None
) -> View:
    question = ask_git(root)  # which answers while the index is opened
    view = store.load() or store.start_over()
    listing = walk(root, question=question)
    files = listing.files
    skipped = [(left.path, str(left.reason)) for left in listing.skipped]
    damaged = store.interrupted_files() or frozenset()
    known = {entry.path: entry for entry in view.catalogue.files}
    stale = [file for file in files if _may_differ(file, known.get(file.path), damaged)]
    gone = known.keys() - {file.path for file in files}
    done = 0
    for batch in list(_batches(stale)) or [[]]:
        change = _Change(root, encoder, view.vectors)
        for file in batch:
            change.read(file, known.get(file.path), damaged)
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
        if as_before and manifest_holds and store.interrupted_files() is None:
            continue
        view = store.commit(
            view,
            kept=kept,
            added=change.parsed,
            vectors=change.new_vectors(),
            pending=pending,
            skipped=skipped,
            counts=listing.counts,
        )
    return view


def _may_differ(file: FileStat, entry: FileEntry | None, damaged: frozenset[int]) -> bool:
    return (
        entry is None
        or entry.size != file.size
        or entry.mtime_ns != file.mtime_ns
        or entry.number in damaged
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


class _Change:
    """What one batch changes: new versions of files, and files merely touched."""

    def __init__(self, root: Path, encoder: StaticEncoder, vectors: VectorStore) -> None:
        self._root = root
        self._encoder = encoder
        self._vectors = vectors
        self._touched: dict[str, FileEntry] = {}
        self._replaced: set[str] = set()
        self.parsed: list[ParsedFile] = []

    def read(self, file: FileStat, entry: FileEntry | None, damaged: frozenset[int]) -> None:
        """Read a stale file; parse it if its bytes changed."""
        young = time.time_ns() - file.mtime_ns < _YOUNG_NS
        source = read_source(self._root / file.path)
        if isinstance(source, SkipReason):
            content_hash, skipped = "", str(source)
        else:
            content_hash, skipped = source.content_hash, ""
        mtime_ns = _ANY_TIME if young or skipped in _MAY_PASS else file.mtime_ns
        as_known = entry and (entry.hash, entry.skipped) == (content_hash, skipped)
        if entry and as_known and entry.number not in damaged:
            self._touched[file.path] = replace(entry, size=file.size, mtime_ns=mtime_ns)
            return
        self._replaced.add(file.path)
        if not isinstance(source, SkipReason):
            self.parsed.append(_parse(file, source.text, content_hash, mtime_ns))
        elif source is not SkipReason.VANISHED:
            left_out = FileEntry(0, file.path, file.size, mtime_ns, skipped=skipped)
            self.parsed.append(ParsedFile(left_out, [], [], [], []))

    def fate(self, entry: FileEntry, gone: Iterable[str]) -> FileEntry | None:
        """The entry of a file already in the catalogue after this batch, None if it leaves."""
        if entry.path in gone or entry.path in self._replaced:
            return None
        return self._touched.get(entry.path, entry)

    def new_vectors(self) -> tuple[list[bytes], NDArray[np.float32]]:
        """Keys and vectors of units whose content has no vector yet."""
        tokens = [unit for parsed in self.parsed for unit in parsed.tokens]
        keys = [key for parsed in self.parsed for key in parsed.keys]
        known = self._vectors.rows(keys) >= 0
        new = {key: unit for key, unit, has in zip(keys, tokens, known, strict=True) if not has}
        return list(new), embed_units(list(new.values()), self._encoder)


def _parse(file: FileStat, text: str, content_hash: str, mtime_ns: int) -> ParsedFile:
    cut = cut_file(file.path, text)
    units = cut.units
    sources = [source[:_SOURCE_CHARS] for source in cut.sources]
    entry = FileEntry(
        0,
        file.path,
        file.size,
        mtime_ns,
        hash=content_hash,
        language=file.language,
        units=len(units),
        generated=is_generated(text[:2000]),
    )
    tokens = [UnitTokens.of(unit) for unit in units]
    return ParsedFile(entry, units, tokens, sources, [_key(unit) for unit in units])


def _key(unit: Unit) -> bytes:
    return content_key("\0".join((unit.symbol, unit.signature, unit.docs, unit.body)))
