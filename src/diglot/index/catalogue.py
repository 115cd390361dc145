"""The catalogue: which files and units an index holds, as one immutable value on disk.

Files are in the order of their paths and units in that of their files, whatever the history of the
index, so that equal trees have equal catalogues and ties are broken in the same way. A catalogue is
written whole under a new generation number and becomes the index's truth when the manifest that
names it is renamed into place. The manifest has a checksum, and a record of every other file, so
that a file that is not what was written is noticed before it is read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.index.files import FileRecord, write_atomically
from diglot.types import UnitKind

FORMAT = 2
"""Version of the index format; an index of another version is built anew."""

MANIFEST = "manifest.json"

KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
"""Unit kinds by their number in `UNIT.kind`."""

UNIT = np.dtype(
    [
        ("file", "<i4"),  # row in Catalogue.files
        ("start_line", "<u4"),
        ("end_line", "<u4"),
        ("kind", "u1"),  # index into KINDS
        ("vector", "<i4"),  # row in the static vector store
        ("key", "V16"),  # hash of the unit's content
    ]
)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One indexed file."""

    path: str
    size: int
    """Bytes."""
    mtime_ns: int
    ctime_ns: int
    inode: int
    hash: str = ""
    """Hash of the bytes, hexadecimal."""
    language: str = "text"
    units: int = 0
    """How many units it has."""
    generated: bool = False
    skipped: str = ""
    """Why the file has no units, if it was left out after a look inside."""
    slot: int = -1
    """Its number among the files of all segments; -1 for a file left out, which is in none."""


@dataclass(frozen=True)
class Catalogue:
    """Files and their units, by path."""

    files: list[FileEntry] = field(default_factory=list)
    units: NDArray[np.void] = field(default_factory=lambda: np.empty(0, UNIT))
    symbols: list[str] = field(default_factory=list)
    """Qualified symbol of each unit."""

    @cached_property
    def slots(self) -> NDArray[np.int64]:
        """Slot of each file, -1 for those in no segment."""
        return np.fromiter((file.slot for file in self.files), np.int64, len(self.files))

    @cached_property
    def first_units(self) -> NDArray[np.int64]:
        """Row of the first unit of each file, and one entry more: shape (files + 1,)."""
        counts = np.fromiter((file.units for file in self.files), np.int64, len(self.files))
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """Row of the file of each unit."""
        return self.units["file"].astype(np.int64)

    @cached_property
    def row_of_path(self) -> dict[str, int]:
        """Row of each file by its path."""
        return {file.path: row for row, file in enumerate(self.files)}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What makes a folder an index: its parts, what they look like and where it stands."""

    root: str
    model: str
    """Key of the static model its vectors come from."""
    generation: int
    built_at: str
    """Time of the last commit, ISO 8601, UTC."""
    pending: int
    """Files known to be stale when this was written."""
    vectors: str
    """Name of the vector store."""
    vector_rows: int
    segments: list[str]
    """Names of the segments' files, in the order of their slots."""
    records: dict[str, FileRecord]
    """What is known of every other file, by name."""
    skipped: list[tuple[str, str]]
    """Files and folders left out without a look inside, with the reason."""
    counts: dict[str, dict[str, int]]
    """How much else was left out, see `walk.Listing`."""
    format: int = FORMAT


def catalogue_files(generation: int) -> tuple[str, str]:
    """Return the names of a generation's two files: entries, units."""
    return f"catalogue-{generation}.json", f"units-{generation}.npy"


def save_catalogue(folder: Path, generation: int, catalogue: Catalogue) -> dict[str, FileRecord]:
    """Write a catalogue under its generation's names, and return its files' records.

    It is not in force until a manifest names it.
    """
    entries, units = catalogue_files(generation)
    columns = {"files": _columns(catalogue.files), "symbols": catalogue.symbols}
    document = json.dumps(columns, separators=(",", ":")).encode()
    return {
        entries: write_atomically(folder / entries, document),
        units: write_atomically(folder / units, catalogue.units.tobytes()),
    }


def _columns(files: list[FileEntry]) -> dict[str, list[Any]]:
    names = FileEntry.__dataclass_fields__
    return {name: [getattr(file, name) for file in files] for name in names}


def load_catalogue(folder: Path, generation: int) -> Catalogue:
    """Read the catalogue of a generation, whose files must have been found intact.

    Raises:
        StoreError: a file is missing or damaged.
    """
    entries, units = catalogue_files(generation)
    try:
        document = json.loads((folder / entries).read_bytes())
        size = (folder / units).stat().st_size
        table = np.empty(0, UNIT)
        if size:  # a plain view: the memmap class makes every small operation slower
            table = np.memmap(folder / units, UNIT, mode="r").view(np.ndarray)
        columns = document["files"]
        names = list(FileEntry.__dataclass_fields__)
        rows = zip(*(columns[name] for name in names), strict=True)
        files = [FileEntry(*row) for row in rows]
        return Catalogue(files, table, document["symbols"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"catalogue {folder / entries} is damaged: {error}") from error


def merged(
    catalogue: Catalogue,
    kept: Sequence[FileEntry | None],
    added: Sequence[FileEntry],
    units: NDArray[np.void],
    symbols: Iterable[str],
) -> Catalogue:
    """Return the catalogue that follows another one, by path.

    Args:
        catalogue: the one before.
        kept: for each of its files the entry from now on, or None for one that goes.
        added: new files.
        units: their units, in their order; the field `file` is filled in.
        symbols: the units' symbols.
    """
    stays = np.array([entry is not None for entry in kept], bool)
    old_units = np.repeat(stays, np.diff(catalogue.first_units))
    files = [*(entry for entry in kept if entry is not None), *added]
    table = np.concatenate([catalogue.units[old_units], units])
    names = [catalogue.symbols[row] for row in np.flatnonzero(old_units).tolist()]
    names.extend(symbols)
    order = sorted(range(len(files)), key=lambda number: files[number].path)
    counts = np.array([file.units for file in files], np.int64)
    starts = np.cumsum(counts) - counts
    counts = counts[order]
    first = np.repeat(starts[order] - (np.cumsum(counts) - counts), counts)
    rows = first + np.arange(len(table))
    table = table[rows]
    table["file"] = np.repeat(np.arange(len(files)), counts)
    return Catalogue([files[n] for n in order], table, [names[row] for row in rows.tolist()])


def save_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest, and so the catalogue it names, in force."""
    values = asdict(manifest)
    document = {"manifest": values, "checksum": _checksum(values)}
    write_atomically(folder / MANIFEST, json.dumps(document).encode())


def load_manifest(folder: Path) -> Manifest | None:
    """Return the manifest in force, or None when there is no usable one."""
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
        values = document["manifest"]
        if values["format"] != FORMAT or document["checksum"] != _checksum(values):
            return None
        values["skipped"] = [(path, reason) for path, reason in values["skipped"]]
        values["records"] = {n: FileRecord(**record) for n, record in values["records"].items()}
        return Manifest(**values)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _checksum(values: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(values).encode())
