"""Ranking: named features of a (query, unit) pair, and weights fitted to them.

Candidates come from lexical search and from the static vectors. Each gets the features below; its
score is their weighted sum. The weights are data (`weights.json`), fitted by
`benchmarks/fit_ranking.py` on the tuning half of a public benchmark, never set by hand. After the
first unit of a file each further one costs a constant, so that one file does not fill the page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diglot.index.catalogue import KINDS, Catalogue
from diglot.index.lexical import Field
from diglot.index.paths import is_declaration, is_example, is_foreign, is_reexport, is_test
from diglot.index.question import WORDS_OF, Question, WordMatcher

Floats = NDArray[np.float32]

FEATURES = (
    "lexical",  # BM25 over all fields, as a share of what the query could score
    "lexical_relative",  # the same, as a share of the best candidate's
    "lexical_file",  # summed over the file's candidates, as a share of the best file's
    "cosine",  # static vectors of query and unit
    "cosine_relative",  # the same, below the best in the index
    "cosine_file",  # best of the file's units, below the best in the index
    "path_stem",  # share of the query (words weighted by rarity) found in the file's name
    "path_stem_whole",  # share of the file name's words found in the query
    "path_folders",  # share of the query found in the last three folders' names
    "symbol",  # share of the query found in the unit's symbol
    "symbol_whole",  # share of the words of the symbol's last part found in the query
    "definition",  # the query is a symbol and this unit defines it
    "definition_type",  # ... and is a type
    "definition_file",  # the query is a symbol and the file is named like it
    "mention",  # a name inside the query is this unit's symbol
    "mention_file",  # a name inside the query is the file's name
    "type",  # class, struct, trait, interface, enum, type
    "callable",  # function or method
    "module",  # a file's header and loose code
    "length",  # logarithm of the unit's lines
    "test",  # in a test file, unless the query asks for tests
    "example",  # in examples or documentation, unless the query asks for them
    "foreign",  # in third-party or legacy code
    "generated",  # written by a program
    "reexport",  # in a file that gathers what others define
    "declaration",  # in a file that only declares types
    "encoder",  # encoder vectors of query and unit
    "encoder_relative",  # the same, below the best candidate's
    "encoder_file",  # best of the file's candidates, below the best candidate's
)
ENCODER_FEATURES = frozenset({"encoder", "encoder_relative", "encoder_file"})

_TYPES = tuple(
    KINDS.index(kind) for kind in ("class", "struct", "trait", "interface", "enum", "type")
)
_CALLABLES = (KINDS.index("function"), KINDS.index("method"))
_MODULE = KINDS.index("module")


@dataclass(frozen=True, slots=True)
class Weights:
    """Fitted weights, as data."""

    fields: dict[Field, float]
    """Weight of each lexical field."""
    features: dict[str, dict[str, float]]
    """For `fast` and `balanced`, the weight of each feature."""
    same_file: dict[str, float]
    """For `fast` and `balanced`, what each further unit of a file costs."""
    probability: dict[str, Any]
    """Calibration: see `probability`."""


@cache
def shipped_weights() -> Weights:
    """Return the weights that come with the package."""
    text = resources.files("diglot.index").joinpath("weights.json").read_text("utf-8")
    return Weights(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Candidates:
    """Units that may answer a query, n of them."""

    rows: NDArray[np.int64]
    """Row of each in the catalogue, shape (n,)."""
    lexical: Floats
    """Weighted BM25, 0 where lexical search did not return it, shape (n,)."""
    attainable: float
    """What a unit that matches every word of the query in one field of weight 1 could score."""
    cosine: Floats
    """Cosine of static vectors, shape (n,)."""
    cosine_best: float
    """Highest cosine in the index."""
    cosine_file: Floats
    """Highest cosine among all units of the candidate's file, shape (n,)."""
    encoder: Floats | None = None
    """Cosine of encoder vectors, shape (n,); None at `fast`."""

    def only(self, positions: NDArray[np.int64]) -> Candidates:
        """Return the candidates at `positions`."""
        return replace(
            self,
            rows=self.rows[positions],
            lexical=self.lexical[positions],
            cosine=self.cosine[positions],
            cosine_file=self.cosine_file[positions],
            encoder=None if self.encoder is None else self.encoder[positions],
        )


def _file_features(
    question: Question, matcher: WordMatcher, share: Any, path: str
) -> tuple[float, float, float, float, float]:
    """Features of a file's path: stem, stem_whole, folders, definition_file, mention_file."""
    folders, _, name = path.rpartition("/")
    stem = name.partition(".")[0] or name
    words = WORDS_OF[stem]
    mask = 0
    for word in words:
        mask |= matcher[word]
    matched = sum(1 for word in words if matcher[word])
    folder_mask = 0
    for folder in folders.split("/")[-3:]:
        for word in WORDS_OF[folder]:
            folder_mask |= matcher[word]
    plain = stem.lower().replace("_", "").replace("-", "")
    names = {stem.lower(), plain, plain.rstrip("s")}
    last = question.symbol.rpartition(".")[2].replace("_", "")
    return (
        share(mask),
        matched / max(1, len(words)),
        share(folder_mask),
        float(bool(last) and (last in names or last.rstrip("s") in names)),
        float(any(mention.replace("_", "") in names for mention in question.mentions)),
    )


