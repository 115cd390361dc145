from __future__ import annotations

from diglot.corpus.sources.debian_copyright import UNKNOWN, licence_by_path

HEADER = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
BSD = (
    " Redistribution and use in source and binary forms, with or without modification, are\n"
    " permitted. Redistributions in binary form must reproduce. Neither the name may be used to\n"
    " endorse or promote products.\n"
)


def read(text: str) -> dict[str, str]:
    licence_of = licence_by_path((HEADER + text).encode())
    return {path: licence_of(path) for path in ("a.c", "lib/b.c", "lib/x/c.c", "doc/d")}


def stanza(files: str, licence: str, text: str = "") -> str:
    return f"Files: {files}\nCopyright: someone\nLicense: {licence}\n{text}\n"


def test_the_last_stanza_that_matches_holds() -> None:
    found = read(stanza("*", "Expat") + stanza("lib/*", "GPL-2+") + stanza("lib/x/?.c", "Zlib"))
    assert found == {
        "a.c": "MIT",
        "lib/b.c": "GPL-2.0-or-later",
        "lib/x/c.c": "Zlib",
        "doc/d": "MIT",
    }


def test_a_path_that_no_stanza_matches() -> None:
    assert read(stanza("lib/*", "ISC"))["a.c"] == ""


def test_names_of_the_packages_own_making_are_read_from_their_texts() -> None:
    found = read(
        stanza("*", "Expat and Ours-1")
        + stanza("lib/b.c", "Ours-1")
        + stanza("doc/*", "made up", BSD)
        + f"License: Ours-1\n{BSD}"
    )
    assert found["a.c"] == "MIT AND BSD-3-Clause"
    assert found["lib/b.c"] == found["doc/d"] == "BSD-3-Clause"


def test_expressions() -> None:
    found = read(stanza("*", "Artistic or GPL-1+, and Expat") + stanza("lib/*", "no such thing"))
    assert found["a.c"] == "(Artistic-1.0 OR GPL-1.0-or-later) AND MIT"
    assert found["lib/b.c"] == UNKNOWN


def test_a_file_in_no_format() -> None:
    for text in (b"", b"This package was debianised by ...", b"\xff\xfe", b"Format: 1\n\nFiles *"):
        assert licence_by_path(text)("a.c") == ""
