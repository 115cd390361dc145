"""Lexical search: tantivy BM25 over separately weighted fields.

One document per unit. Text is split into terms here in Python (identifiers in words and whole, CJK
as bigrams: `languages.words`); tantivy only stems them. A document carries its unit's number and
its file's, so that rows of other stores are found without reading it, and the unit's source text,
so that a search never opens the source tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray

from diglot.errors import StoreError
from diglot.index.question import Question
from diglot.languages.words import lexical_terms, tokens
from diglot.types import Unit

Field = Literal["path", "name", "symbol", "signature", "docs", "body"]
FIELDS: tuple[Field, ...] = ("path", "name", "symbol", "signature", "docs", "body")
"""`name` is the symbol whole, lower-cased and not stemmed; the others are words."""

_WORD_FIELDS = tuple(field for field in FIELDS if field != "name")

_WORDS = "words"
_NAMES = "names"
_HEAP_BYTES = 64 << 20
_MAX_QUERY_TERMS = 64
_BM25_K1 = 1.2  # tantivy's constant; a term's score stays under idf * (k1 + 1)


class UnitTokens(NamedTuple):
    """A unit's text by field, cut into tokens."""

    symbol: list[str]
    signature: list[str]
    docs: list[str]
    body: list[str]

    @classmethod
    def of(cls, unit: Unit) -> UnitTokens:
        """Cut a unit's text into tokens."""
        return cls(*map(tokens, (unit.symbol, unit.signature, unit.docs, unit.body)))


@dataclass(frozen=True, slots=True)
class Document:
    """What the lexical index holds of one unit."""

    unit: int
    """Number of the unit, unique in the index."""
    file: int
    """Number of the unit's file."""
    kind: int
    """Number of the unit's kind."""
    path: str
    tokens: UnitTokens
    symbol: str
    source: str
    """Source text to show, as it stands in the file."""


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A query's terms, with their rarity (inverse document frequency)."""

    terms: tuple[str, ...]
    """Distinct stemmed terms: words, and identifiers whole."""
    names: tuple[str, ...]
    """Whole symbol names to look up."""
    word_rarity: NDArray[np.float32]
    """Rarity of each of the question's words, shape (words,)."""

    @property
    def attainable(self) -> float:
        """What a unit that holds every word in one field of weight 1 could score at most."""
        return float(self.word_rarity.sum()) * (_BM25_K1 + 1)


def _symbol_names(symbol: str) -> list[str]:
    """Return the whole names under which `symbol` is found: qualified and bare, lower-cased."""
    lowered = symbol.lower()
    return list(dict.fromkeys((lowered, lowered.rpartition(".")[2]))) if lowered else []


def _analyzers() -> tuple[tantivy.TextAnalyzer, tantivy.TextAnalyzer]:
    stem = tantivy.Filter.stemmer("english")
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(stem).build()
    names = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    return words, names


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("unit", indexed=True, fast=True)
    builder.add_unsigned_field("file", indexed=True, fast=True)
    builder.add_unsigned_field("kind", indexed=True)
    for field in FIELDS:
        if field == "name":
            builder.add_text_field(field, tokenizer_name=_NAMES, index_option="basic")
        else:
            builder.add_text_field(field, tokenizer_name=_WORDS, index_option="freq")
    builder.add_bytes_field("source", stored=True, indexed=False)
    return builder.build()


