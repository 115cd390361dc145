"""An index on disk: what makes it whole, and how a change is committed.

The parts are segments (postings and text), a vector store and a catalogue; a manifest, renamed into
place last, says which files are in force and what they look like. A commit

1. appends the new vectors;
2. writes a segment of the new files, and joins segments where that pays;
3. writes the catalogue and the manifest, and removes what they replaced.

No file that the manifest in force names is changed but for the vectors, which only grow, so a run
killed at any point leaves the last commit as it was. Whoever reads needs no lock.
"""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.index.catalogue import (
    MANIFEST,
    Catalogue,
    FileEntry,
    Manifest,
    load_catalogue,
    load_manifest,
    merged,
    save_catalogue,
    save_manifest,
)
from diglot.index.files import (
    FileRecord,
    checked,
    recorded,
    remove_all_but,
)
from diglot.index.lexical import LexicalIndex
from diglot.index.location import lock_of
from diglot.index.segment import Segment, joined, open_segment, save_segment
from diglot.index.texts import Texts
from diglot.index.vectors import VectorStore
from diglot.private import private_folder

_COMPACTED_ROWS = 4096
"""A vector store of fewer rows is not worth compacting."""
_MOST_TEXT = 256 << 20
"""Bytes of text of the largest segment that joining makes."""


@dataclass(frozen=True, slots=True)
class View:
    """An index as of one generation, open for searching."""

    manifest: Manifest
    catalogue: Catalogue
    lexical: LexicalIndex
    texts: Texts
    vectors: VectorStore


@dataclass(frozen=True, slots=True)
class Addition:
    """New files: cut into units, embedded and indexed, but not yet in an index."""

    files: list[FileEntry]
    """Their entries; those with a reason to be left out are in no segment."""
    units: NDArray[np.void]
    """Their units, whose fields `file` and `vector` are filled in by the commit."""
    symbols: list[str]
    segment: Segment | None
    """Of the files that are not left out, in their order; None where there are none."""
    keys: list[bytes]
    """Keys of vectors to add."""
    vectors: NDArray[np.float32]


