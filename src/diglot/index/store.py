"""An index on disk: what makes it whole, and how a change is committed.

The parts are a lexical index, a vector store and a catalogue; a manifest, renamed into place last,
says which generation is in force. A commit

1. appends the new vectors, each findable as soon as it is whole;
2. notes in `intent.json` which files the lexical index is about to lose;
3. commits the lexical index;
4. writes the catalogue and the manifest, and removes the note and what it replaced.

A run killed between 3 and 4 leaves the lexical index ahead. The next one finds the note, takes the
files it names for changed, and drops documents whose file numbers the catalogue never gave out;
the note goes when the last of these files is indexed again. Searches ignore documents the
catalogue does not know, so they are right throughout.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.index.catalogue import (
    KINDS,
    MANIFEST,
    UNIT,
    Catalogue,
    FileEntry,
    Manifest,
    catalogue_files,
    load_catalogue,
    load_manifest,
    save_catalogue,
    save_manifest,
    unit_number,
    write_atomically,
)
from diglot.index.lexical import Document, LexicalIndex, UnitTokens
from diglot.index.vectors import VectorStore
from diglot.types import Unit

_INTENT = "intent.json"
_LOCK = "writer.lock"
_COMPACTED_ROWS = 4096
"""A vector store of fewer rows is not worth compacting."""


@dataclass(frozen=True, slots=True)
class View:
    """An index as of one generation, open for searching."""

    manifest: Manifest
    catalogue: Catalogue
    lexical: LexicalIndex
    vectors: VectorStore


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file read, cut into units and embedded; `entry.number` is given at commit."""

    entry: FileEntry
    units: list[Unit]
    tokens: list[UnitTokens]
    sources: list[str]
    keys: list[bytes]


