from __future__ import annotations

import json
from pathlib import Path

import pytest

from diglot.corpus.extraction import Extractor, Found
from diglot.corpus.leaks import LeakCheck
from diglot.corpus.recipe import CorpusRecipe, SourceEntry

LEAKED = '''
def interleave(left_values, right_values, padding_value):
    """Alternate between the values of two lists, filling up the shorter one."""
    woven_result = []
    longest_length = max(len(left_values), len(right_values))
    for position_now in range(longest_length):
        one = left_values[position_now] if position_now < len(left_values) else padding_value
        two = right_values[position_now] if position_now < len(right_values) else padding_value
        woven_result.append((one, position_now, two))
    while woven_result and woven_result[-1][0] == padding_value == woven_result[-1][2]:
        woven_result.pop()
    return [value for triple in woven_result for value in (triple[0], triple[2])]
'''

OTHERS = '''
CONTACT = "someone@company.io"


def first(number):
    """Return a number that is larger by one than another."""
    larger = number + 1
    return larger

{leaked}

ADDRESS = "other@company.io"


def second(number):
    """Return a number that is smaller by one than another."""
    smaller = number - 1
    return smaller
'''


def found(text: str, path: str = "src/module.py") -> Found:
    return Found(
        repository="folder:x",
        revision="1",
        split="train",
        path=path,
        data=text.encode(),
        licence="MIT",
        licence_declared="MIT",
        licence_detected="",
    )


@pytest.fixture
def extractor(tmp_path: Path) -> Extractor:
    evaluation = tmp_path / "evaluation.jsonl"
    evaluation.write_text(json.dumps({"code": LEAKED}) + "\n", encoding="utf-8")
    return Extractor(
        CorpusRecipe(name="x", licences="any"),
        SourceEntry(spec="folder:x"),
        LeakCheck.load((evaluation,)),
    )


def test_a_leaked_function_is_cut_out_of_its_file(extractor: Extractor) -> None:
    rows = extractor.read(found(OTHERS.format(leaked=LEAKED)))
    clean = extractor.read(found(OTHERS.format(leaked="")))
    assert rows.drops["function: leak"] == 1
    assert [row["name"] for row in rows.functions] == ["first", "second"]
    (file,) = rows.files
    assert "woven_result" not in file["text"]
    assert [row["code"] for row in rows.functions] == [row["code"] for row in clean.functions]
    for row in rows.functions:
        assert file["text"][row["start"] : row["end"]].startswith(f"def {row['name']}")
    stand_ins = [file["text"][item["start"] : item["end"]] for item in file["redactions"]]
    assert stand_ins == ["<EMAIL>", "<EMAIL>"]


def test_a_file_of_leaks_alone_keeps_nothing_of_them(extractor: Extractor) -> None:
    rows = extractor.read(found(LEAKED))
    assert rows.functions == []
    assert not rows.files or "woven" not in rows.files[0]["text"]


def test_documents_become_prose(extractor: Extractor) -> None:
    text = "# Title\n\nThis library keeps values by key and forgets the oldest of them first.\n"
    rows = extractor.read(found(text, "README.md"))
    assert [row["source"] for row in rows.prose] == ["readme"]
    assert rows.files == []
    assert extractor.read(found(text, "data.bin")).drops == {"file: no language of the recipe": 1}
