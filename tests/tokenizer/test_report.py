from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from diglot.cli.tokenizer import tokenizer as command
from diglot.corpus.reader import open_corpus
from diglot.errors import InputError
from diglot.tokenizer.report import describe, format_measures, measure
from diglot.tokenizer.texts import Sample, held_out_split, sample_rows


def test_figures_count_what_they_say(tokenizer) -> None:
    text = "def f(x):\n    return x"
    encoding = tokenizer.backend.encode(text, add_special_tokens=False)
    sample = Sample([text], [np.array([(4, 5), (6, 7), (21, 22)], np.int32)])
    figures = measure({"this": tokenizer}, {"python": sample}, "validation")
    row = figures["figures"]["this"]["python"]
    assert row["tokens"] == len(encoding)
    assert row["tokens_per_line"] == len(encoding) / 2
    assert row["bytes_per_token"] == len(text) / len(encoding)
    assert row["tokens_per_identifier"] == 1
    assert (row["restored"], row["lost"]) == (1, {})
    used = len(set(encoding.ids)) / (tokenizer.size - len(tokenizer.special_ids))
    assert figures["vocabulary_used"]["this"] == used


def test_what_is_lost_is_named(bert) -> None:
    figures = measure({"bert": bert}, {"go": sample_of("Ab\n\tc", "abc")}, "test")
    row = figures["figures"]["bert"]["go"]
    assert row["restored"] == 0.5
    assert row["lost"] == {"\t": 1, "\n": 1, "A": 1}


def sample_of(*texts: str) -> Sample:
    return Sample(list(texts), [np.empty((0, 2), np.int32) for _ in texts])


def test_identifiers_are_where_the_rows_say(corpus: Path) -> None:
    opened = open_corpus(corpus)
    assert held_out_split(opened) == "validation"
    samples = sample_rows(opened, "validation", rows=50)
    assert list(samples) == ["python", "prose"]
    sample = samples["python"]
    assert len(sample.texts) == 50
    names = {
        text[start:end]
        for text, found in zip(sample.texts, sample.identifiers, strict=True)
        for start, end in found
    }
    assert names
    assert all(name.isidentifier() for name in names)


def test_the_sample_is_the_same_whatever_the_order(corpus: Path) -> None:
    opened = open_corpus(corpus)
    every = sample_rows(opened, "validation", rows=10_000)["python"].texts
    few = sample_rows(opened, "validation", rows=7)["python"].texts
    assert few == every[-7:]
    assert len(few) == 7 < len(every)


def test_every_row_comes_back(tokenizer, bert, corpus: Path) -> None:
    samples = sample_rows(open_corpus(corpus), "validation")
    measures = measure({"this": tokenizer, "bert": bert}, samples, "validation")
    assert all(row["restored"] == 1 for row in measures["figures"]["this"].values())
    assert measures["figures"]["bert"]["python"]["restored"] == 0
    table = format_measures(measures)
    assert "python" in table
    assert "100.0%" in table
    assert "bert: does not give back" in table


def test_a_description_says_what_is_missing(bert) -> None:
    description = describe(bert)
    assert "<python>" in description["missing_marks"]
    assert "<mask>" not in description["missing_marks"]
    assert "case" in description["losses"]


def test_a_corpus_without_functions_is_an_error(corpus: Path) -> None:
    (corpus / "functions" / "validation-00000.parquet").unlink()
    with pytest.raises(InputError, match="no functions"):
        held_out_split(open_corpus(corpus))


def test_train_and_report(corpus: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    out = str(tmp_path / "out")
    trained = run(command, ["train", str(corpus), "-o", out, "--vocab-size", "1024"])
    assert (trained.exit_code, trained.exception) == (0, None)
    assert "1,024 tokens" in trained.output
    described = run(command, ["report", out])
    assert "loses       nothing" in described.output
    measured = run(command, ["report", out, "--corpus", str(corpus), "--json"])
    document = json.loads(measured.output)
    assert document["schema"] == 1
    assert document["tokenizer"]["size"] == 1024
    assert list(document["measures"]["figures"]) == ["this", "bert"]
    people = run(command, ["report", out, "--corpus", str(corpus)])
    assert "tok/line" in people.output


def test_a_size_of_one_is_an_error_that_names_it(corpus: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        command, ["train", str(corpus), "-o", str(tmp_path), "--vocab-size", "1"]
    )
    assert isinstance(result.exception, InputError)
    assert "vocabulary size 1 " in str(result.exception)


def test_a_folder_that_is_no_corpus_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["train", str(tmp_path), "-o", str(tmp_path / "out")])
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "out").exists()


def test_the_default_sizes_of_the_command_are_those_of_the_library() -> None:
    from diglot.cli import tokenizer as module
    from diglot.tokenizer.texts import BYTES_PER_LANGUAGE
    from diglot.tokenizer.train import VOCABULARY_SIZE

    assert module._VOCABULARY_SIZE == VOCABULARY_SIZE
    assert module._MEGABYTES * 1_000_000 == BYTES_PER_LANGUAGE
