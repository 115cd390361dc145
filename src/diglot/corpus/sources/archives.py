"""Reading zip and tar archives that nobody vouches for.

Nothing is ever unpacked onto paths that an archive names. A compressed tar is decompressed into
an unnamed temporary file, no further than the bounds allow, so that its members can be read in
the order of their paths; a zip is read in place.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import mmap
import re
import tarfile
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from stat import S_IFMT, S_IFREG
from typing import IO, TypeVar

from diglot.corpus.sources.base import LIMITS, Limits
from diglot.errors import InputError

_Member = TypeVar("_Member")

_CHUNK = 1 << 20
_IN_MEMORY = 32 << 20
"""A decompressed tar of up to so many bytes stays in memory."""
_ZIP_ENTRY = b"PK\x01\x02"
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What Python decompresses to a given size; other methods would be unpacked in one go."""
_HEADER_BYTES = 256 << 10
"""What the headers of one member of a tar may take: extended ones are held in memory as a whole,
and as objects many times over."""
_GLOBAL_HEADERS = 1000
"""Entries of global headers of a tar, which hold for all members after them."""
_XZ_MEMORY = 256 << 20
"""Bytes of a dictionary that the header of an xz may ask for; `xz -9` asks for 64 MiB."""
_DRIVE = re.compile(r"[A-Za-z]:")
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error),
    *(EOFError, OSError, ValueError, NotImplementedError, RecursionError, RuntimeError),
)
"""What the libraries raise over damaged input; encrypted zip members are a RuntimeError."""


@dataclass(frozen=True)
class Archive:
    """The regular files of an archive."""

    sizes: dict[str, int]
    """Bytes of each file by its path, without a single folder at the top that holds all."""
    read: Callable[[str], bytes]
    """Gives the bytes of a file by its path."""


@contextmanager
def open_archive(
    path: Path, skipped: Counter[str], *, strip_top: bool = True, limits: Limits = LIMITS
) -> Iterator[Archive]:
    """Open a zip or a tar (plain, gzip, bzip2 or xz) for as long as the context lasts.

    Args:
        path: the archive; its content tells the format.
        skipped: counts members that are too large, links, devices, doubles or that lead outside.
        strip_top: whether to take away the single top folder, if there is one.
        limits: bounds on what it unpacks to.

    Raises:
        InputError: The archive is damaged, of another format, or exceeds the bounds.
    """
    try:
        with path.open("rb") as file:
            opened = _open_zip if zipfile.is_zipfile(file) else _open_tar
            file.seek(0)
            with opened(file, path, skipped, limits) as archive:
                yield _strip(archive) if strip_top else archive
    except _DAMAGED as error:
        raise InputError(f"cannot read the archive {path}: {error}") from error


@contextmanager
def _open_zip(
    file: IO[bytes], path: Path, skipped: Counter[str], limits: Limits
) -> Iterator[Archive]:
    _bound_zip_entries(file, path, limits)
    packed = path.stat().st_size
    with zipfile.ZipFile(file) as archive:
        members: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            if info.is_dir():
                continue
            if S_IFMT(info.external_attr >> 16) not in (0, S_IFREG):  # 0: it does not say
                skipped["link or device"] += 1
            elif info.compress_type not in _ZIP_METHODS:
                skipped["unknown compression"] += 1
            elif name := _safe_path(info.filename, skipped, limits):
                _take(members, name, info, info.file_size, skipped, limits)
        _bound_paths(members, path, limits)
        _bound(sum(info.file_size for info in members.values()), packed, path, limits)

        def read(name: str) -> bytes:
            # With its size, since without it the stream is unpacked to its own end first. At the
            # size that the entry declares it stops, and the CRC is checked.
            with archive.open(members[name]) as member:
                return member.read(members[name].file_size)

        yield Archive({name: info.file_size for name, info in members.items()}, read)


