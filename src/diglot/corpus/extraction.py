"""From one file to its rows in the three tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any

from diglot.corpus.filters import FILE_FILTERS, FUNCTION_FILTERS, SUMMARY_FILTERS, clean_summary
from diglot.corpus.leaks import LeakCheck
from diglot.corpus.prose import docstring_paragraphs, prose_source, read_prose
from diglot.corpus.recipe import CorpusRecipe, SourceEntry
from diglot.corpus.redact import Redacted, Redaction, redact
from diglot.corpus.schema import Split
from diglot.languages.base import Language
from diglot.languages.functions import FunctionRecord, SourceFile, read_functions
from diglot.languages.registry import language_named, language_of

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A file as a source gave it, and what the source says of it."""

    repository: str
    revision: str
    split: Split
    path: str
    data: bytes
    licence: str
    licence_declared: str
    licence_detected: str
    language: str | None = None
    """Where the source knows it better than the file's name."""
    docstring: str | None = None
    """Of the only function in the file, where the source keeps it apart."""


@dataclass(slots=True)
class Rows:
    """Rows of the three tables, and what was left out and why."""

    files: list[Row] = field(default_factory=list)
    functions: list[Row] = field(default_factory=list)
    prose: list[Row] = field(default_factory=list)
    drops: Counter[str] = field(default_factory=Counter)


class Extractor:
    """Reads files into rows, as a recipe wants them for one of its sources."""

    def __init__(self, recipe: CorpusRecipe, entry: SourceEntry, leaks: LeakCheck) -> None:
        self._recipe = recipe
        self._entry = entry
        self._leaks = leaks
        self._file_filters = _switched_on(FILE_FILTERS, recipe)
        self._function_filters = _switched_on(FUNCTION_FILTERS, recipe)
        self._summary_filters = _switched_on(SUMMARY_FILTERS, recipe)

    def read(self, found: Found) -> Rows:
        """Rows of one file."""
        rows = Rows()
        if is_excluded(found.path, self._entry):
            rows.drops["file: excluded by the recipe"] += 1
            return rows
        language = self._language(found)
        source = prose_source(found.path)
        if language is not None and self._recipe.wanted(self._entry, language.name):
            self._read_code(found, language, rows)
        elif language is None and source is not None:
            self._read_prose(found, source, rows)
        else:
            rows.drops["file: no language of the recipe"] += 1
        return rows

    def _text(self, found: Found, language: Language | None, drops: Counter[str]) -> str | None:
        """The text of a file, unless a filter leaves it out."""
        text = _decoded(found.data, drops)
        if text is None:
            return None
        for name, keeps in self._file_filters.items():
            if not keeps(found.path, text, language):
                drops[f"file: {name}"] += 1
                return None
        return text

    def _language(self, found: Found) -> Language | None:
        if found.language is not None:
            return language_named(found.language)
        first_line = found.data[:200].split(b"\n", 1)[0].decode(errors="replace")
        return language_of(found.path, first_line)

    def _read_code(self, found: Found, language: Language, rows: Rows) -> None:
        text = self._text(found, language, rows.drops)
        if text is None:
            return
        redacted = redact(text)
        source = read_functions(redacted.text, language)
        while source is not None and (leaked := self._leaked(source)):
            rows.drops["function: leak"] += len(leaked)
            redacted = _without(redacted, leaked)
            source = read_functions(redacted.text, language)
        if source is None:
            rows.drops["file: cannot be parsed"] += 1
            return
        file_id = identifier(found.repository, found.revision, found.path)
        rows.functions = self._functions(found, file_id, source, rows.drops)
        rows.files.append(
            _origin(found)
            | {
                "file_id": file_id,
                "licence_declared": found.licence_declared,
                "licence_detected": found.licence_detected,
                "language": source.language.name,
                "text": redacted.text,
                "source_bytes": len(found.data),
                "source_hash": blake2b(found.data, digest_size=16).hexdigest(),
                "redactions": [
                    {"start": item.start, "end": item.end, "kind": item.kind}
                    for item in redacted.redactions
                ],
            }
        )
        paragraphs = [
            paragraph
            for docstring, _ in source.docstrings
            for paragraph in docstring_paragraphs(docstring)
        ]
        rows.prose = _prose_rows(found, file_id, "docstring", paragraphs)

    def _leaked(self, source: SourceFile) -> list[tuple[int, int]]:
        """Spans of the functions that must not be trained on, outermost and in order."""
        spans: list[tuple[int, int]] = []
        for function in source.functions:
            inside = bool(spans) and function.start < spans[-1][1]
            if not inside and self._leaks.content(function.code):
                spans.append((function.start, function.end))
        return spans

    def _functions(
        self,
        found: Found,
        file_id: str,
        source: SourceFile,
        drops: Counter[str],
    ) -> list[Row]:
        """Rows of the functions of a file."""
        rows = []
        language = source.language
        for function in source.functions:
            if found.docstring is not None and not function.docstring:
                function = function.with_docstring(found.docstring, language)
            dropped = next(
                (n for n, keeps in self._function_filters.items() if not keeps(function, language)),
                None,
            )
            if dropped is not None:
                drops[f"function: {dropped}"] += 1
                continue
            summary = self._summary(function, language, drops)
            rows.append(_function_row(found, file_id, language, function, summary))
        return rows

    def _summary(self, function: FunctionRecord, language: Language, drops: Counter[str]) -> str:
        if not function.docstring:
            return ""
        summary = clean_summary(function.summary)
        for name, keeps in self._summary_filters.items():
            if not keeps(summary, function, language):
                drops[f"summary: {name}"] += 1
                return ""
        return summary

    def _read_prose(self, found: Found, source: str, rows: Rows) -> None:
        text = self._text(found, None, rows.drops)
        if text is None:
            return
        paragraphs = read_prose(found.path, redact(text).text)
        file_id = identifier(found.repository, found.revision, found.path)
        rows.prose = _prose_rows(found, file_id, source, paragraphs)