class IndexStore:
    """The folder of one index. Writing needs the lock."""

    def __init__(self, folder: Path, *, root: str, model: str, dimension: int) -> None:
        """Name the parts; nothing is read or written yet.

        Args:
            folder: where the index lies.
            root: the source tree, recorded in the manifest.
            model: key of the static model its vectors come from.
            dimension: length of these vectors.
        """
        self.folder = folder
        self._lock = lock_of(folder)
        self._root = root
        self._model = model
        self._dimension = dimension

    def lock(self) -> FileLock:
        """Return the lock, not yet taken, that writing needs."""
        private_folder(self._lock.parent.parent, self._lock.parent.name)
        return FileLock(self._lock, mode=0o600)

    def load(self) -> View | None:
        """Open the index as last committed; None when there is none that can be trusted."""
        while True:
            manifest = load_manifest(self.folder)
            if manifest is None or manifest.model != self._model:
                return None
            view = self._open(manifest)
            if view or load_manifest(self.folder) == manifest:
                return view
            # Another process committed meanwhile, and removed what was being opened.

    def _open(self, manifest: Manifest) -> View | None:
        records = {
            name: checked(self.folder / name, record) for name, record in manifest.records.items()
        }
        intact = {name: record for name, record in records.items() if record}
        if len(intact) < len(records):
            return None
        try:
            vectors = VectorStore(
                self.folder, self._dimension, manifest.vectors, manifest.vector_rows
            )
            if len(vectors) < manifest.vector_rows:
                return None
            catalogue = load_catalogue(self.folder, manifest.generation)
            segments = [open_segment(self.folder / name) for name in manifest.segments]
        except StoreError:
            return None
        return _view(replace(manifest, records=intact), catalogue, segments, vectors)

    def start_over(self) -> View:
        """Remove whatever is there and return an empty index, not yet on disk."""
        if self.folder.is_dir():
            shutil.rmtree(self.folder)
        else:
            self.folder.unlink(missing_ok=True)
        private_folder(self.folder.parent.parent, self.folder.parent.name, self.folder.name)
        manifest = Manifest(
            root=self._root,
            model=self._model,
            generation=0,
            built_at="",
            pending=0,
            vectors="vectors",
            vector_rows=0,
            segments=[],
            records={},
            skipped=[],
            counts={},
        )
        vectors = VectorStore(self.folder, self._dimension, manifest.vectors)
        return _view(manifest, Catalogue(), [], vectors)

    def remember(self, view: View) -> None:
        """Keep how the files look now, so that the next reader need not check them whole.

        What a killed commit has left behind is removed.
        """
        if not view.manifest.built_at:
            return
        if load_manifest(self.folder) != view.manifest:
            with suppress(StoreError):  # then the next reader checks them once more
                save_manifest(self.folder, view.manifest)
        remove_all_but(self.folder, {MANIFEST, *view.manifest.records, *view.vectors.files})

    def commit(
        self,
        view: View,
        *,
        kept: Sequence[FileEntry | None],
        added: Addition,
        pending: int,
        skipped: list[tuple[str, str]],
        counts: dict[str, dict[str, int]],
    ) -> View:
        """Put the next generation in force.

        Args:
            view: the generation it follows.
            kept: for each file of `view`, its entry (with a new time, perhaps), or None: removed.
            added: new files and new versions of changed ones.
            pending: files known to be stale that later commits will bring.
            skipped: files left out, with the reason.
            counts: how much else was left out, see `walk.Listing`.
        """
        generation = view.manifest.generation + 1
        vectors, records = self._append(view, added)
        segments = _Segments(self.folder, view, generation)
        slot = segments.add(added.segment)
        files = _with_slots(added.files, slot)
        units = added.units.copy()
        units["vector"] = vectors.rows([bytes(key) for key in units["key"]])
        catalogue = merged(view.catalogue, kept, files, units, added.symbols)
        catalogue = segments.arrange(catalogue)
        vectors, records = self._compact(catalogue, vectors, records, generation)
        records |= segments.records | save_catalogue(self.folder, generation, catalogue)
        manifest = Manifest(
            root=self._root,
            model=self._model,
            generation=generation,
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            pending=pending,
            vectors=vectors.name,
            vector_rows=len(vectors),
            segments=segments.names,
            records=records,
            skipped=skipped,
            counts=counts,
        )
        save_manifest(self.folder, manifest)
        remove_all_but(self.folder, {MANIFEST, *records, *vectors.files})
        return _view(manifest, catalogue, segments.parts, vectors)

    def _append(self, view: View, added: Addition) -> tuple[VectorStore, dict[str, FileRecord]]:
        """Append the vectors; return the store and the records of its files."""
        store = view.vectors
        store.cut(view.manifest.vector_rows)  # what a killed run has added, nobody has checked
        written = store.append(added.keys, added.vectors)
        records = {}
        for (name, size), data in zip(store.sizes(len(store)).items(), written, strict=True):
            before = view.manifest.records.get(name)
            checksum = zlib.crc32(data, before.checksum if before else 0)
            if size:
                records[name] = recorded(self.folder / name, size, checksum)
        return store, records

    def _compact(
        self,
        catalogue: Catalogue,
        vectors: VectorStore,
        records: dict[str, FileRecord],
        generation: int,
    ) -> tuple[VectorStore, dict[str, FileRecord]]:
        """Copy the vectors in use to a new store when they are the smaller part.

        Args:
            catalogue: the next one; its rows of vectors are changed in place.
            vectors: the store so far.
            records: what is known of its files.
            generation: number of the catalogue, after which the new store is named.

        Returns:
            The store that the catalogue speaks of, and the records of its files.
        """
        used = np.zeros(len(vectors), bool)
        used[catalogue.units["vector"]] = True
        rows = np.flatnonzero(used)
        if len(vectors) < _COMPACTED_ROWS or 2 * len(rows) >= len(vectors):
            return vectors, records
        compacted = VectorStore(self.folder, self._dimension, f"vectors-{generation}")
        for name in compacted.files:  # left over from a killed commit
            (self.folder / name).unlink(missing_ok=True)
        keys = vectors.keys()
        written = compacted.append([keys[row] for row in rows.tolist()], vectors.matrix[rows])
        catalogue.units["vector"] = (np.cumsum(used) - 1)[catalogue.units["vector"]]
        return compacted, {
            name: recorded(self.folder / name, len(data), zlib.crc32(data))
            for name, data in zip(compacted.files, written, strict=True)
        }


