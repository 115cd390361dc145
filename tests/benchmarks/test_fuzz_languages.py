"""Files that are no code are read within bounds."""

from __future__ import annotations

import pytest

pytest.importorskip("resource")

from benchmarks.fuzz_languages import MOST_BYTES, MOST_SECONDS, Reader, make, markdown, samples

from diglot.languages import all_languages

FILES_OF_A_LANGUAGE = 2


def test_equal_numbers_give_equal_files() -> None:
    known = samples()
    assert make("go", 3, known) == make("go", 3, known)
    assert len({make("go", number, known) for number in range(20)}) == 20


@pytest.mark.parametrize("language", [language.name for language in all_languages()])
def test_files_that_are_no_code(language: str, reader: Reader) -> None:
    for number in range(FILES_OF_A_LANGUAGE):
        outcome = reader.read(language, number)
        assert "error" not in outcome
        for seconds, held in outcome["steps"].values():
            assert held <= MOST_BYTES
            assert seconds <= MOST_SECONDS


@pytest.fixture(scope="module")
def reader():
    process = Reader()
    yield process
    process.close()


def test_a_crash_is_reported_and_the_next_file_read(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Reader()
    try:
        process._process.kill()
        assert "ended the process" in process.read("go", 1)["error"]
        assert "error" not in process.read("go", 1)
    finally:
        process.close()


def test_table() -> None:
    row = {"files": 2, "crashes": 1, "most_seconds": 1.25, "slowest": 1, "most_bytes": 3 << 20}
    result = {"hardware": "h", "revision": "r", "failures": [{}], "languages": {"go": row}}
    assert "| go | 2 | 1 | 1.2 | 3 |" in markdown(result)
