"""The three tables of a corpus, column by column."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa

SCHEMA_VERSION = 1
"""Raised when a column changes its meaning; written into every shard and into the datasheet."""

Table = Literal["files", "functions", "prose"]
Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")

SPAN = pa.struct([("start", pa.int32()), ("end", pa.int32())])
"""A piece of the text of a file: first character, and the one after the last, from 0."""

_ORIGIN = [
    ("repository", pa.string()),  # pypi:attrs, npm:lodash, deb:jq, git:https://..., folder:name
    ("revision", pa.string()),  # version or commit
    ("path", pa.string()),  # in the repository, with /
    ("split", pa.string()),  # train, validation, test
    ("licence", pa.string()),  # SPDX expression that counted for the allow-list; "" if unknown
]

FILES = pa.schema(
    [
        ("file_id", pa.string()),  # hash of repository, revision and path
        *_ORIGIN,
        ("licence_declared", pa.string()),  # by the package's metadata
        ("licence_detected", pa.string()),  # by the text of its licence file
        ("language", pa.string()),
        ("text", pa.large_string()),  # lines end in \n; secrets and addresses replaced
        ("source_bytes", pa.int64()),  # size as found
        ("source_hash", pa.string()),  # BLAKE2b-128 of the bytes as found
        (
            "redactions",  # where `text` holds a stand-in, and for what
            pa.list_(pa.struct([*SPAN, ("kind", pa.string())])),
        ),
    ]
)

FUNCTIONS = pa.schema(
    [
        ("function_id", pa.string()),  # hash of file_id and start
        ("file_id", pa.string()),
        *_ORIGIN,
        ("language", pa.string()),
        ("kind", pa.string()),  # function or method
        ("qualified_name", pa.string()),  # Cache.get
        ("name", pa.string()),
        ("start", pa.int32()),  # span of the whole construct, its comments and decorators
        ("end", pa.int32()),
        ("start_line", pa.int32()),  # from 1
        ("end_line", pa.int32()),  # inclusive
        ("signature", pa.string()),  # text of `signature_span`, on one line
        ("signature_span", SPAN),
        ("docstring", pa.string()),  # without markers and indentation; "" if none
        ("docstring_style", pa.string()),  # google, numpy, rest, ...; "" if none
        ("docstring_spans", pa.list_(SPAN)),  # the literal or comments it was read from
        ("summary", pa.string()),  # first sentence that passed the filters; "" if none did
        ("body_span", SPAN),  # the block without docstring, braces included
        ("code", pa.large_string()),  # the construct without `cuts`
        ("cuts", pa.list_(SPAN)),  # what the docstring takes up, whole lines where it can be
        (
            "identifiers",  # one entry a binding; spans in the file
            pa.list_(
                pa.struct(
                    [
                        ("name", pa.string()),
                        ("role", pa.string()),  # class, function, parameter, variable
                        ("spans", pa.list_(SPAN)),
                    ]
                )
            ),
        ),
        ("callees", pa.list_(pa.string())),  # names that are called, in order, once each
        (
            "comments",  # inside the body
            pa.list_(
                pa.struct(
                    [
                        *SPAN,
                        ("text", pa.string()),
                        ("first_line", pa.int32()),  # the lines that it describes
                        ("last_line", pa.int32()),
                    ]
                )
            ),
        ),
    ]
)

PROSE = pa.schema(
    [
        ("prose_id", pa.string()),  # hash of document and paragraph
        ("document_id", pa.string()),  # file_id of the file it is from
        *_ORIGIN,
        ("source", pa.string()),  # readme, documentation, docstring
        ("paragraph", pa.int32()),  # from 0, in reading order within the document
        ("text", pa.string()),
    ]
)

SCHEMAS: dict[Table, pa.Schema] = {"files": FILES, "functions": FUNCTIONS, "prose": PROSE}
