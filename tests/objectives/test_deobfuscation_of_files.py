"""Deobfuscation of real files, judged by Python's own parser."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import numpy as np
import pytest
from tests.objectives.support import prepared

import diglot
from diglot.languages import language_named
from diglot.languages.functions import read_functions
from diglot.objectives.base import Example, Tokens
from diglot.objectives.deobfuscation import DeobfuscationSettings
from diglot.objectives.settings import Context
from diglot.tokenizer.encode import CODE, encode_pair
from diglot.tokenizer.spans import owners
from diglot.training.encoding import merge_bindings

FILES = sorted((Path(diglot.__file__).parent / "index").glob("[a-z]*.py"))[:12]


def said(source: str) -> list[tuple[int, int]]:
    """Characters of docstrings and comments."""
    starts = np.cumsum([0, *map(len, source.splitlines(keepends=True))]).tolist()
    found = [
        (starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1])
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            text = node.body[0]
            found.append(
                (
                    starts[text.lineno - 1] + text.col_offset,
                    starts[text.end_lineno - 1] + text.end_col_offset,
                )
            )
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_docstrings_and_comments_are_never_hidden_and_names_always_are(tokenizer, info, path):
    source = path.read_text("utf-8")
    if not source.isascii():
        pytest.skip("the parser counts bytes")
    spans, number = [], 0
    for function in read_functions(source, language_named("python")).functions:
        for identifier in function.identifiers:
            spans += [(start, end, number) for start, end in identifier.spans]
            number += 1
    names = np.array(merge_bindings(spans), np.int32).reshape(-1, 3)
    encoded = encode_pair(tokenizer, "", source, layout=(CODE,))
    owner = owners(encoded.spans, names[:, :2])
    count = len(encoded.ids)
    tokens = Tokens(
        ids=encoded.ids,
        modality=encoded.modality,
        maskable=np.ones(count, np.bool_),
        words=np.arange(count, dtype=np.int32),
        bindings=np.where(owner >= 0, names[owner, 2], -1),
        documents=np.zeros(count, np.int32),
    )
    objective = DeobfuscationSettings().build(Context(info))
    (row,) = prepared(objective, [Example(0, (tokens,))])
    assert not row["random_instead"]
    hidden = np.zeros(len(source), np.bool_)
    for start, end in encoded.spans[row["positions"]]:
        hidden[start:end] = True
    documentation = said(source)
    assert documentation
    for start, end in documentation:
        assert not hidden[start:end].any(), source[start:end]
    assert not hidden.all()
    for start, end, _ in names:
        assert hidden[start:end].all(), source[start:end]
