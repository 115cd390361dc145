from __future__ import annotations

import io
import lzma
import stat
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from diglot.corpus.sources.archives import open_archive
from diglot.corpus.sources.base import Limits
from diglot.corpus.sources.selection import read_selected
from diglot.errors import InputError

FILES = {"top/b.py": b"b = 1\n", "top/a/c.py": b"c = 1\n"}
Maker = Callable[[Path, dict[str, bytes]], Path]


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def make_tar(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def read_all(
    path: Path, limits: Limits | None = None, *, strip_top: bool = True
) -> tuple[dict[str, bytes], Counter[str]]:
    skipped: Counter[str] = Counter()
    with open_archive(path, skipped, strip_top=strip_top, limits=limits or Limits()) as archive:
        return {name: archive.read(name) for name in archive.sizes}, skipped


makers = pytest.mark.parametrize("make", [make_zip, make_tar])


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_reads_every_format_by_its_content(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "archive"
    made = make_zip(path, FILES) if mode == "zip" else make_tar(path, FILES, mode)
    found, skipped = read_all(made)
    assert found == {"b.py": b"b = 1\n", "a/c.py": b"c = 1\n"}
    assert not skipped


@makers
def test_keeps_the_top_where_it_is_not_the_only_one(tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path / "a", {**FILES, "README": b"x"})
    assert set(read_all(path)[0]) == {"top/b.py", "top/a/c.py", "README"}
    path = make(tmp_path / "b", FILES)
    assert set(read_all(path, strip_top=False)[0]) == set(FILES)


@makers
@pytest.mark.parametrize(
    "name", ["../out.py", "/etc/out.py", "a/../../out.py", "C:/out.py", "a\\..\\out.py", "\\out.py"]
)
def test_leaves_out_paths_that_lead_outside(tmp_path: Path, make: Maker, name: str) -> None:
    found, skipped = read_all(make(tmp_path / "a", {"in.py": b"1", name: b"2"}))
    assert found == {"in.py": b"1"}
    assert skipped == {"path outside": 1}


@makers
def test_paths_in_plain_form(tmp_path: Path, make: Maker) -> None:
    found, skipped = read_all(make(tmp_path / "a", {"./a//b.py": b"1", "c\nd.py": b"2"}))
    assert found == {"a/b.py": b"1"} or found == {"b.py": b"1"}
    assert skipped == {"unprintable path": 1}


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", encoding="latin-1", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("caf\xe9.py"))
    assert read_all(path) == ({}, {"unprintable path": 1})


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
)
def test_leaves_out_links_and_devices_of_a_tar(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("secret.py", "in.py"):
            info = tarfile.TarInfo(name)
            if name == "secret.py":
                info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert read_all(path) == ({"in.py": b""}, {"link or device": 1})


def test_leaves_out_links_of_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link.py")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("in.py", "1")
    assert read_all(path) == ({"in.py": b"1"}, {"link or device": 1})


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_of_doubles_the_later_one_counts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.py", "1")
            archive.writestr("a.py", "2")
    else:
        with tarfile.open(path, "w") as tar:
            for data in (b"1", b"2"):
                info = tarfile.TarInfo("a.py")
                info.size = 1
                tar.addfile(info, io.BytesIO(data))
    assert read_all(path) == ({"a.py": b"2"}, {"double": 1})


@makers
def test_leaves_out_large_files(tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path / "a", {"a.py": b"x" * 11, "b.py": b"x" * 10})
    assert read_all(path, Limits(file_bytes=10)) == ({"b.py": b"x" * 10}, {"too large": 1})


@makers
def test_refuses_what_unpacks_to_too_much(tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path / "a", {f"{i}.py": bytes(900) for i in range(50)})
    with pytest.raises(InputError, match="more than 20000 bytes"):
        read_all(path, Limits(file_bytes=1000, total_bytes=20_000))
    assert len(read_all(path, Limits(file_bytes=1000, total_bytes=200_000))[0]) == 50


@makers
def test_refuses_what_is_packed_too_well(tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path / "bomb", {f"{i}": bytes(4 << 20) for i in range(9)})
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="200 times its size"):
        read_all(path)


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_tar_bomb_is_not_decompressed_to_its_end(
    tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = []

    class Watched(tempfile.SpooledTemporaryFile):
        def write(self, data):
            writes.append(len(data))
            return super().write(data)

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Watched)
    path = make_tar(tmp_path / "bomb", {"a": bytes(20 << 20)}, mode)
    with pytest.raises(InputError, match="times its size"):
        read_all(path, Limits(ratio_floor=1 << 20))
    assert len(writes) <= 5  # of 20


def overlapping_zip(path: Path, entries: int, size: int) -> Path:
    """A bomb whose entries all share one compressed stream (Fifield 2019, without nesting)."""
    data = bytes(size)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(packed), size, 1, 0)
    start = local + b"a" + packed
    directory = b"".join(
        struct.pack(
            "<4s6H3I5H2I",
            b"PK\1\2",
            20,
            20,
            0,
            8,
            0,
            0,
            crc,
            len(packed),
            size,
            *[len(name), 0, 0],
            0,
            0,
            0,
            0,
        )
        + name
        for name in (b"%06d" % number for number in range(entries))
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, entries, entries, len(directory), len(start), 0)
    path.write_bytes(start + directory + end)
    return path


