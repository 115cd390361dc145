from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.errors import InputError
from diglot.tokenizer import encode_pair, encode_pairs, train_tokenizer
from diglot.tokenizer.encode import CODE, CODEBERT, MODALITY_RELATIVE, TEXT, decode, decode_pair
from diglot.tokenizer.folder import wrap

TEXTS = st.text() | st.text(st.sampled_from("aé漢😀🏳️\u200d🌈 _\n\t9.A"))
LAYOUTS = st.sampled_from([CODEBERT, MODALITY_RELATIVE, (CODE, "</s>", TEXT, "</s>")])


@settings(deadline=None)
@given(text=TEXTS, code=TEXTS, layout=LAYOUTS)
def test_a_pair_comes_back(tokenizer, text: str, code: str, layout) -> None:
    pair = encode_pair(tokenizer, text, code, layout=layout, language="python")
    assert decode_pair(tokenizer, pair) == (text, code)
    assert len(pair.ids) == len(pair.modality) == len(pair.spans)
    assert (pair.ids.dtype, pair.modality.dtype, pair.spans.dtype) == (np.int32, np.uint8, np.int32)
    marks = sum(part not in (TEXT, CODE) for part in layout)
    assert pair.is_mark.sum() == marks
    assert {*pair.ids[pair.is_mark].tolist()} <= tokenizer.special_ids
    assert tokenizer.special_ids.isdisjoint(pair.ids[~pair.is_mark].tolist())


@settings(deadline=None)
@given(text=TEXTS, code=TEXTS)
def test_spans_are_the_characters_that_a_token_was_read_from(tokenizer, text, code) -> None:
    pair = encode_pair(tokenizer, text, code)
    for modality, string in ((0, text), (1, code)):
        own = ~pair.is_mark & (pair.modality == modality)
        tokens, spans = pair.ids[own].tolist(), pair.spans[own].tolist()
        reached = 0
        for place, (start, end) in enumerate(spans):
            assert start < end
            assert start in (reached, reached - 1)  # a shared character is in both spans
            reached = end
            following = spans[place + 1][0] if place + 1 < len(spans) else len(string)
            before = spans[place - 1][1] if place else 0
            if before <= start and end <= following:
                assert decode(tokenizer, [tokens[place]]) == string[start:end]
            else:  # some bytes of the first or the last character are in another token
                whole = string[start:end].encode()
                piece = token_bytes(tokenizer, tokens[place])
                assert piece in whole
        assert reached == len(string)


def token_bytes(tokenizer, number: int) -> bytes:
    """A token's bytes, by GPT-2's table of bytes and characters."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    table |= {chr(256 + place): byte for place, byte in enumerate(others)}
    return bytes(table[character] for character in tokenizer.backend.id_to_token(number))


def test_modality_is_by_segment_and_marks_follow_what_they_end(tokenizer) -> None:
    pair = encode_pair(tokenizer, "sum", "sum")
    assert pair.ids.tolist()[0] == tokenizer.mark_id("<s>")
    half = len(pair.ids) // 2 + 1
    assert pair.modality.tolist() == [0] * half + [1] * (len(pair.ids) - half)
    assert pair.ids[1] == pair.ids[half]  # one token, two modalities

    relative = encode_pair(tokenizer, "a", "a", layout=MODALITY_RELATIVE, language="python")
    expected = ["<comments>", "a", "<python>", "a", "<eot>"]
    assert [tokenizer.backend.id_to_token(number) for number in relative.ids] == expected
    assert relative.modality.tolist() == [0, 0, 0, 1, 1]
    assert relative.spans.tolist() == [[-1, -1], [0, 1], [-1, -1], [0, 1], [-1, -1]]


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=5), layout=LAYOUTS)
def test_a_batch_is_its_pairs(tokenizer, pairs, layout) -> None:
    texts, codes = [text for text, _ in pairs], [code for _, code in pairs]
    batch = encode_pairs(tokenizer, texts, codes, layout=layout, languages=["go"] * len(pairs))
    assert len(batch) == len(pairs)
    assert batch.starts[0] == 0
    assert batch.starts[-1] == len(batch.ids)
    for (text, code), one in zip(pairs, batch, strict=True):
        alone = encode_pair(tokenizer, text, code, layout=layout, language="go")
        for name in ("ids", "modality", "spans"):
            np.testing.assert_array_equal(getattr(one, name), getattr(alone, name))


@settings(deadline=None)
@given(text=TEXTS, code=TEXTS, max_text=st.integers(0, 6), max_code=st.integers(0, 6))
def test_each_segment_is_cut_on_its_own_at_a_character(
    tokenizer, text, code, max_text, max_code
) -> None:
    whole = encode_pair(tokenizer, text, code)
    pair = encode_pair(tokenizer, text, code, max_text=max_text, max_code=max_code)
    back = decode_pair(tokenizer, pair)
    for modality, string, limit in ((0, text, max_text), (1, code, max_code)):
        count = int((~pair.is_mark & (pair.modality == modality)).sum())
        full = int((~whole.is_mark & (whole.modality == modality)).sum())
        assert count <= limit
        assert string.startswith(back[modality])
        if full <= limit:
            assert back[modality] == string
        elif string.isascii():
            assert count == limit


def test_a_batch_has_many_languages(tokenizer) -> None:
    batch = encode_pairs(
        tokenizer, ["", ""], ["a", "a"], layout=MODALITY_RELATIVE, languages=["go", "ruby"]
    )
    marks = [tokenizer.backend.id_to_token(pair.ids[1]) for pair in batch]
    assert marks == ["<go>", "<ruby>"]
    assert batch[-1].ids.tolist() == batch[1].ids.tolist()
    with pytest.raises(IndexError):
        batch[2]


def test_a_layout_with_a_language_needs_one(tokenizer) -> None:
    with pytest.raises(InputError, match="needs the language"):
        encode_pair(tokenizer, "", "", layout=MODALITY_RELATIVE)


def test_an_unknown_language_is_named(tokenizer) -> None:
    with pytest.raises(InputError, match="no mark <cobol>"):
        encode_pair(tokenizer, "", "", layout=MODALITY_RELATIVE, language="cobol")


def test_texts_and_codes_must_be_as_many(tokenizer) -> None:
    with pytest.raises(InputError, match="1 texts, 2 codes"):
        encode_pairs(tokenizer, [""], ["", ""])


def test_a_mark_that_the_vocabulary_lacks_is_named(bert) -> None:
    with pytest.raises(InputError, match=r"no mark <e>: add it with .*adapt"):
        encode_pair(bert, "a", "b", layout=("<s>", TEXT, "<e>"))


def test_a_vocabulary_without_a_mask_says_so() -> None:
    backend = train_tokenizer(["x = 1\n" * 9], vocabulary_size=1024).backend
    plain = type(backend)(backend.model)
    with pytest.raises(InputError, match="tokenizer plain has no mark <mask>"):
        wrap(plain, name="plain").mark_id("<mask>")


def test_another_vocabulary_uses_its_own_marks(bert) -> None:
    pair = encode_pair(bert, "adds numbers", "a + b")
    written = [bert.backend.id_to_token(number) for number in pair.ids]
    assert written == ["[CLS]", "adds", "numbers", "[SEP]", "a", "+", "b", "[SEP]"]
    assert pair.modality.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert pair.spans[5].tolist() == [2, 3]
