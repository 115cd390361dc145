"""Making a segment of files that were read and cut into units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import Stemmer
from numpy.typing import NDArray

from diglot.index.segment import FIELDS, Segment, term_keys
from diglot.index.unit_tokens import TOKEN_FIELDS, TokenCounts
from diglot.languages.words import lexical_terms, tokens

_FIRST_TOKEN_FIELD = FIELDS.index(TOKEN_FIELDS[0])
_PATH, _NAME = FIELDS.index("path"), FIELDS.index("name")
_STEMMER = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True)
class Texts:
    """What a segment holds of one file."""

    path: str
    text: bytes
    """In UTF-8."""
    symbols: Sequence[str]
    """Qualified symbol of each of its units."""
    spans: Sequence[tuple[int, int]]
    """First and last byte, exclusive, of each unit in `text`."""


def stemmed(terms: Sequence[str]) -> list[str]:
    """Return the stems of English words; of other terms whatever the stemmer makes of them."""
    return list(_STEMMER.stemWords(list(terms)))


def symbol_names(symbol: str) -> list[str]:
    """Return the whole names under which `symbol` is found: qualified and bare, lower-cased."""
    lowered = symbol.lower()
    return list(dict.fromkeys((lowered, lowered.rpartition(".")[2]))) if lowered else []


def build_segment(files: Sequence[Texts], counts: TokenCounts) -> Segment:
    """Make a segment.

    Args:
        files: the files.
        counts: tokens of their units, in the order of the files.
    """
    unit_counts = np.array([len(file.symbols) for file in files], np.int64)
    total = int(unit_counts.sum())
    parts = [
        _words(counts),
        _paths([file.path for file in files], unit_counts),
        _names(list(chain.from_iterable(file.symbols for file in files))),
    ]
    terms = list(dict.fromkeys(chain.from_iterable(part.terms for part in parts)))
    number_of = {term: number for number, term in enumerate(terms)}
    keys = [
        np.array([number_of[term] for term in part.terms], np.int64)[part.term] * len(FIELDS)
        + part.field
        for part in parts
    ]
    unit = np.concatenate([part.unit for part in parts])
    count = np.concatenate([part.count for part in parts])
    places = np.concatenate(keys) * max(total, 1) + unit
    distinct, inverse = np.unique(places, return_inverse=True)
    summed = np.bincount(inverse, count, len(distinct)).astype(np.uint32)
    return _assembled(files, unit_counts, terms, distinct, summed)


def _assembled(
    files: Sequence[Texts],
    unit_counts: NDArray[np.int64],
    terms: Sequence[str],
    places: NDArray[np.int64],
    counts: NDArray[np.uint32],
) -> Segment:
    """Sort the postings by their keys.

    Args:
        files: the files.
        unit_counts: units of each.
        terms: the distinct terms.
        places: number of the term, field and unit of each posting as one number, ascending.
        counts: how often the term stands there.
    """
    total = int(unit_counts.sum())
    local, unit = places // max(total, 1), places % max(total, 1)
    used, sizes = np.unique(local, return_counts=True)
    keys = term_keys(terms)[used // len(FIELDS)] + (used % len(FIELDS)).astype(np.uint64)
    order = np.argsort(keys)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    by_key = np.argsort(np.repeat(rank, sizes), kind="stable")
    field = np.repeat(used % len(FIELDS), sizes)
    lengths = np.bincount(unit * len(FIELDS) + field, counts, total * len(FIELDS))
    sizes_of_texts = np.array([len(file.text) for file in files], np.int64)
    first_bytes = _starts(sizes_of_texts)
    spans = np.array(list(chain.from_iterable(file.spans for file in files)), np.int64).reshape(
        total, 2
    )
    return Segment(
        keys=keys[order],
        starts=_starts(sizes[order]),
        units=unit[by_key].astype(np.uint32),
        counts=counts[by_key],
        lengths=lengths.astype(np.uint32).reshape(total, len(FIELDS)),
        spans=spans + np.repeat(first_bytes[:-1], unit_counts)[:, None],
        first_units=_starts(unit_counts),
        first_bytes=first_bytes,
        text=np.frombuffer(b"".join(file.text for file in files), np.uint8),
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """Counts of terms, not yet summed."""

    terms: Sequence[str]
    term: NDArray[np.int64]
    """Index into `terms`."""
    field: NDArray[np.int64] | int
    """Index into FIELDS."""
    unit: NDArray[np.int64]
    count: NDArray[np.int64]


def _words(counts: TokenCounts) -> _Counted:
    """Terms of the tokens of units."""
    term_lists = [lexical_terms((token,)).split() for token in counts.tokens]
    terms = list(dict.fromkeys(chain.from_iterable(term_lists)))
    stems = dict(zip(terms, stemmed(terms), strict=True))
    distinct = list(dict.fromkeys(stems.values()))
    number_of = {stem: number for number, stem in enumerate(distinct)}
    of_term = {term: number_of[stem] for term, stem in stems.items()}
    flat = np.array([of_term[term] for term in chain.from_iterable(term_lists)], np.int64)
    sizes = np.array([len(found) for found in term_lists], np.int64)
    repeats = sizes[counts.token]
    within = np.arange(int(repeats.sum())) - np.repeat(_starts(repeats)[:-1], repeats)
    return _Counted(
        terms=distinct,
        term=flat[np.repeat(_starts(sizes)[:-1][counts.token], repeats) + within],
        field=np.repeat(counts.field, repeats) + _FIRST_TOKEN_FIELD,
        unit=np.repeat(counts.unit, repeats),
        count=np.repeat(counts.count, repeats),
    )


def _paths(paths: Sequence[str], unit_counts: NDArray[np.int64]) -> _Counted:
    """Terms of the paths: each unit has those of its file."""
    return _listed(
        [stemmed(lexical_terms(tokens(path)).split()) for path in paths], _PATH, unit_counts
    )


def _names(symbols: Sequence[str]) -> _Counted:
    """Whole names of the units."""
    return _listed([symbol_names(symbol) for symbol in symbols], _NAME, None)


def _listed(
    term_lists: Sequence[Sequence[str]], field: int, unit_counts: NDArray[np.int64] | None
) -> _Counted:
    """Count lists of terms, one a unit, or one for as many adjacent units as `unit_counts` says."""
    distinct = list(dict.fromkeys(chain.from_iterable(term_lists)))
    number_of = {term: number for number, term in enumerate(distinct)}
    owners = np.repeat(np.arange(len(term_lists)), [len(terms) for terms in term_lists])
    flat = np.array([number_of[term] for term in chain.from_iterable(term_lists)], np.int64)
    if unit_counts is not None:
        repeats = unit_counts[owners]
        within = np.arange(int(repeats.sum())) - np.repeat(_starts(repeats)[:-1], repeats)
        owners = np.repeat(_starts(unit_counts)[:-1][owners], repeats) + within
        flat = np.repeat(flat, repeats)
    return _Counted(distinct, flat, field, owners, np.ones(len(flat), np.int64))


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