class IndexStore:
    """The folder of one index. Writing needs the lock that `refresh` holds."""

    def __init__(self, folder: Path, *, root: str, model: str, dimension: int) -> None:
        """Name the parts; nothing is read or written yet.

        Args:
            folder: where the index lies.
            root: the source tree, recorded in the manifest.
            model: key of the static model its vectors come from.
            dimension: length of these vectors.
        """
        self.folder = folder
        self._root = root
        self._model = model
        self._dimension = dimension

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
        vectors = VectorStore(self.folder, self._dimension, manifest.vectors)
        if len(vectors) < manifest.vector_rows or not self._sizes_hold(manifest):
            return None
        try:
            self.interrupted_files()
            catalogue = load_catalogue(self.folder, manifest.generation, manifest.checksum)
            return View(manifest, catalogue, LexicalIndex(self.folder / "lexical"), vectors)
        except StoreError:
            return None

    def start_over(self) -> View:
        """Remove whatever is there and return an empty index, not yet on disk."""
        lexical = self.folder / "lexical"
        shutil.rmtree(lexical, ignore_errors=True)
        self._remove_all_but({_LOCK})
        manifest = Manifest(
            root=self._root,
            model=self._model,
            generation=0,
            next_file_number=1,
            built_at="",
            pending=0,
            vectors="vectors",
            vector_rows=0,
            checksum=0,
            sizes={},
            skipped=[],
            counts={},
        )
        vectors = VectorStore(self.folder, self._dimension, manifest.vectors)
        return View(manifest, Catalogue(), LexicalIndex(lexical), vectors)

    def lock(self) -> FileLock:
        """Return the lock, not yet taken, that writing needs."""
        return FileLock(self.folder / _LOCK)

    def interrupted_files(self) -> frozenset[int] | None:
        """Numbers of files whose documents a killed commit may have removed; None after no kill.

        Raises:
            StoreError: the note of a killed commit is damaged.
        """
        path = self.folder / _INTENT
        try:
            return frozenset(map(int, json.loads(path.read_bytes())["removed"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{path} is damaged: {error}") from error

    def commit(
        self,
        view: View,
        *,
        kept: Sequence[FileEntry | None],
        added: Sequence[ParsedFile],
        vectors: tuple[list[bytes], NDArray[np.float32]],
        pending: int,
        skipped: list[tuple[str, str]],
        counts: dict[str, dict[str, int]],
    ) -> View:
        """Put the next generation in force.

        Args:
            view: the generation it follows.
            kept: for each file of `view`, its entry (with a new time, perhaps), or None: removed.
            added: new files and new versions of changed ones.
            vectors: keys and rows to append to the vector store.
            pending: files known to be stale that later commits will bring.
            skipped: files left out, with the reason.
            counts: how much else was left out, see `walk.Listing`.
        """
        view.vectors.append(*vectors)
        first = view.manifest.next_file_number
        removed = [
            old.number for old, new in zip(view.catalogue.files, kept, strict=True) if new is None
        ]
        damaged = self.interrupted_files()
        if removed or added or damaged is not None:
            self._note_removal({*removed, *(damaged or ())})
            documents = _documents(added, first)
            view.lexical.update(documents, removed_files=removed, first_free_file=first)
        catalogue = _next_catalogue(view, kept, added, first)
        generation = view.manifest.generation + 1
        store = self._compact(catalogue, view.vectors, generation)
        manifest = Manifest(
            root=self._root,
            model=self._model,
            generation=generation,
            next_file_number=first + len(added),
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
            pending=pending,
            vectors=store.name,
            vector_rows=len(store),
            checksum=save_catalogue(self.folder, generation, catalogue),
            sizes=self._sizes(),
            skipped=skipped,
            counts=counts,
        )
        save_manifest(self.folder, manifest)
        still_damaged = (damaged or frozenset()) & {file.number for file in catalogue.files}
        if still_damaged:
            self._note_removal(still_damaged)
        note = {_INTENT} if still_damaged else set()
        in_force = {MANIFEST, *catalogue_files(generation), *store.files}
        self._remove_all_but({_LOCK} | in_force | note)
        return View(manifest, catalogue, view.lexical, store)

    def _note_removal(self, numbers: Iterable[int]) -> None:
        note = json.dumps({"removed": sorted(numbers)})
        write_atomically(self.folder / _INTENT, note.encode())

    def _remove_all_but(self, names: Container[str]) -> None:
        for file in self.folder.iterdir():
            if file.name not in names and file.is_file():
                file.unlink(missing_ok=True)

    def _compact(self, catalogue: Catalogue, vectors: VectorStore, generation: int) -> VectorStore:
        """Copy the vectors in use to a new store when they are the smaller part.

        Args:
            catalogue: the next one; its rows of vectors are changed in place.
            vectors: the store so far.
            generation: number of the catalogue, after which the new store is named.

        Returns:
            The store that the catalogue speaks of.
        """
        used = np.zeros(len(vectors), bool)
        used[catalogue.units["vector"]] = True
        rows = np.flatnonzero(used)
        if len(vectors) < _COMPACTED_ROWS or 2 * len(rows) >= len(vectors):
            return vectors
        compacted = VectorStore(self.folder, self._dimension, f"vectors-{generation}")
        for name in compacted.files:  # left over from a killed commit
            (self.folder / name).unlink(missing_ok=True)
        keys = vectors.keys()
        compacted.append([keys[row] for row in rows.tolist()], vectors.matrix[rows])
        catalogue.units["vector"] = (np.cumsum(used) - 1)[catalogue.units["vector"]]
        return compacted

    def _sizes(self) -> dict[str, int]:
        """Bytes of every file of the lexical index."""
        lexical = (self.folder / "lexical").iterdir()
        return {file.name: file.stat().st_size for file in lexical if file.suffix != ".lock"}

    def _sizes_hold(self, manifest: Manifest) -> bool:
        """Whether the lexical index is as it was committed, or a killed commit has changed it."""
        lexical = self.folder / "lexical"
        try:
            if all((lexical / name).stat().st_size == n for name, n in manifest.sizes.items()):
                return True
        except OSError:
            pass
        # Ahead of the manifest, perhaps; it is never half committed.
        return (self.folder / _INTENT).exists() and (lexical / "meta.json").exists()


def _documents(added: Sequence[ParsedFile], first_number: int) -> Iterator[Document]:
    return (
        Document(
            unit_number(first_number + i, ordinal),
            first_number + i,
            KINDS.index(unit.kind),
            parsed.entry.path,
            parsed.tokens[ordinal],
            unit.symbol,
            parsed.sources[ordinal],
        )
        for i, parsed in enumerate(added)
        for ordinal, unit in enumerate(parsed.units)
    )


def _next_catalogue(
    view: View, kept: Sequence[FileEntry | None], added: Sequence[ParsedFile], first_number: int
) -> Catalogue:
    """Drop what was removed, append what was added."""
    old = view.catalogue
    stays = np.array([entry is not None for entry in kept], bool)
    unit_stays = np.repeat(stays, np.diff(old.first_units))
    new_row = np.cumsum(stays) - 1
    units = old.units[unit_stays]
    units["file"] = new_row[units["file"]]
    symbols = list(compress(old.symbols, unit_stays.tolist()))
    files = [entry for entry in kept if entry is not None]

    keys = [key for parsed in added for key in parsed.keys]
    rows = view.vectors.rows(keys)
    table = np.empty(len(keys), UNIT)
    table["vector"] = rows
    table["key"] = np.frombuffer(b"".join(keys), "V16")
    position = 0
    for i, parsed in enumerate(added):
        here = slice(position, position + len(parsed.units))
        position = here.stop
        table["file"][here] = len(files) + i
        table["ordinal"][here] = np.arange(len(parsed.units))
        table["start_line"][here] = [unit.start_line for unit in parsed.units]
        table["end_line"][here] = [unit.end_line for unit in parsed.units]
        table["kind"][here] = [KINDS.index(unit.kind) for unit in parsed.units]
        symbols.extend(unit.symbol for unit in parsed.units)
    files += [replace(parsed.entry, number=first_number + i) for i, parsed in enumerate(added)]
    return Catalogue(files, np.concatenate([units, table]), symbols)