class _Segments:
    """The segments of the next generation.

    A segment is joined with the one before it when it is at least half as large, which keeps their
    number logarithmic, and written anew when less than half of its units are in use.
    """

    def __init__(self, folder: Path, view: View, generation: int) -> None:
        self._folder = folder
        self._generation = generation
        self.names = list(view.manifest.segments)
        self.parts = list(view.lexical.segments)
        self.records = {name: view.manifest.records[name] for name in self.names}

    def add(self, segment: Segment | None) -> int:
        """Add a segment, not yet on disk; return the slot of its first file."""
        first = sum(part.file_count for part in self.parts)
        if segment is not None:
            self.names.append("")
            self.parts.append(segment)
        return first

    def arrange(self, catalogue: Catalogue) -> Catalogue:
        """Join and write segments; return the catalogue with the slots that files then have."""
        in_use = np.zeros(sum(part.file_count for part in self.parts), bool)
        in_use[catalogue.slots[catalogue.slots >= 0]] = True
        bounds = np.cumsum([0, *(part.file_count for part in self.parts)])
        stays = [in_use[start:end] for start, end in pairwise(bounds)]
        groups: list[list[int]] = []
        for number in range(len(self.parts)):
            groups.append([number])
            while len(groups) > 1 and self._pays(groups[-2], groups[-1], stays):
                groups[-2:] = [groups[-2] + groups[-1]]
        slots = np.full(len(in_use), -1, np.int64)
        names, parts, records, first = [], [], {}, 0
        for group in groups:
            name, segment, kept = self._written(group, stays)
            if not kept.any():
                continue
            mine = slice(bounds[group[0]], bounds[group[-1] + 1])
            slots[mine] = np.where(kept, first + np.cumsum(kept) - 1, -1)
            first += int(kept.sum())
            names.append(name)
            parts.append(segment)
            records[name] = self.records[name]
        self.names, self.parts, self.records = names, parts, records
        files = [
            replace(file, slot=int(slots[file.slot])) if file.slot >= 0 else file
            for file in catalogue.files
        ]
        return Catalogue(files, catalogue.units, catalogue.symbols)

    def _pays(self, before: list[int], last: list[int], stays: list[NDArray[np.bool_]]) -> bool:
        """Whether to join the last group of segments with the one before it."""
        sizes = [sum(self._units_in_use(n, stays) for n in group) for group in (before, last)]
        text = sum(len(self.parts[number].text) for number in (*before, *last))
        return 2 * sizes[1] >= sizes[0] and text <= _MOST_TEXT

    def _units_in_use(self, number: int, stays: list[NDArray[np.bool_]]) -> int:
        return int(np.diff(self.parts[number].first_units)[stays[number]].sum())

    def _written(
        self, group: list[int], stays: list[NDArray[np.bool_]]
    ) -> tuple[str, Segment, NDArray[np.bool_]]:
        """Return the segment of a group, on disk, and which of the group's files it holds."""
        number = group[0]
        kept = np.concatenate([stays[number] for number in group])
        part = self.parts[number]
        if len(group) == 1 and 2 * self._units_in_use(number, stays) >= len(part.lengths):
            kept = np.ones(part.file_count, bool)
            if self.names[number]:
                return self.names[number], part, kept
            segment = part
        else:
            segment = joined([self.parts[n].with_files(stays[n]) for n in group])
        name = f"segment-{self._generation}-{number}.bin"
        if kept.any():
            self.records[name] = save_segment(self._folder / name, segment)
        return name, segment, kept


def _with_slots(files: Sequence[FileEntry], first: int) -> list[FileEntry]:
    """Give slots to the files that are in a segment."""
    numbered = []
    for file in files:
        if not file.skipped:
            file, first = replace(file, slot=first), first + 1
        numbered.append(file)
    return numbered


def _view(
    manifest: Manifest,
    catalogue: Catalogue,
    segments: Sequence[Segment],
    vectors: VectorStore,
) -> View:
    lexical = _lexical_index(catalogue, segments)
    return View(manifest, catalogue, lexical, Texts(catalogue, segments), vectors)


def _lexical_index(catalogue: Catalogue, segments: Sequence[Segment]) -> LexicalIndex:
    """Say which row of the catalogue each unit of the segments has."""
    first_slots = np.cumsum([0, *(segment.file_count for segment in segments)])
    first_row = np.full(first_slots[-1], -1, np.int64)
    held = catalogue.slots >= 0
    first_row[catalogue.slots[held]] = catalogue.first_units[:-1][held]
    rows = []
    for number, segment in enumerate(segments):
        counts = np.diff(segment.first_units)
        first = np.repeat(first_row[first_slots[number] : first_slots[number + 1]], counts)
        within = np.arange(len(first)) - np.repeat(segment.first_units[:-1], counts)
        rows.append(np.where(first >= 0, first + within, -1))
    return LexicalIndex(segments, rows)