def test_refuses_overlapping_entries_by_what_they_declare(tmp_path: Path) -> None:
    path = overlapping_zip(tmp_path / "bomb.zip", 1000, 1 << 20)
    with pytest.raises(InputError, match="times its size"):
        read_all(path)


@makers
def test_refuses_too_many_members(tmp_path: Path, make: Maker) -> None:
    path = make(tmp_path / "a", {f"{i}.py": b"" for i in range(101)})
    with pytest.raises(InputError, match="more than 100 members"):
        read_all(path, Limits(files=100))
    assert len(read_all(path, Limits(files=101))[0]) == 101


def test_a_zip_entry_that_declares_less_than_it_holds(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.py": b"x" * 5000})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 5000), struct.pack("<I", 50)))
    with pytest.raises(InputError, match=r"cannot read the archive .*a\.zip"):
        read_all(path)


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_a_cut_off_archive_is_an_error(tmp_path: Path, mode: str) -> None:
    noise = {f"top/{i}.py": bytes((i * j * 7919) % 251 for j in range(2000)) for i in range(20)}
    whole = tmp_path / "whole"
    make_zip(whole, noise) if mode == "zip" else make_tar(whole, noise, mode)
    data = whole.read_bytes()
    for share in (0.2, 0.5, 0.8):
        cut = tmp_path / f"cut{share}"
        cut.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(InputError, match="archive"):
            read_all(cut)


def test_a_damaged_header_is_not_the_end(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tar", {"a.py": b"1", "b.py": b"2"}, "w")
    data = bytearray(path.read_bytes())
    data[1024:1030] = b"damage"  # the header of b.py
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged at byte 1024"):
        read_all(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\3\4", bytes(10)])
def test_other_files_are_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(InputError, match="archive"):
        read_all(path)


def test_an_encrypted_member_is_an_error(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.py": b"1"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="encrypted"):
        read_all(path)


def deep_tar(path: Path, mode: str, names: list[str]) -> Path:
    return make_tar(path, {name: b"1" for name in [*names, "in.py"]}, mode)


@pytest.fixture
def within_memory():
    """Checks what Python and NumPy took at most while something was read."""

    @contextmanager
    def bounded(most: int) -> Iterator[None]:
        tracemalloc.start()
        try:
            yield
            assert tracemalloc.get_traced_memory()[1] < most
        finally:
            tracemalloc.stop()

    return bounded


@pytest.mark.parametrize("mode", ["zip", "w:gz", "w:xz"])
def test_leaves_out_paths_that_are_too_deep_or_long(
    tmp_path: Path, mode: str, within_memory
) -> None:
    names = ["a/" * 15_000 + "b.py", "src/" * 200 + "b.py", "x" * 5000]
    path = tmp_path / "a"
    if mode == "zip":
        make_zip(path, {name: b"1" for name in [*names, "in.py"]})
    else:
        deep_tar(path, mode, names)
    with within_memory(30 << 20):
        found, skipped = read_all(path)
        assert not list(read_selected({"a/" * 15_000 + "b": 1}, lambda _: b"1", Counter()))
    assert found == {"in.py": b"1"}
    assert skipped == {"path too long": 3}


@pytest.mark.parametrize("size", [100_000, 3_000_000, 30_000_000])
def test_a_small_archive_with_a_deep_path_takes_little_memory(
    tmp_path: Path, size: int, within_memory
) -> None:
    path = deep_tar(tmp_path / "a", "w:xz", ["a/" * (size // 2) + "b.py"])
    with within_memory(70 << 20), suppress(InputError):  # 32 MiB are what unpacking may hold
        read_all(path)


def test_refuses_headers_that_fill_memory(tmp_path: Path, within_memory) -> None:
    info = tarfile.TarInfo("a.py")
    info.pax_headers = {f"k{number}": "" for number in range(60_000)}
    path = tmp_path / "a"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    with within_memory(30 << 20), pytest.raises(InputError, match="headers take more than"):
        read_all(path)


def test_refuses_global_headers_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as file:
        for part in range(6):
            headers = {f"k{part}-{number}": "" for number in range(300)}
            info = tarfile.TarInfo(f"{part}.py")
            file.write(info.create_pax_global_header(headers) + info.tobuf())
    with pytest.raises(InputError, match="more than 1000 global headers"):
        read_all(path)


def test_refuses_too_much_text_in_paths(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a", {f"{number:0100}": b"" for number in range(50)})
    with pytest.raises(InputError, match="more than 4000 characters"):
        read_all(path, Limits(paths_length=4000))
    assert len(read_all(path, Limits(paths_length=5000))[0]) == 50


def test_a_zip_entry_that_declares_less_is_not_unpacked_to_its_end(
    tmp_path: Path, within_memory
) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.py": bytes(100 << 20)})
    declared = struct.pack("<I", 100 << 20)
    path.write_bytes(path.read_bytes().replace(declared, struct.pack("<I", 1000)))
    with within_memory(20 << 20), pytest.raises(InputError, match=r"cannot read the archive"):
        read_all(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_leaves_out_what_cannot_be_unpacked_to_a_bound(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.py", "1")
    assert read_all(path) == ({}, {"unknown compression": 1})


def test_an_xz_that_asks_for_too_much_memory_is_an_error(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "plain", FILES, "w")
    path.write_bytes(_with_dictionary(lzma.compress(path.read_bytes(), preset=0)))
    with pytest.raises(InputError, match=r"[Mm]emory"):
        read_all(path)


def _with_dictionary(stream: bytes, code: int = 38) -> bytes:
    """An xz stream whose first block asks for another dictionary: code 38 is 2 GiB."""
    header = bytearray(stream[12 : 12 + 4 * (stream[12] + 1)])
    place = header.index(bytes([0x21, 1])) + 2
    header[place] = code
    header[-4:] = struct.pack("<I", zlib.crc32(header[:-4]))
    return stream[:12] + bytes(header) + stream[12 + len(header) :]


def test_reads_xz_streams_one_after_the_other(tmp_path: Path) -> None:
    data = make_tar(tmp_path / "plain", FILES, "w").read_bytes()
    path = tmp_path / "a.tar.xz"
    path.write_bytes(lzma.compress(data[:700]) + bytes(8) + lzma.compress(data[700:]) + bytes(4))
    assert read_all(path)[0] == {"b.py": b"b = 1\n", "a/c.py": b"c = 1\n"}