def is_excluded(path: str, entry: SourceEntry) -> bool:
    """Whether a recipe leaves a path of a source out."""
    return any(fnmatchcase(path, pattern) for pattern in entry.exclude)


def may_be_wanted(path: str, recipe: CorpusRecipe, entry: SourceEntry) -> bool:
    """Whether a file may give rows, judged by its name alone."""
    if is_excluded(path, entry):
        return False
    language = language_of(path)
    return language is None or recipe.wanted(entry, language.name)


def _without(redacted: Redacted, spans: list[tuple[int, int]]) -> Redacted:
    """A text without some pieces, which are in order."""
    pieces: list[str] = []
    kept: list[Redaction] = []
    position = 0
    for start, end in [*spans, (len(redacted.text), len(redacted.text))]:
        removed = position - sum(len(piece) for piece in pieces)
        kept += [
            replace(item, start=item.start - removed, end=item.end - removed)
            for item in redacted.redactions
            if position <= item.start and item.end <= start
        ]
        pieces.append(redacted.text[position:start])
        position = end
    return Redacted("".join(pieces), kept)


def identifier(*parts: str | int) -> str:
    """A stable name for a row: 16 bytes of a hash, as 32 hexadecimal digits."""
    return blake2b("\0".join(map(str, parts)).encode(errors="replace"), digest_size=16).hexdigest()


def _switched_on(filters: Mapping[str, Any], recipe: CorpusRecipe) -> dict[str, Any]:
    return {name: keeps for name, keeps in filters.items() if name not in recipe.without}


def _decoded(data: bytes, drops: Counter[str]) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        drops["file: not UTF-8"] += 1
        return None
    if "\0" in text:
        drops["file: binary"] += 1
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _origin(found: Found) -> Row:
    return {
        "repository": found.repository,
        "revision": found.revision,
        "path": found.path,
        "split": found.split,
        "licence": found.licence,
    }


def _span(span: tuple[int, int] | None) -> dict[str, int] | None:
    return None if span is None else {"start": span[0], "end": span[1]}


def _function_row(
    found: Found, file_id: str, language: Language, function: FunctionRecord, summary: str
) -> Row:
    return _origin(found) | {
        "function_id": identifier(file_id, function.start),
        "file_id": file_id,
        "language": language.name,
        "kind": function.kind,
        "qualified_name": function.qualified_name,
        "name": function.name,
        "start": function.start,
        "end": function.end,
        "start_line": function.start_line,
        "end_line": function.end_line,
        "signature": function.signature,
        "signature_span": _span(function.signature_span),
        "docstring": function.docstring,
        "docstring_style": function.docstring_style,
        "docstring_spans": [_span(span) for span in function.docstring_spans],
        "summary": summary,
        "body_span": _span(function.body_span),
        "code": function.code,
        "cuts": [_span(span) for span in function.cuts],
        "identifiers": [
            {"name": item.name, "role": item.role, "spans": [_span(span) for span in item.spans]}
            for item in function.identifiers
        ],
        "callees": function.callees,
        "comments": [
            {
                "start": comment.start,
                "end": comment.end,
                "text": comment.text,
                "first_line": comment.first_line,
                "last_line": comment.last_line,
            }
            for comment in function.comments
        ],
    }


def _prose_rows(found: Found, file_id: str, source: str, paragraphs: list[str]) -> list[Row]:
    return [
        _origin(found)
        | {
            "prose_id": identifier(file_id, number),
            "document_id": file_id,
            "source": source,
            "paragraph": number,
            "text": text,
        }
        for number, text in enumerate(paragraphs)
    ]