def _bound_zip_entries(file: IO[bytes], path: Path, limits: Limits) -> None:
    """Refuse a zip of too many members before the library builds an object for each."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        count, position = 0, content.find(_ZIP_ENTRY)
        while position >= 0:
            count += 1
            if count > limits.files:
                raise _too_many(path, limits)
            position = content.find(_ZIP_ENTRY, position + len(_ZIP_ENTRY))


@contextmanager
def _open_tar(
    file: IO[bytes], path: Path, skipped: Counter[str], limits: Limits
) -> Iterator[Archive]:
    with _decompressed(file, path, limits) as plain:
        members: dict[str, tuple[int, int]] = {}
        for info in _tar_members(plain, path, limits):
            if info.isdir():
                continue
            # A sparse member may declare terabytes that are not there.
            if not info.isreg() or info.issparse():
                skipped["link or device"] += 1
            elif name := _safe_path(info.name, skipped, limits):
                place = (info.offset_data, info.size)
                _take(members, name, place, info.size, skipped, limits)
        _bound_paths(members, path, limits)

        def read(name: str) -> bytes:
            offset, size = members[name]
            plain.seek(offset)
            data = plain.read(size)
            if len(data) != size:
                raise InputError(f"the archive {path} is cut off in {name}")
            return data

        yield Archive({name: size for name, (_, size) in members.items()}, read)


def _tar_members(file: IO[bytes], path: Path, limits: Limits) -> Iterator[tarfile.TarInfo]:
    """Members of a tar; none is kept, and their headers take no more memory than is allowed."""
    headers = _Headers(file, path)
    with tarfile.open(fileobj=headers, mode="r:") as tar:  # type: ignore[call-overload]
        count = 0
        while (info := tar.next()) is not None:
            count += 1
            if count > limits.files:
                raise _too_many(path, limits)
            if len(tar.pax_headers) > _GLOBAL_HEADERS:
                raise InputError(
                    f"the archive {path} has more than {_GLOBAL_HEADERS} global headers, the most "
                    "that is read"
                )
            yield info
            tar.members.clear()
            headers.left = _HEADER_BYTES
        # The library takes a damaged header for the end, and a cut between two members.
        end_at = tar.offset
    file.seek(end_at)
    end = file.read(tarfile.BLOCKSIZE)
    if end.strip(b"\0") or (isinstance(file, io.BufferedReader) and not end):
        raise InputError(f"the archive {path} is damaged at byte {end_at}")


class _Headers:
    """What `tarfile` reads while it lists members, which are headers alone: bounded."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file, self._path = file, path
        self.left = _HEADER_BYTES
        """Bytes that the next member may still take."""
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        self.left -= size
        if size < 0 or self.left < 0:
            raise InputError(
                f"the archive {self._path} has a member whose headers take more than "
                f"{_HEADER_BYTES} bytes, the most that is read"
            )
        return self._file.read(size)


@contextmanager
def _decompressed(file: IO[bytes], path: Path, limits: Limits) -> Iterator[IO[bytes]]:
    magic = file.read(6)
    file.seek(0)
    unpack = next((one for start, one in _COMPRESSIONS.items() if magic.startswith(start)), None)
    if unpack is None:
        yield file
        return
    packed = path.stat().st_size
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
        for chunk in unpack(file):
            plain.write(chunk)
            _bound(plain.tell(), packed, path, limits)
        plain.seek(0)
        yield plain


def _chunks(open_: Callable[[IO[bytes]], IO[bytes]], file: IO[bytes]) -> Iterator[bytes]:
    with open_(file) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _xz_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Unpack xz streams, one after the other, in bounded memory."""
    data = file.read(_CHUNK)
    while data.strip(b"\0"):  # zeros between and after streams are padding
        stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        while not stream.eof:
            yield stream.decompress(data, _CHUNK)
            data = b""
            if stream.needs_input and not stream.eof:
                data = file.read(_CHUNK)
                if not data:
                    raise EOFError("the stream is cut off")
        data = stream.unused_data.lstrip(b"\0") or file.read(_CHUNK)


_COMPRESSIONS: dict[bytes, Callable[[IO[bytes]], Iterator[bytes]]] = {
    b"\x1f\x8b": partial(_chunks, gzip.open),  # type: ignore[arg-type]
    b"BZh": partial(_chunks, bz2.open),
    b"\xfd7zXZ\0": _xz_chunks,
}
"""What unpacks a compressed stream, by how it starts."""


def _bound(unpacked: int, packed: int, path: Path, limits: Limits) -> None:
    if unpacked > limits.total_bytes:
        raise InputError(
            f"the archive {path} unpacks to more than {limits.total_bytes} bytes, "
            "the most that is read"
        )
    if unpacked > max(limits.ratio_floor, limits.ratio * packed):
        raise InputError(
            f"the archive {path} unpacks to more than {limits.ratio} times its size, "
            "as no source code does"
        )


def _too_many(path: Path, limits: Limits) -> InputError:
    return InputError(
        f"the archive {path} holds more than {limits.files} members, the most that is read"
    )


def _bound_paths(paths: Iterable[str], path: Path, limits: Limits) -> None:
    if sum(map(len, paths)) > limits.paths_length:
        raise InputError(
            f"the paths in the archive {path} have more than {limits.paths_length} characters, the "
            "most that is read"
        )


def _take(
    members: dict[str, _Member],
    name: str,
    member: _Member,
    size: int,
    skipped: Counter[str],
    limits: Limits,
) -> None:
    if members.pop(name, None):
        skipped["double"] += 1  # the later one counts, as when unpacked
    if size > limits.file_bytes:
        skipped["too large"] += 1
    else:
        members[name] = member


def _safe_path(name: str, skipped: Counter[str], limits: Limits) -> str | None:
    """A member's path in plain form; None, and counted, if it leads outside or is no text."""
    if limits.is_too_long(name):
        skipped["path too long"] += 1
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    outside = name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in re.split(r"[/\\]", name)
    if outside or not parts:
        skipped["path outside"] += 1
        return None
    plain = "/".join(parts)
    if not plain.isprintable():  # control characters, and bytes that are not UTF-8
        skipped["unprintable path"] += 1
        return None
    return plain


def _strip(archive: Archive) -> Archive:
    tops = {path.partition("/")[0] for path in archive.sizes}
    if len(tops) != 1 or not all("/" in path for path in archive.sizes):
        return archive
    top = f"{tops.pop()}/"
    sizes = {path.removeprefix(top): size for path, size in archive.sizes.items()}
    return Archive(sizes, lambda path: archive.read(top + path))
