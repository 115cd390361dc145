from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, pre_tokenizers

from diglot.errors import InputError
from diglot.languages import all_languages
from diglot.tokenizer import load_tokenizer, train_on_corpus, train_tokenizer
from diglot.tokenizer.encode import decode
from diglot.tokenizer.marks import MARKS, language_mark, style_mark
from diglot.tokenizer.train import PATTERN
from diglot.tokenizer.whitespace import RUNS, missing_runs

SIZE = 2048


def ids(tokenizer, text: str) -> list[int]:
    return tokenizer.backend.encode(text, add_special_tokens=False).ids


def pieces(text: str) -> list[str]:
    split = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    return [piece for piece, _ in split.pre_tokenize_str(text)]


@settings(deadline=None)
@given(text=st.text())
def test_any_text_comes_back(tokenizer, text: str) -> None:
    assert decode(tokenizer, ids(tokenizer, text)) == text


@settings(deadline=None)
@given(text=st.text(st.sampled_from("\n\t\r  aZ_9é漢.<>/")))
def test_any_white_space_comes_back(tokenizer, text: str) -> None:
    assert decode(tokenizer, ids(tokenizer, text)) == text


@settings(deadline=None)
@given(text=st.text(), mark=st.sampled_from([mark.token for mark in MARKS]))
def test_no_text_produces_a_mark(tokenizer, text: str, mark: str) -> None:
    assert tokenizer.special_ids.isdisjoint(ids(tokenizer, text + mark + text))


def test_every_mark_is_one_token_at_the_beginning(tokenizer) -> None:
    assert [tokenizer.mark_id(mark.token) for mark in MARKS] == list(range(len(MARKS)))
    assert [mark.token for mark in MARKS][:3] == ["<s>", "<pad>", "</s>"]  # as RoBERTa has them
    assert len(tokenizer.special_ids) == len(MARKS)


def test_marks_have_a_purpose_and_a_source_and_are_distinct() -> None:
    assert len({mark.token for mark in MARKS}) == len(MARKS)
    assert all(mark.purpose and mark.source for mark in MARKS)


def test_every_language_has_a_mark(tokenizer) -> None:
    for language in all_languages():
        tokenizer.mark_id(language_mark(language.name))


@pytest.mark.parametrize("style", ["google", "numpy", "rest", "oneline", "javadoc", "plain"])
def test_every_style_of_docstrings_has_a_mark(tokenizer, style: str) -> None:
    tokenizer.mark_id(style_mark(style))


def test_no_token_stands_for_the_unknown(tokenizer) -> None:
    assert tokenizer.backend.model.unk_token is None


def test_runs_of_white_space_are_one_token(tokenizer) -> None:
    assert missing_runs(tokenizer.backend) == []
    for run in RUNS:
        assert len(ids(tokenizer, f"{run}return")) == len(ids(tokenizer, "return")) + 1 or (
            run[0] != "\n"  # the last of these spaces goes with the word
        )


def test_runs_are_one_token_though_the_texts_have_none() -> None:
    trained = train_tokenizer(["word " * 20 + "words"] * 3, vocabulary_size=SIZE)
    assert missing_runs(trained.backend) == []


def test_the_size_is_what_was_asked_for(tokenizer, texts) -> None:
    assert tokenizer.size == SIZE
    assert train_tokenizer(["def f(): pass"], vocabulary_size=SIZE).size < SIZE  # repeats nothing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("getValue", ["get", "Value"]),
        ("HTTPServer x2", ["HTTP", "Server", " x", "2"]),
        ("get_value __init__", ["get", "_value", " __init", "__"]),
        ("MAX_SIZE = 100", ["MAX", "_SIZE", " =", " 1", "0", "0"]),
        ("f(x):\n        return x", ["f", "(", "x", "):", "\n        ", "return", " x"]),
        ("a\n\n\tb", ["a", "\n\n\t", "b"]),
        ("a    # b", ["a", "   ", " #", " b"]),
        ("a  \n", ["a", "  ", "\n"]),
        ("e\u0301tude", ["e\u0301tude"]),
        ("ǅungla", ["ǅungla"]),
        ("数值", ["数值"]),
    ],
)
def test_no_token_reaches_beyond_a_piece(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@settings(deadline=None)
@given(text=st.text())
def test_pieces_are_the_whole_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_the_order_of_texts_does_not_matter(texts, tokenizer) -> None:
    again = train_tokenizer(reversed(texts), vocabulary_size=SIZE)
    assert again.backend.to_str() == tokenizer.backend.to_str()


PROGRAM = """
import sys
from diglot.tokenizer import train_on_corpus
train_on_corpus(sys.argv[1], vocabulary_size=2048).save(sys.argv[2])
"""


def test_the_same_corpus_gives_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    digests = set()
    for seed, parallel in (("1", "false"), ("2", "true")):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(corpus), str(folder)],
            env=os.environ | {"PYTHONHASHSEED": seed, "TOKENIZERS_PARALLELISM": parallel},
            check=True,
        )
        content = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
        digests.add(hashlib.sha256(content).hexdigest())
    assert len(digests) == 1


def test_a_corpus_is_read_whole_and_its_origin_is_kept(corpus: Path, tmp_path: Path) -> None:
    train_on_corpus(corpus, vocabulary_size=SIZE).save(tmp_path / "out")
    loaded = load_tokenizer(tmp_path / "out")
    read = loaded.provenance["corpus"]["bytes"]
    assert {"python", "go", "prose"} <= set(read)
    assert loaded.provenance["vocabulary_size"] == loaded.size == SIZE
    assert len(loaded.provenance["corpus"]["datasheet_sha256"]) == 64


def test_of_a_language_with_too_much_text_a_part_is_read(corpus: Path) -> None:
    whole = train_on_corpus(corpus, vocabulary_size=SIZE).provenance["corpus"]["bytes"]
    limited = train_on_corpus(corpus, vocabulary_size=SIZE, bytes_per_language=100_000)
    read = limited.provenance["corpus"]["bytes"]
    assert 0 < read["python"] < whole["python"]
    assert read["go"] == whole["go"] < 100_000


@pytest.mark.parametrize("empty", [[], ["", ""]])
def test_no_text_is_an_error(empty: list[str]) -> None:
    with pytest.raises(InputError, match="no text"):
        train_tokenizer(empty)


def test_a_corpus_without_training_text_is_an_error(corpus: Path) -> None:
    for table in ("files", "prose"):
        (corpus / table / "train-00000.parquet").unlink()
    with pytest.raises(InputError, match=r"no text in its training split"):
        train_on_corpus(corpus)


def test_a_size_too_small_is_an_error() -> None:
    with pytest.raises(InputError, match=r"vocabulary size 300 is too small.* take \d+ tokens"):
        train_tokenizer(["x"], vocabulary_size=300)


def test_a_folder_comes_back_as_it_was(tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "one")
    loaded = load_tokenizer(tmp_path / "one")
    assert loaded.backend.to_str() == tokenizer.backend.to_str()
    assert loaded.written == tokenizer.written
    assert isinstance(Tokenizer.from_file(str(tmp_path / "one" / "tokenizer.json")), Tokenizer)
    assert not [path for path in (tmp_path / "one").iterdir() if path.name.startswith(".")]
