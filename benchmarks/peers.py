"""Systems under test, all in one shape: open a folder, get a ranker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from semble import SembleIndex
from semble.index.bm25 import BM25
from semble.index.file_walker import walk_files
from semble.index.files import get_extensions
from semble.tokens import tokenize
from semble.types import ContentType

from benchmarks.runs import Location, Ranker, System
from diglot import Index
from diglot.index.rank import Weights
from diglot.types import Rank


@dataclass(frozen=True, slots=True)
class Diglot:
    """diglot at one latency budget, as a user gets it."""

    rank: Rank
    weights: Mapping[Path, Weights] = field(default_factory=dict, hash=False)
    """Ranking weights for some folders, instead of the shipped ones."""

    @property
    def name(self) -> str:
        """`diglot-` and the latency budget."""
        return f"diglot-{self.rank}"

    def open(self, root: Path) -> Ranker:
        """Index a folder, vectors included, into the user's cache folder."""
        index = Index.open(root)
        index.weights = self.weights.get(root, index.weights)

        def search(query: str, top_k: int) -> list[Location]:
            hits = index.search(query, top_k=top_k, rank=self.rank)
            return [Location(hit.path, hit.start_line, hit.end_line) for hit in hits]

        return search

    def settings(self) -> dict[str, str]:
        """The latency budget, and whose weights."""
        return {"rank": self.rank, "weights": "held out" if self.weights else "shipped"}


@dataclass(frozen=True, slots=True)
class Semble:
    """semble with a given static model, whole or with parts left out."""

    name: str
    model: Path
    """A model2vec folder, read from disk alone."""
    lexical_only: bool = False
    """Leave out the vectors, so that BM25 alone gives the candidates."""
    rules: bool = True
    """Apply semble's reranking rules."""

    def open(self, root: Path) -> Ranker:
        """Index a folder's code in memory; semble stores nothing when used as a library."""
        index = SembleIndex.from_path(root, model_path=str(self.model))
        # None lets semble choose the share of the vectors by the query; 0 leaves them out.
        share = 0.0 if self.lexical_only else None

        def search(query: str, top_k: int) -> list[Location]:
            results = index.search(query, top_k=top_k, alpha=share, rerank=self.rules)
            chunks = [result.chunk for result in results]
            return [Location(c.file_path, c.start_line, c.end_line) for c in chunks]

        return search

    def settings(self) -> dict[str, str]:
        """The model's hash and which parts are in use."""
        weights = hashlib.sha256((self.model / "model.safetensors").read_bytes()).hexdigest()
        parts = "BM25" if self.lexical_only else "BM25 and vectors"
        return {
            "model_sha256": weights,
            "parts": f"{parts}, {'with' if self.rules else 'without'} rules",
        }


@dataclass(frozen=True, slots=True)
class PathOnly:
    """BM25 over file stem and last three folders, one result a file: no code is read.

    The control: what it scores, a benchmark pays for naming files well.
    """

    name: str = "path-only"

    def open(self, root: Path) -> Ranker:
        """List the code files under a folder, those that semble would index."""
        files = walk_files(root, get_extensions([ContentType.CODE]))
        paths = [file.relative_to(root).as_posix() for file in files]
        index = BM25.empty()
        for path in paths:
            pure = PurePosixPath(path)
            index.add_document(path, tokenize(" ".join([pure.stem, *pure.parent.parts[-3:]])))
        index.set_doc_order(paths)

        def search(query: str, top_k: int) -> list[Location]:
            scores = index.get_scores(tokenize(query))
            best = (-scores).argsort(kind="stable")[:top_k]
            # A file is returned whole: its span must meet every target inside it.
            return [Location(paths[number], 1, 1 << 30) for number in best if scores[number] > 0]

        return search

    def settings(self) -> dict[str, str]:
        """Nothing can be set."""
        return {}


def systems(semble_model: Path) -> dict[str, System]:
    """All systems by name; semble and its parts use the given model2vec folder."""
    known: list[System] = [
        Diglot("fast"),
        Diglot("balanced"),
        Diglot("best"),
        Semble("semble", semble_model),
        Semble("semble-lexical", semble_model, lexical_only=True),
        Semble("bm25", semble_model, lexical_only=True, rules=False),
        PathOnly(),
    ]
    return {system.name: system for system in known}
