from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.inference.vocabulary import Vocabulary
from diglot.inference.vocabulary import load_tokenizer as load_backend
from diglot.languages.words import split_words
from diglot.models import resolve_model
from diglot.tokenizer import load_tokenizer
from diglot.tokenizer.words import encode_words

FOLDER = resolve_model("static").path
TOKENIZER = load_tokenizer(FOLDER)
TEXTS = [
    "def parseHTTPResponse(raw_bytes): return raw_bytes.decode()",
    "",
    "読み込む résumé x2 __init__ 0x7f",
    "a" * 100,
    "!!!",
]


def test_tokens_are_those_of_the_words_one_by_one():
    encoded = encode_words(TOKENIZER, TEXTS)
    runtime = Vocabulary(load_backend(FOLDER / "tokenizer.json"))
    unknown = TOKENIZER.backend.token_to_id("[UNK]")
    for text, start, end in zip(TEXTS, encoded.starts, encoded.starts[1:], strict=False):
        pieces = runtime.pieces(split_words(text))
        expected = [unknown if n < 0 else n for word in pieces for n in word]
        assert encoded.ids[start:end].tolist() == expected
        firsts = [place == 0 for word in pieces for place in range(len(word))]
        assert encoded.word_starts[start:end].tolist() == firsts


def test_spans_are_those_of_the_identifier():
    text = "getUserById(max_age, get)"
    encoded = encode_words(TOKENIZER, [text])
    words = [text[start:end] for start, end in encoded.spans]
    assert words == ["getUserById"] * 4 + ["max_age"] * 2 + ["get"]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_text_is_encoded_as_alone(texts):
    together = encode_words(TOKENIZER, texts)
    assert len(together.starts) == len(texts) + 1
    assert len(together.ids) == len(together.spans) == together.starts[-1]
    for number, text in enumerate(texts):
        alone = encode_words(TOKENIZER, [text])
        part = slice(together.starts[number], together.starts[number + 1])
        assert together.ids[part].tolist() == alone.ids.tolist()
        assert together.spans[part].tolist() == alone.spans.tolist()
