"""Search a source tree: the public `Index`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diglot.errors import InputError
from diglot.index.answer import Answer, verdict_of
from diglot.index.candidates import Candidates, Retrieval, is_readable, largest
from diglot.index.catalogue import KINDS
from diglot.index.encoder_vectors import EncoderVectors
from diglot.index.exact import unit_at
from diglot.index.globs import path_filter
from diglot.index.location import default_cache_folder, expanded, index_folder
from diglot.index.question import Question, analyse
from diglot.index.rank import Weights, add_encoder_features, features, shipped_weights
from diglot.index.refresh import Progress, refresh
from diglot.index.request import check_request, check_top_k, source_folder
from diglot.index.stages import Group, RankedBy, in_order
from diglot.index.state import State, left_out_counts, searched_text, size_bytes
from diglot.index.store import IndexStore, View
from diglot.inference import Encoder, load_encoder
from diglot.inference.static import StaticEncoder
from diglot.languages.files import kinds_named
from diglot.types import Hit, Rank

_RESCORED = 40
"""Candidates that `balanced` puts to the encoder, the best ones by the weights of `fast`."""
_ENCODER_CHARS = 700
"""Source characters the encoder reads of a unit: about 200 tokens, most functions whole."""
_SNIPPET_CHARS = 8000
"""Source characters of a unit that a hit shows."""
_UNREAD = "the model's vocabulary does not cover this query; ranked by matching text only"
_WORDLESS = "the query has no words; ranked by matching text only"


class Index:
    """An index of one source tree. Open it with `Index.open`."""

    def __init__(self, root: Path, store: IndexStore, encoder: StaticEncoder, cache: Path) -> None:
        """Use `Index.open` instead."""
        self.root = root
        self._store = store
        self._static = encoder
        self._cache = cache
        self.weights: Weights = shipped_weights()
        """Weights of the ranking; others may be set to measure them."""
        self.view: View
        """The index as last refreshed."""
        self.fresh = False
        """Whether the last refresh saw every change (not so while another process indexes)."""
        self.note = ""
        """Why the last refresh did not, or what else it has to say; empty when all is well."""

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        cache_folder: str | os.PathLike[str] | None = None,
        model: str = "static",
        progress: Progress | None = None,
    ) -> Index:
        """Open the index of a folder, building or refreshing it.

        Args:
            path: the folder to search.
            cache_folder: where indexes lie; default `$DIGLOT_CACHE_DIR` or the user's cache.
            model: static model of the vectors, by name or folder.
            progress: told (files done, files to do) while indexing.

        Raises:
            InputError: `path` is no folder that can be read.
            ModelError: no such model.
            StoreError: the index cannot be written.
        """
        root = source_folder(path)
        cache = expanded(cache_folder) if cache_folder else default_cache_folder()
        encoder = load_encoder(model)
        if not isinstance(encoder, StaticEncoder):
            raise InputError(f"model {model}: the index needs a static model")
        store = IndexStore(
            index_folder(root, cache),
            root=str(root),
            model=encoder.key,
            dimension=encoder.dimension,
        )
        index = cls(root, store, encoder, cache)
        index.refresh(progress)
        return index

    def refresh(self, progress: Progress | None = None) -> None:
        """Index what changed since the last refresh."""
        done = refresh(self.root, self._store, self._static, progress)
        self.view, self.fresh, self.note = done.view, done.fresh, done.note

    def search(
        self,
        query: str,
        top_k: int = 10,
        rank: Rank = "balanced",
        languages: Sequence[str] | None = None,
        globs: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return the units that best answer a query, best first, good match or not.

        The source tree is not touched: what is searched and shown is what was last indexed.

        Args:
            query: natural language, a symbol (`Foo::bar`), a line of code, an error message, or a
                stack trace.
            top_k: how many hits at most.
            rank: `fast` or `balanced`.
            languages: names of the only languages to search.
            globs: patterns (as in .gitignore; `!` excludes) of the only paths to search.
            kinds: the only kinds of units to return.

        Raises:
            InputError: an argument is not acceptable.
        """
        return self.answer(query, top_k, rank, languages, globs, kinds).hits

    def answer(
        self,
        query: str,
        top_k: int = 10,
        rank: Rank = "balanced",
        languages: Sequence[str] | None = None,
        globs: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> Answer:
        """Search as `search` does, and say whether there is a good match and how it was ranked.

        Args:
            query: as for `search`, like all the others.
            top_k: see there.
            rank: see there.
            languages: see there.
            globs: see there.
            kinds: see there.

        Raises:
            InputError: an argument is not acceptable.
        """
        check_request(query, top_k, rank, languages, kinds)
        question = analyse(query)
        by: RankedBy = "lexical"
        if is_readable(question, self._static):
            by = "fast" if rank == "fast" else "balanced"
        found = self.retrieve(question, by, self._selected_files(languages, globs), kinds)
        groups = self.groups(question, found, by, top_k)
        ordered = in_order(groups, self.weights, question, self.view.catalogue.owners)
        chance = float(ordered.chances[0]) if len(ordered.rows) else 0.0
        hits = self._hits(ordered.rows[:top_k], ordered.scores, ordered.chances)
        notes = [self.note] if self.note else []
        if by == "lexical" and found.searched:
            notes.append(_UNREAD if question.words else _WORDLESS)
        verdict = verdict_of(chance, self.threshold(groups[0].rank), found.searched)
        return Answer(
            hits=hits,
            contributions=ordered.contributions(len(hits)),
            verdict=verdict,
            notes=notes,
            not_searched="" if verdict == "good match" else self._not_searched(found.files),
        )

    def _not_searched(self, searched: int) -> str:
        """Say what was left out of a search of so many files."""
        indexed = sum(not entry.skipped for entry in self.view.catalogue.files)
        return searched_text(searched, indexed, self._left_out()[1])

    def _left_out(self) -> tuple[list[tuple[str, str]], dict[str, dict[str, int]]]:
        """What is left out of the index: that which is told by name, and all in counts."""
        manifest = self.view.manifest
        inside = [(file.path, file.skipped) for file in self.view.catalogue.files if file.skipped]
        named = sorted([*manifest.skipped, *inside])
        return named, left_out_counts(manifest.counts, named)

    def retrieve(
        self,
        question: Question,
        by: RankedBy,
        files: NDArray[np.int64] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> Retrieval:
        """Find the units that may answer a question.

        Args:
            question: the query, analysed.
            by: `lexical` asks the words and the text alone.
            files: rows of the only files to search, or None for all.
            kinds: the only kinds of units, or None for all.
        """
        encoder = None if by == "lexical" else self._static
        return Retrieval(question, self.view, encoder, self.weights.fields, files, kinds)

    def groups(
        self, question: Question, found: Retrieval, by: RankedBy, count: int = 0
    ) -> list[Group]:
        """Describe the units that may answer a question by their features, in groups.

        Args:
            question: the query, analysed.
            found: what it finds.
            by: what the units are ranked by.
            count: how many units are wanted, if so many match.
        """
        catalogue = self.view.catalogue
        cheap: RankedBy = "lexical" if by == "lexical" else "fast"

        def described(candidates: Candidates) -> Group:
            table = features(question, found.word_rarity, candidates, catalogue)
            return Group(cheap, candidates.rows, table)

        candidates = found.describe(found.rows)
        group = described(candidates)
        groups = [group]
        if by == "balanced" and len(group.rows):
            scores = (group.features @ self.weights.vector(cheap)).astype(np.float32)
            best = largest(scores, _RESCORED)
            chosen = self._with_encoder(question, candidates.only(best))
            table = group.features[best]
            add_encoder_features(table, chosen, catalogue)
            others = np.setdiff1d(np.arange(len(scores)), best)
            rest = Group(cheap, group.rows[others], group.features[others])
            groups = [Group(by, chosen.rows, table), rest]
        if count > len(found.rows):
            groups.append(described(found.describe(found.rest(count - len(found.rows)))))
        return groups

    def _selected_files(
        self, languages: Sequence[str] | None, globs: Sequence[str] | None
    ) -> NDArray[np.int64] | None:
        """Rows of the files that filters leave, or None without filters."""
        if not languages and not globs:
            return None
        wanted = {kind for name in languages or () for kind in kinds_named(name)}
        selects = path_filter(globs or ())
        rows = [
            row
            for row, entry in enumerate(self.view.catalogue.files)
            if (not wanted or entry.language in wanted) and selects(entry.path)
        ]
        return np.array(rows, np.int64)

    def related(self, path: str, line: int, top_k: int = 10) -> list[Hit]:
        """Return the units most like the one at a line, best first.

        Likeness is the cosine of static vectors; the hits have no probability.

        Args:
            path: file, relative to the root, with `/`.
            line: a line of the unit, from 1.
            top_k: how many hits at most.

        Raises:
            InputError: the index has no such file or no unit at this line, or `top_k` is under 1.
        """
        check_top_k(top_k)
        catalogue = self.view.catalogue
        row = self._unit_at(path, line)
        units = catalogue.units
        matrix = self.view.vectors.matrix
        cosine = (matrix @ matrix[units["vector"][row]])[units["vector"]]
        same_place = (
            (units["file"] == units["file"][row])
            & (units["start_line"] <= units["end_line"][row])
            & (units["end_line"] >= units["start_line"][row])
        )
        cosine = np.where(same_place, np.float32(-1.0), cosine)
        rows = largest(cosine, top_k)
        rows = rows[np.argsort(-cosine[rows], kind="stable")]
        rows = rows[cosine[rows] > 0]
        return self._hits(rows, cosine[rows], None)

    def _unit_at(self, path: str, line: int) -> int:
        """Row of the smallest unit of a file that holds a line."""
        file = self.view.catalogue.row_of_path.get(path)
        if file is None:
            raise InputError(f"{path}: no such file in the index of {self.root}")
        row = unit_at(self.view.catalogue, file, line)
        if row is None:
            raise InputError(f"{path}:{line}: no code at this line")
        return row

    def threshold(self, rank: RankedBy) -> float:
        """Return the least probability of a good match.

        It wrongly refuses 5 % of the answerable queries it was fitted on.
        """
        return float(self.weights.probability[rank].threshold)

    @property
    def state(self) -> State:
        """How fresh the index is and how much it holds."""
        manifest, catalogue = self.view.manifest, self.view.catalogue
        skipped, left_out = self._left_out()
        return State(
            fresh=self.fresh and manifest.pending == 0,
            pending=manifest.pending,
            model=self._static.name,
            built_at=manifest.built_at,
            files=sum(not entry.skipped for entry in catalogue.files),
            units=len(catalogue.units),
            languages=dict(
                Counter(entry.language for entry in catalogue.files if not entry.skipped)
            ),
            skipped=skipped,
            left_out=left_out,
            folder=self._store.folder,
            size_bytes=size_bytes(self._store.folder),
        )

    # The encoder

    def _with_encoder(self, question: Question, candidates: Candidates) -> Candidates:
        """Add the cosine of encoder vectors, computing those that are not there yet."""
        rows = candidates.rows
        keys = [bytes(key) for key in self.view.catalogue.units["key"][rows]]
        vectors = self._encoder_vectors.of(keys, lambda missing: self._encoder_texts(rows[missing]))
        query = self._encoder.encode_queries([question.text])[0]
        return replace(candidates, encoder=vectors @ query)

    def _encoder_texts(self, rows: NDArray[np.int64]) -> list[str]:
        """What the encoder reads of units: symbol and source."""
        symbols = self.view.catalogue.symbols
        sources = self._sources(rows, _ENCODER_CHARS)
        return [
            f"{symbols[row]}\n{source}" for row, source in zip(rows.tolist(), sources, strict=True)
        ]

    def _sources(self, rows: NDArray[np.int64], characters: int) -> list[str]:
        """The first characters of units' source text."""
        texts = self.view.texts.units(rows, 4 * characters)  # a character has up to four bytes
        return [text.decode("utf-8", "replace")[:characters] for text in texts]

    @property
    def _encoder(self) -> Encoder:
        return _shipped_encoder()

    @cached_property
    def _encoder_vectors(self) -> EncoderVectors:
        return EncoderVectors(self._cache, self._encoder, f"{self._encoder.key}-{_ENCODER_CHARS}")

    # Results

    def _hits(
        self,
        rows: NDArray[np.int64],
        scores: NDArray[np.floating],
        probability: NDArray[np.floating] | None,
    ) -> list[Hit]:
        catalogue = self.view.catalogue
        units = catalogue.units[rows]
        columns = [units[name].tolist() for name in ("file", "start_line", "end_line", "kind")]
        sources = self._sources(rows, _SNIPPET_CHARS)
        hits = []
        for place, (row, file, start, end, kind) in enumerate(
            zip(rows.tolist(), *columns, strict=True)
        ):
            entry = catalogue.files[file]
            hits.append(
                Hit(
                    path=entry.path,
                    start_line=start,
                    end_line=end,
                    symbol=catalogue.symbols[row],
                    kind=KINDS[kind],
                    language=entry.language,
                    score=float(scores[place]),
                    probability=None if probability is None else float(probability[place]),
                    snippet=sources[place],
                )
            )
        return hits


@cache
def _shipped_encoder() -> Encoder:
    """Load the encoder, once for all indexes of the process."""
    return load_encoder("encoder")
