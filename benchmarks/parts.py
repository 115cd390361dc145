"""Parts of diglot, each ranking alone: what the whole has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.runs import Location, Ranker
from diglot import Index
from diglot.index.catalogue import Catalogue
from diglot.index.question import analyse
from diglot.index.segment import Field
from diglot.inference import load_encoder
from diglot.inference.static import StaticEncoder

_BM25_FIELDS: dict[Field, float] = {"path": 1.0, "symbol": 1.0, "signature": 1.0, "body": 1.0}


@dataclass(frozen=True, slots=True)
class Bm25:
    """diglot's lexical index: BM25 over path, symbol, signature and body, all of weight 1."""

    name: str = "bm25"

    def open(self, root: Path) -> Ranker:
        """Index a folder as diglot does."""
        view = Index.open(root).view

        def search(query: str, top_k: int) -> list[Location]:
            scores = view.lexical.scores(view.lexical.query(analyse(query)), _BM25_FIELDS)
            order = np.argsort(-scores, kind="stable")[:top_k]
            return _locations(view.catalogue, order[scores[order] > 0])

        return search

    def settings(self) -> dict[str, str]:
        """The fields and their weights."""
        return {field: str(weight) for field, weight in _BM25_FIELDS.items()}


@dataclass(frozen=True, slots=True)
class Static:
    """The static model: cosine of the vectors of query and unit."""

    name: str = "static"

    def open(self, root: Path) -> Ranker:
        """Index a folder as diglot does."""
        view = Index.open(root).view
        encoder = _static_encoder()

        def search(query: str, top_k: int) -> list[Location]:
            by_vector = view.vectors.matrix @ encoder.encode_queries([query])[0]
            cosine = by_vector[view.catalogue.units["vector"]]
            return _locations(view.catalogue, np.argsort(-cosine, kind="stable")[:top_k])

        return search

    def settings(self) -> dict[str, str]:
        """The model's key, which holds its hash."""
        return {"model": _static_encoder().key}


def _static_encoder() -> StaticEncoder:
    encoder = load_encoder("static")
    assert isinstance(encoder, StaticEncoder)
    return encoder


def _locations(catalogue: Catalogue, rows: NDArray[np.int64]) -> list[Location]:
    units = catalogue.units[rows]
    return [
        Location(catalogue.files[file].path, start, end)
        for file, start, end in zip(
            units["file"].tolist(),
            units["start_line"].tolist(),
            units["end_line"].tolist(),
            strict=True,
        )
    ]
