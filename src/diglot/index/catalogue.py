"""The catalogue: which files and units an index holds, as one immutable value on disk.

A catalogue is written whole under a new generation number and becomes the index's truth when the
manifest that names it is renamed into place. Manifest and catalogue have checksums; of the other
files the manifest records the sizes, so that a truncated one is noticed before it is read.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.types import UnitKind

FORMAT = 2
"""Version of the index format; an index of another version is built anew."""

MANIFEST = "manifest.json"

KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
"""Unit kinds by their number in `UNIT.kind`."""

UNIT = np.dtype(
    [
        ("file", "<i4"),  # row in Catalogue.files
        ("ordinal", "<u4"),  # number of the unit within its file
        ("start_line", "<u4"),
        ("end_line", "<u4"),
        ("kind", "u1"),  # index into KINDS
        ("vector", "<i4"),  # row in the static vector store
        ("key", "V16"),  # hash of the unit's content
    ]
)

ORDINAL_BITS = 20
"""A unit's number in the lexical index is its file's number and its ordinal, packed."""


def unit_number(file_number: int, ordinal: int) -> int:
    """Return the number of a unit in the lexical index."""
    return (file_number << ORDINAL_BITS) | ordinal


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One indexed file."""

    number: int
    """Never reused: a file that changes gets a new one."""
    path: str
    size: int
    """Bytes."""
    mtime_ns: int
    hash: str = ""
    """Hash of the bytes, hexadecimal."""
    language: str = "text"
    units: int = 0
    """How many units it has."""
    generated: bool = False
    skipped: str = ""
    """Why the file has no units, if it was left out after a look inside."""


@dataclass(frozen=True)
class Catalogue:
    """Files and their units. Units of a file are adjacent and in the order of the files."""

    files: list[FileEntry] = field(default_factory=list)
    units: NDArray[np.void] = field(default_factory=lambda: np.empty(0, UNIT))
    symbols: list[str] = field(default_factory=list)
    """Qualified symbol of each unit."""

    @cached_property
    def file_numbers(self) -> NDArray[np.int64]:
        """Number of each file."""
        return np.fromiter((file.number for file in self.files), np.int64, len(self.files))

    @cached_property
    def first_units(self) -> NDArray[np.int64]:
        """Row of the first unit of each file, and one entry more: shape (files + 1,)."""
        counts = np.fromiter((file.units for file in self.files), np.int64, len(self.files))
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])

    @cached_property
    def _numbers_ascending(self) -> NDArray[np.int64]:
        return np.argsort(self.file_numbers)

    def numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number in the lexical index of each unit."""
        units = self.units[rows]
        files: NDArray[np.int64] = self.file_numbers[units["file"]]
        numbers: NDArray[np.int64] = (files << ORDINAL_BITS) | units["ordinal"]
        return numbers

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each unit number of the lexical index, -1 where there is none."""
        if not self.files:
            return np.full(len(numbers), -1, np.int64)
        order, wanted = self._numbers_ascending, numbers >> ORDINAL_BITS
        place = np.searchsorted(self.file_numbers, wanted, sorter=order)
        file_row = order[np.minimum(place, len(order) - 1)]
        row = self.first_units[file_row] + (numbers & ((1 << ORDINAL_BITS) - 1))
        known = (self.file_numbers[file_row] == wanted) & (row < self.first_units[file_row + 1])
        return np.where(known, row, -1)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What makes a folder an index: its parts, their sizes and where it stands."""

    root: str
    model: str
    """Key of the static model its vectors come from."""
    generation: int
    next_file_number: int
    built_at: str
    """Time of the last commit, ISO 8601, UTC."""
    pending: int
    """Files known to be stale when this was written."""
    vectors: str
    """Name of the vector store."""
    vector_rows: int
    checksum: int
    """CRC-32 of the catalogue's two files."""
    sizes: dict[str, int]
    """Bytes of every file of the lexical index, by name."""
    skipped: list[tuple[str, str]]
    """Files and folders left out without a look inside, with the reason."""
    counts: dict[str, dict[str, int]]
    """How much else was left out, see `walk.Listing`."""
    format: int = FORMAT


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Raises:
        StoreError: the disk is full or the folder cannot be written.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error


def catalogue_files(generation: int) -> tuple[str, str]:
    """Return the names of a generation's two files: entries, units."""
    return f"catalogue-{generation}.json", f"units-{generation}.npy"


def save_catalogue(folder: Path, generation: int, catalogue: Catalogue) -> int:
    """Write a catalogue under its generation's names, and return its checksum.

    It is not in force until a manifest names it.
    """
    entries, units = catalogue_files(generation)
    columns = {"files": _columns(catalogue.files), "symbols": catalogue.symbols}
    document = json.dumps(columns, separators=(",", ":")).encode()
    table = catalogue.units.tobytes()
    write_atomically(folder / entries, document)
    write_atomically(folder / units, table)
    return zlib.crc32(table, zlib.crc32(document))


def _columns(files: list[FileEntry]) -> dict[str, list[Any]]:
    names = FileEntry.__dataclass_fields__
    return {name: [getattr(file, name) for file in files] for name in names}


def load_catalogue(folder: Path, generation: int, checksum: int) -> Catalogue:
    """Read the catalogue of a generation.

    Args:
        folder: where the index lies.
        generation: number of the generation.
        checksum: as `save_catalogue` returned it.

    Raises:
        StoreError: a file is missing or damaged.
    """
    entries, units = catalogue_files(generation)
    try:
        data = (folder / entries).read_bytes()
        size = (folder / units).stat().st_size
        table = np.empty(0, UNIT)
        if size:  # a plain view: the memmap class makes every small operation slower
            table = np.memmap(folder / units, UNIT, mode="r").view(np.ndarray)
        if zlib.crc32(table.view(np.uint8).data, zlib.crc32(data)) != checksum:
            raise ValueError("it is not what was written")
        document = json.loads(data)
        columns = document["files"]
        names = list(FileEntry.__dataclass_fields__)
        rows = zip(*(columns[name] for name in names), strict=True)
        files = [FileEntry(*row) for row in rows]
        return Catalogue(files, table, document["symbols"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"catalogue {folder / entries} is damaged: {error}") from error


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
        return Manifest(**values)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _checksum(values: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(values).encode())
