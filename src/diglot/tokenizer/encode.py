"""From text and code to ids, with the modality and the place of every token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError
from diglot.tokenizer.folder import CodeTokenizer
from diglot.tokenizer.marks import language_mark

TEXT, CODE, LANGUAGE = "{text}", "{code}", "{language}"

Layout = tuple[str, ...]
"""What a sequence is made of: marks, `TEXT`, `CODE`, and `LANGUAGE` for the mark of a language."""

CODEBERT: Layout = ("<s>", TEXT, "</s>", CODE, "</s>")
"""CodeBERT (2002.08155), section 3.2, as released: one `</s>` between, unlike RoBERTa."""
MODALITY_RELATIVE: Layout = ("<comments>", TEXT, LANGUAGE, CODE, "<eot>")
"""Modality-relative pre-training (2402.05783), the form of PanGu-Coder."""

_MODALITIES = {TEXT: 0, CODE: 1}


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPair:
    """A text and a piece of code as one sequence of n tokens."""

    ids: NDArray[np.int32]
    """Shape (n,)."""
    modality: NDArray[np.uint8]
    """Shape (n,): 0 text, 1 code, by segment and never by what the token is. A mark belongs to
    the segment before it, and to the text if there is none (2402.05783)."""
    spans: NDArray[np.int32]
    """Shape (n, 2): characters that the token was read from, in the text where `modality` is 0 and
    in the code where it is 1; -1 for marks. A token that holds some bytes of a character has that
    whole character in its span, so spans overlap where a character is in several tokens."""

    @property
    def is_mark(self) -> NDArray[np.bool_]:
        """Shape (n,): which tokens are marks."""
        return np.asarray(self.spans[:, 0] < 0)


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPairs:
    """Sequences end to end, N tokens in all; `pairs[i]` is a view of one."""

    ids: NDArray[np.int32]
    """Shape (N,)."""
    modality: NDArray[np.uint8]
    """Shape (N,)."""
    spans: NDArray[np.int32]
    """Shape (N, 2)."""
    starts: NDArray[np.int64]
    """Shape (pairs + 1,): where each begins, and where the last one ends."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[EncodedPair]:
        return (self[position] for position in range(len(self)))

    def __getitem__(self, index: int) -> EncodedPair:
        index = range(len(self))[index]  # counts from the end too, and refuses what is beyond
        part = slice(self.starts[index], self.starts[index + 1])
        return EncodedPair(self.ids[part], self.modality[part], self.spans[part])


def encode_pair(
    tokenizer: CodeTokenizer,
    text: str,
    code: str,
    *,
    layout: Layout = CODEBERT,
    language: str | None = None,
    max_text: int | None = None,
    max_code: int | None = None,
) -> EncodedPair:
    """Encode a text and a piece of code; `encode_pairs` says how."""
    languages = None if language is None else [language]
    pairs = encode_pairs(
        tokenizer,
        [text],
        [code],
        layout=layout,
        languages=languages,
        max_text=max_text,
        max_code=max_code,
    )
    return pairs[0]