class LexicalIndex:
    """BM25 index of units, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open the index in `folder`, or create it there.

        Raises:
            StoreError: the folder holds an index that cannot be read.
        """
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(_schema(), path=str(folder), reuse=True)
            words, names = _analyzers()
            self._index.register_tokenizer(_WORDS, words)
            self._index.register_tokenizer(_NAMES, names)
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise StoreError(f"lexical index {folder} cannot be opened: {error}") from error
        self._schema = _schema()
        self._stem = words

    # Writing. The caller holds the index's lock: tantivy allows one writer.

    def update(
        self, documents: Iterable[Document], *, removed_files: Sequence[int], first_free_file: int
    ) -> None:
        """Remove files, add documents and commit, all at once.

        Removed documents still count in the rarity of words until tantivy merges their segment, so
        that scores after many changes differ a little from those of a new index.

        Args:
            documents: units to add.
            removed_files: numbers of files whose units go.
            first_free_file: files from this number on are left over from a run that was killed
                between this commit and the catalogue's; they go too.

        Raises:
            StoreError: the folder cannot be written; nothing is changed then.
        """
        try:
            self._write(documents, removed_files, first_free_file)
        except ValueError as error:
            raise StoreError(f"lexical index {self._folder} cannot be written: {error}") from error
        self._index.reload()
        self._searcher = self._index.searcher()

    def _write(
        self, documents: Iterable[Document], removed_files: Sequence[int], first_free_file: int
    ) -> None:
        writer = self._index.writer(_HEAP_BYTES, 1)
        try:
            # By query: deleting by a term would take the number for a signed one and find none.
            removed = tantivy.Query.term_set_query(self._schema, "file", list(removed_files))
            writer.delete_documents_by_query(removed)
            unsigned = tantivy.FieldType.Unsigned
            leftover = tantivy.Query.range_query(
                self._schema, "file", unsigned, first_free_file, 2**63
            )
            writer.delete_documents_by_query(leftover)
            path_terms: dict[str, str] = {}
            for document in documents:
                terms = path_terms.get(document.path)
                if terms is None:
                    terms = path_terms[document.path] = lexical_terms(tokens(document.path))
                writer.add_document(_tantivy_document(document, terms))
            writer.commit()
            writer.wait_merging_threads()
        finally:
            del writer  # and so tantivy's lock, which the traceback of an error would keep

    # Reading

    def query(self, question: Question) -> LexicalQuery:
        """Look up how rare a question's words are, and add the identifiers it holds whole."""
        words = [self._stemmed(word) for word in question.words]
        whole = (self._stemmed(term) for term in question.identifiers)
        terms = tuple(dict.fromkeys([*words, *whole]))[:_MAX_QUERY_TERMS]
        names = (question.symbol, question.symbol.rpartition(".")[2], *sorted(question.mentions))
        return LexicalQuery(
            terms=terms,
            names=tuple(dict.fromkeys(name for name in names if name)),
            word_rarity=self._rarity(words),
        )

    def _stemmed(self, term: str) -> str:
        return self._stem.analyze(term)[0]

    def _rarity(self, terms: Sequence[str]) -> NDArray[np.float32]:
        frequency = np.array(
            [max(self._searcher.doc_freq(field, term) for field in _WORD_FIELDS) for term in terms],
            np.float32,
        )
        missing = np.maximum(self._searcher.num_docs - frequency, 0.0)
        return np.log1p((missing + 0.5) / (frequency + 0.5)).astype(np.float32)

    def search(
        self,
        query: LexicalQuery,
        weights: Mapping[Field, float],
        limit: int,
        files: Sequence[int] | None = None,
        kinds: Sequence[int] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the best units and their weighted BM25 scores, best first.

        Args:
            query: from `query`.
            weights: weight of each field; a field left out is not searched.
            limit: how many units at most.
            files: numbers of the only files to search, or None for all.
            kinds: numbers of the only kinds of units to return, or None for all.
        """
        clauses = [
            (tantivy.Occur.Should, self._term(field, term, weight))
            for field, weight in weights.items()
            for term in (query.names if field == "name" else query.terms)
            if weight > 0
        ]
        if not clauses:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found = tantivy.Query.boolean_query(clauses)
        for field, numbers in (("file", files), ("kind", kinds)):
            if numbers is not None:
                only = tantivy.Query.term_set_query(self._schema, field, list(numbers))
                inside = tantivy.Query.const_score_query(only, 0.0)
                found = tantivy.Query.boolean_query(
                    [(tantivy.Occur.Must, found), (tantivy.Occur.Must, inside)]
                )
        hits = self._searcher.search(found, limit=limit, count=False).hits
        if not hits:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        units = self._searcher.fast_field_values("unit", [address for _, address in hits])
        return np.array(units, np.int64), np.array([score for score, _ in hits], np.float32)

    def _term(self, field: Field, term: str, weight: float) -> tantivy.Query:
        option = "basic" if field == "name" else "freq"
        query = tantivy.Query.term_query(self._schema, field, term, index_option=option)
        return tantivy.Query.boost_query(query, weight)

    def sources(self, units: Sequence[int]) -> dict[int, str]:
        """Return the stored source text of `units`; units not found are left out."""
        wanted = tantivy.Query.term_set_query(self._schema, "unit", list(units))
        hits = self._searcher.search(wanted, limit=max(1, len(units)), count=False).hits
        addresses = [address for _, address in hits]
        numbers = self._searcher.fast_field_values("unit", addresses)
        texts = (self._searcher.doc(address)["source"][0] for address in addresses)
        return {
            number: text.decode("utf-8", "replace")
            for number, text in zip(np.array(numbers, np.int64).tolist(), texts, strict=True)
        }


def _tantivy_document(document: Document, path_terms: str) -> tantivy.Document:
    entry = tantivy.Document()
    entry.add_unsigned("unit", document.unit)
    entry.add_unsigned("file", document.file)
    entry.add_unsigned("kind", document.kind)
    entry.add_text("path", path_terms)
    if document.symbol:
        entry.add_text("name", " ".join(_symbol_names(document.symbol)))
    for field, found in document.tokens._asdict().items():
        if found:
            entry.add_text(field, lexical_terms(found))
    entry.add_bytes("source", document.source.encode("utf-8", "replace"))
    return entry
