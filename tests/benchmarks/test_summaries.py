from __future__ import annotations

import pytest
from benchmarks.summaries import summary


@pytest.mark.parametrize(
    ("docs", "name", "expected"),
    [
        ("Parse a size, e.g. 512m. It may be hex.", "parse", "Parse a size, e.g. 512m."),
        ("Parses sizes\nof memory.\n\nMore.", "parse", "Parses sizes of memory."),
        (
            "Read {@code null} from {@link Buf#get(int) the buffer}.\n@param x n",
            "read",
            "Read null from the buffer.",
        ),
        ("Joins <em>all</em> words &amp; digits.<p>Second.", "join", "Joins all words & digits."),
        ("Find ``k`` in :class:`~a.Graph` quickly", "find", "Find k in a.Graph quickly"),
        ("ReadAll returns the rest.", "ReadAll", "returns the rest."),
        ("Open an existing log.", "Open", "Open an existing log."),
        ("Returns a and b. c follows. Next.", "f", "Returns a and b. c follows."),
    ],
)
def test_first_sentence_in_plain_words(docs, name, expected):
    assert summary(docs, name) == expected


@pytest.mark.parametrize(
    ("docs", "name"),
    [
        ("", "f"),
        ("@param x the number of words", "f"),
        ("{@inheritDoc}", "f"),
        ("Too short.", "f"),
        (" ".join(["word"] * 41), "f"),
        ("Getter for the name.", "getName"),
        ("Implements the Storage interface.", "f"),
        ("Deprecated, use the other one.", "f"),
        ("TODO make this faster soon.", "f"),
        ("Defined at https://example.org in full.", "f"),
        ("Returns one of these:", "f"),
        (r"Computes \sum of all values.", "f"),
        ("seriesHash assumed to be locked.", "seriesHash"),
        ("Must be called with the lock held.", "f"),
        ("返回 图 的 节点 数 量", "f"),
    ],
)
def test_no_question_without_a_sentence_that_says_what_is_done(docs, name):
    assert summary(docs, name) is None