def encode_pairs(
    tokenizer: CodeTokenizer,
    texts: Sequence[str],
    codes: Sequence[str],
    *,
    layout: Layout = CODEBERT,
    languages: Sequence[str] | None = None,
    max_text: int | None = None,
    max_code: int | None = None,
) -> EncodedPairs:
    """Encode pairs. Nothing in a text or in code becomes a mark, whatever it looks like.

    Args:
        tokenizer: whose vocabulary to use.
        texts: what is said of the code; "" where nothing is.
        codes: as many.
        layout: what the sequences are made of.
        languages: the language of each code, if the layout has its mark.
        max_text: tokens of a text, marks not counted. The end of a longer one is cut, at a whole
            character.
        max_code: likewise of code. Either is cut on its own, so neither pushes the other out.

    Raises:
        InputError: The vocabulary lacks a mark, or the sequences differ in length.
    """
    if len(texts) != len(codes) or (languages is not None and len(languages) != len(codes)):
        counts = f"{len(texts)} texts, {len(codes)} codes"
        counts += "" if languages is None else f", {len(languages)} languages"
        raise InputError(f"pairs need as many texts as codes (and languages): {counts}")
    if LANGUAGE in layout and languages is None:
        raise InputError(f"layout {' '.join(layout)} needs the language of each code")
    rows = len(codes)
    segments = {
        TEXT: _Segments.read(tokenizer, texts, max_text),
        CODE: _Segments.read(tokenizer, codes, max_code),
    }
    # First how long each part of each sequence is, then where it begins, then its content.
    lengths = [
        segments[part].lengths if part in segments else np.ones(rows, np.int64) for part in layout
    ]
    ends = np.cumsum(np.stack(lengths, axis=1).ravel()).reshape(rows, len(layout))
    begins = ends - np.stack(lengths, axis=1)
    total = int(ends[-1, -1]) if rows else 0
    ids = np.empty(total, np.int32)
    modality = np.zeros(total, np.uint8)
    spans = np.full((total, 2), -1, np.int32)
    current = 0
    for column, part in enumerate(layout):
        if part in segments:
            segment = segments[part]
            current = _MODALITIES[part]
            places = segment.places(begins[:, column])
            ids[places] = segment.ids
            spans[places] = segment.spans
        else:
            places = begins[:, column]
            ids[places] = _mark_ids(tokenizer, part, languages)
        modality[places] = current
    return EncodedPairs(ids, modality, spans, np.concatenate([[0], ends[:, -1]]))


def decode(tokenizer: CodeTokenizer, ids: Iterable[int]) -> str:
    """Return the text of tokens, marks left out.

    A byte-level vocabulary gives back what was encoded, to the byte. Where the tokens begin or end
    within a character, the piece of it becomes U+FFFD.
    """
    return str(tokenizer.backend.decode([int(number) for number in ids], skip_special_tokens=True))


def decode_pair(tokenizer: CodeTokenizer, pair: EncodedPair) -> tuple[str, str]:
    """Return text and code of a sequence."""
    content = ~pair.is_mark
    text, code = (decode(tokenizer, pair.ids[content & (pair.modality == m)]) for m in (0, 1))
    return text, code


def _mark_ids(
    tokenizer: CodeTokenizer, mark: str, languages: Sequence[str] | None
) -> int | list[int]:
    if mark != LANGUAGE or languages is None:
        return tokenizer.mark_id(mark)
    known = {name: tokenizer.mark_id(language_mark(name)) for name in sorted(set(languages))}
    return [known[name] for name in languages]


@dataclass(frozen=True, slots=True)
class _Segments:
    """Tokens of many strings, end to end."""

    ids: NDArray[np.int32]
    spans: NDArray[np.int32]
    lengths: NDArray[np.int64]

    @classmethod
    def read(cls, tokenizer: CodeTokenizer, strings: Sequence[str], limit: int | None) -> _Segments:
        encodings = tokenizer.backend.encode_batch(list(strings), add_special_tokens=False)
        offsets = [encoding.offsets for encoding in encodings]
        lengths = np.array([_cut(row, limit) for row in offsets], np.int64)
        total = int(lengths.sum())
        ids = chain.from_iterable(
            encoding.ids[:length] for encoding, length in zip(encodings, lengths, strict=True)
        )
        ends = chain.from_iterable(
            chain.from_iterable(row[:length]) for row, length in zip(offsets, lengths, strict=True)
        )
        return cls(
            np.fromiter(ids, np.int32, total),
            np.fromiter(ends, np.int32, 2 * total).reshape(total, 2),
            lengths,
        )

    def places(self, begins: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the tokens go, if those of string i go to `begins[i]` and after."""
        own = np.cumsum(self.lengths) - self.lengths
        return np.repeat(begins - own, self.lengths) + np.arange(len(self.ids))


def _cut(spans: list[tuple[int, int]], limit: int | None) -> int:
    """How many tokens to keep: at most `limit`, and no part of a character without the rest."""
    if limit is None or len(spans) <= limit:
        return len(spans)
    while limit > 0 and spans[limit][0] < spans[limit - 1][1]:
        limit -= 1
    return limit