def features(
    question: Question, word_rarity: Floats, candidates: Candidates, catalogue: Catalogue
) -> Floats:
    """Return the features of all candidates, shape (n, len(FEATURES)).

    Args:
        question: the query, analysed.
        word_rarity: inverse document frequency of each of `question.words`.
        candidates: the units, n of them.
        catalogue: where they are described.
    """
    rows = candidates.rows
    units = catalogue.units[rows]
    file_rows, file_of = np.unique(units["file"], return_inverse=True)
    kind = units["kind"]
    total = float(word_rarity.sum()) or 1.0
    rarity = word_rarity.tolist()
    matcher = WordMatcher(question.words)
    shares: dict[int, float] = {0: 0.0}

    def share(mask: int) -> float:
        """Share of the question's rarity that the words in `mask` make up."""
        known = shares.get(mask)
        if known is None:
            known = sum(value for bit, value in enumerate(rarity) if mask >> bit & 1) / total
            shares[mask] = known
        return known

    column: dict[str, Any] = {}
    best = float(candidates.lexical.max(initial=0.0)) or 1.0
    summed = np.bincount(file_of, candidates.lexical, len(file_rows))
    column["lexical"] = candidates.lexical / (candidates.attainable or 1.0)
    column["lexical_relative"] = candidates.lexical / best
    column["lexical_file"] = (summed / (summed.max(initial=0.0) or 1.0))[file_of]
    column["cosine"] = candidates.cosine
    column["cosine_relative"] = candidates.cosine - candidates.cosine_best
    column["cosine_file"] = candidates.cosine_file - candidates.cosine_best

    files = [catalogue.files[row] for row in file_rows.tolist()]
    of_path = np.array(
        [_file_features(question, matcher, share, file.path) for file in files], np.float32
    )
    names = ("path_stem", "path_stem_whole", "path_folders", "definition_file", "mention_file")
    for name, values in zip(names, of_path.T[:, file_of], strict=True):
        column[name] = values
    priors = np.array(
        [
            (
                is_test(file.path) and not question.asks_for_tests,
                is_example(file.path) and not question.asks_for_examples,
                is_foreign(file.path),
                file.generated,
                is_reexport(file.path),
                is_declaration(file.path),
            )
            for file in files
        ],
        np.float32,
    )
    names = ("test", "example", "foreign", "generated", "reexport", "declaration")
    for name, values in zip(names, priors.T[:, file_of], strict=True):
        column[name] = values

    of_symbol = np.array(
        [_symbol_features(question, matcher, share, catalogue.symbols[row]) for row in rows.tolist()],
        np.float32,
    )
    for name, values in zip(("symbol", "symbol_whole", "definition", "mention"), of_symbol.T, strict=True):
        column[name] = values
    is_type = np.isin(kind, _TYPES)
    column["type"] = is_type
    column["callable"] = np.isin(kind, _CALLABLES)
    column["module"] = kind == _MODULE
    column["definition_type"] = column["definition"] * is_type
    column["length"] = np.log1p(units["end_line"] - units["start_line"])
    if candidates.encoder is not None:
        column.update(_encoder_features(candidates.encoder, file_of, len(file_rows)))
    zero = np.zeros(len(rows), np.float32)
    return np.stack([np.asarray(column.get(name, zero), np.float32) for name in FEATURES], axis=1)


def _symbol_features(
    question: Question, matcher: WordMatcher, share: Any, symbol: str
) -> tuple[float, float, float, float]:
    """Features of a unit's symbol: symbol, symbol_whole, definition, mention."""
    if not symbol:
        return 0.0, 0.0, 0.0, 0.0
    mask = 0
    for word in WORDS_OF[symbol]:
        mask |= matcher[word]
    lowered = symbol.lower()
    last = lowered.rpartition(".")[2]
    words = WORDS_OF[symbol.rpartition(".")[2]]
    matched = sum(1 for word in words if matcher[word])
    defines = 0.0
    if question.symbol:
        if lowered == question.symbol or lowered.endswith("." + question.symbol):
            defines = 1.0
        elif last == question.symbol.rpartition(".")[2]:
            defines = 0.5
    mentioned = float(lowered in question.mentions or last in question.mentions)
    return share(mask), matched / max(1, len(words)), defines, mentioned


def _encoder_features(cosine: Floats, file_of: NDArray[np.int64], files: int) -> dict[str, Floats]:
    best = float(cosine.max(initial=-1.0))
    of_file = np.full(files, -1.0, np.float32)
    np.maximum.at(of_file, file_of, cosine)
    return {
        "encoder": cosine,
        "encoder_relative": cosine - best,
        "encoder_file": of_file[file_of] - best,
    }


def order(
    scores: Floats, files: NDArray[np.int64], same_file: float, limit: int
) -> tuple[NDArray[np.int64], Floats]:
    """Pick the best units one by one, each further unit of a file costing `same_file` more.

    Args:
        scores: score of each candidate, shape (n,).
        files: file of each candidate, shape (n,).
        same_file: cost of each unit already picked from the file; infinite for one per file.
        limit: how many to pick.

    Returns:
        Positions among the candidates, best first, and the scores they were picked at.
    """
    by_score = np.argsort(-scores, kind="stable")
    seen: dict[int, int] = {}
    cost = np.zeros(len(scores), np.float32)
    for position in by_score.tolist():
        file = int(files[position])
        times = seen.get(file, 0)
        cost[position] = same_file * times if times else 0.0
        seen[file] = times + 1
    final = scores - cost
    picked = np.argsort(-final, kind="stable")[:limit]
    return picked, final[picked]
