"""Files of an index: written whole, private to the user, and checked before they are believed."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from diglot.errors import StoreError

Buffer = bytes | bytearray | memoryview
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is known of a file that was written: enough to notice any change of it."""

    size: int
    """Bytes that count; a file that only grows may have more."""
    checksum: int
    """CRC-32 of these bytes."""
    inode: int
    ctime_ns: int
    """Time at which the system last saw the file change, in nanoseconds; no program can set it."""


def write_atomically(path: Path, *parts: Buffer) -> FileRecord:
    """Write a file (mode 0600) so that a reader sees the old content or the new, never a part.

    Args:
        path: the file.
        parts: its content, in order.

    Raises:
        StoreError: the disk is full or the folder cannot be written.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            checksum = 0
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    file.write(part)
                    checksum = zlib.crc32(part, checksum)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
            return recorded(path, sum(memoryview(part).nbytes for part in parts), checksum)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error


def recorded(path: Path, size: int, checksum: int) -> FileRecord:
    """Return the record of a file whose first `size` bytes have this checksum.

    Raises:
        OSError: there is no such file.
    """
    status = path.stat()
    return FileRecord(size, checksum, status.st_ino, status.st_ctime_ns)


def checked(path: Path, record: FileRecord) -> FileRecord | None:
    """Compare a file with its record, as git compares files with its index.

    A file that the system has not seen change since is not read. Any other one is read whole, for
    example after the folder was copied.

    Returns:
        The record as it is now, or None if the file is not what was written.
    """
    try:
        status = path.stat()
        if (status.st_ino, status.st_ctime_ns) == (record.inode, record.ctime_ns):
            return record
        if status.st_size < record.size or checksum_of(path, record.size) != record.checksum:
            return None
        return FileRecord(record.size, record.checksum, status.st_ino, status.st_ctime_ns)
    except OSError:
        return None


def checksum_of(path: Path, size: int) -> int:
    """Return the CRC-32 of the first `size` bytes of a file."""
    checksum = 0
    with path.open("rb") as file:
        while size > 0 and (piece := file.read(min(size, _PIECE_BYTES))):
            checksum = zlib.crc32(piece, checksum)
            size -= len(piece)
    return checksum


def remove_all_but(folder: Path, names: Iterable[str]) -> None:
    """Remove the files of a folder whose names are not given."""
    kept = set(names)
    for file in folder.iterdir():
        if file.name not in kept and not file.is_dir():
            file.unlink(missing_ok=True)
