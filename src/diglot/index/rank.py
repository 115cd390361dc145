"""Ranking: named features of a (query, unit) pair, and weights fitted to them.

Candidates come from lexical search and from the static vectors. Each gets the features below; its
score is their weighted sum. The weights are data (`weights.json`), fitted by
`benchmarks/fit_ranking.py` on the tuning half of a public benchmark, never set by hand. After the
first unit of a file each further one costs a constant, so that one file does not fill the page; it
costs less where the query says what a function does, as several functions of a file may do that.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diglot.index.candidates import Candidates
from diglot.index.catalogue import KINDS, Catalogue
from diglot.index.names import file_name, symbol_name
from diglot.index.question import Question, WordMatcher
from diglot.index.segment import Field

Floats = NDArray[np.float32]

FEATURES = (
    "lexical",  # BM25 over all fields, as a share of what the query could score
    "lexical_relative",  # the same, as a share of the best unit's
    "coverage",  # share of the query's words that stand in the unit
    "phrase",  # share of the query's neighbouring words that are neighbours in the unit
    "exact",  # named, held word for word or pointed to by the query; see exact.py
    "cosine",  # static vectors of query and unit
    "cosine_file",  # best of the file's units
    "path_stem",  # share of the file name's words found in the query
    "path_folders",  # share of the query found in the last three folders' names
    "symbol",  # share of the query found in the unit's symbol
    "symbol_whole",  # share of the words of the symbol's last part found in the query
    "definition",  # the query is a symbol and this unit defines it
    "definition_type",  # ... and is a type
    "definition_file",  # the query is a symbol and the file is named like it
    "mention",  # a name inside the query is this unit's symbol
    "mention_file",  # a name inside the query is the file's name
    "module",  # a file's header and loose code
    "length",  # logarithm of the unit's lines
    "callable_action",  # a function or method, where the query says what a function does
    "length_file",  # logarithm of the number of the file's units
    "test",  # in a test file, unless the query asks for tests
    "example",  # in examples or documentation, unless the query asks for them
    "foreign",  # in third-party or legacy code
    "generated",  # written by a program
    "reexport",  # in a file that gathers what others define
    "encoder",  # encoder vectors of query and unit
    "encoder_file",  # best of the file's candidates
)
EXACT = 100.0
"""Weight of exact evidence: more than all fitted weights can add up to."""
DECIDING = 10
"""Hits that decide whether a question has a good match."""
STATIC_FEATURES = ("cosine", "cosine_file")
ENCODER_FEATURES = ("encoder", "encoder_file")
PENALTIES = ("test", "example", "foreign", "generated", "reexport")
"""Features that can only count against a unit."""
EITHER_SIGN = ("module", "length", "length_file")
"""Features that may do either. All others can only count for a unit: the fit keeps to this."""

_COLUMN = {name: column for column, name in enumerate(FEATURES)}
_IS_CALLABLE = np.isin(KINDS, ("function", "method"))
_IS_TYPE = np.isin(KINDS, ("class", "struct", "trait", "interface", "enum", "type"))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of whether a question is answered by its best hits."""

    intercept: float
    weights: dict[str, float]
    """Weight of each feature it uses."""
    threshold: float
    """Probability that the best hit of 5 % of the answerable queries stays under."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Fitted weights, as data."""

    fields: dict[Field, float]
    """Weight of each lexical field."""
    features: dict[str, dict[str, float]]
    """For `lexical`, `fast` and `balanced`, the weight of each feature. What the models cannot read
    is ranked by `lexical`, which goes by words and text alone."""
    same_file: dict[str, float]
    """For each of these, what each further unit of a file costs."""
    same_file_action: dict[str, float]
    """The same, where the query says what a function does."""
    probability: dict[str, Calibration]
    """For each of these, from features to a probability."""

    def vector(self, rank: str) -> NDArray[np.float64]:
        """Return the weights of `rank` in the order of FEATURES, shape (len(FEATURES),)."""
        chosen = self.features[rank] | {"exact": EXACT}
        return np.array([chosen.get(name, 0.0) for name in FEATURES])

    def further_unit_cost(self, rank: str, question: Question) -> float:
        """Return what each further unit of a file costs under `rank`."""
        costs = self.same_file_action if question.asks_for_action else self.same_file
        return costs[rank]

    @classmethod
    def from_json(cls, text: str) -> Weights:
        """Read weights as `to_json` writes them."""
        values = json.loads(text)
        calibrations = values.pop("probability")
        return cls(
            **values,
            probability={rank: Calibration(**value) for rank, value in calibrations.items()},
        )

    def to_json(self) -> str:
        """Return the weights as JSON, for a file that people read too."""
        return json.dumps(asdict(self), indent=2) + "\n"


@cache
def shipped_weights() -> Weights:
    """Return the weights that come with the package."""
    text = resources.files("diglot.index").joinpath("weights.json").read_text("utf-8")
    return Weights.from_json(text)


class _Query:
    """A question ready to be compared with many names."""

    def __init__(self, question: Question, word_rarity: Floats) -> None:
        self.masks = WordMatcher(question.words)
        self.symbol = question.symbol
        self.symbol_last = question.symbol.rpartition(".")[2]
        self.mentions = question.mentions
        joined = self.symbol_last.replace("_", "")
        self.stems = {joined, joined.rstrip("s")} - {""}
        self.mentioned_stems = {mention.replace("_", "") for mention in question.mentions}
        self.asks = (question.asks_for_tests, question.asks_for_examples)
        self._rarity = word_rarity.tolist()
        self._total = sum(self._rarity) or 1.0
        self._shares: dict[int, float] = {0: 0.0}

    def share(self, words: Iterable[str]) -> float:
        """Share of the question, its words weighted by rarity, that `words` stand for."""
        mask = 0
        for word in words:
            mask |= self.masks[word]
        known = self._shares.get(mask)
        if known is None:
            rarity = (value for bit, value in enumerate(self._rarity) if mask >> bit & 1)
            known = self._shares[mask] = sum(rarity) / self._total
        return known

    def whole(self, words: Collection[str]) -> float:
        """Share of `words` found in the question."""
        return sum(1 for word in words if self.masks[word]) / len(words) if words else 0.0

    def file(self, path: str) -> tuple[float, ...]:
        """Values of `_FILE_FEATURES` for a file, but for `generated`."""
        name = file_name(path)
        tests, examples = self.asks
        return (
            self.whole(name.stem_words),
            self.share(name.folder_words),
            not self.stems.isdisjoint(name.stems),
            not self.mentioned_stems.isdisjoint(name.stems),
            name.is_test and not tests,
            name.is_example and not examples,
            name.is_foreign,
            name.is_reexport,
        )

    def unit(self, symbol: str) -> tuple[float, float, float, float]:
        """Values of `_SYMBOL_FEATURES` for a unit."""
        name = symbol_name(symbol)
        defines = 0.0
        if self.symbol_last and name.last == self.symbol_last:
            qualified = name.whole == self.symbol or name.whole.endswith("." + self.symbol)
            defines = 1.0 if qualified else 0.5
        mentioned = name.last in self.mentions or name.whole in self.mentions
        return self.share(name.words), self.whole(name.last_words), defines, float(mentioned)


_FILE_FEATURES = (
    *("path_stem", "path_folders", "definition_file", "mention_file"),
    *("test", "example", "foreign", "reexport"),
)
_SYMBOL_FEATURES = ("symbol", "symbol_whole", "definition", "mention")


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
    query = _Query(question, word_rarity)
    units = catalogue.units[candidates.rows]
    table = np.zeros((len(units), len(FEATURES)), np.float32)
    if not len(units):
        return table
    file_rows, file_of = np.unique(units["file"], return_inverse=True)
    files = [catalogue.files[row] for row in file_rows.tolist()]

    def put(name: str, values: ArrayLike) -> None:
        table[:, _COLUMN[name]] = values

    lexical = candidates.lexical
    put("lexical", lexical / (candidates.attainable or 1.0))
    put("lexical_relative", lexical / (candidates.best_lexical or 1.0))
    put("coverage", candidates.coverage)
    put("phrase", candidates.phrase)
    put("exact", candidates.exact)
    put("cosine", candidates.cosine)
    put("cosine_file", candidates.cosine_file)
    of_file = np.array([query.file(file.path) for file in files], np.float32)
    table[:, _columns(_FILE_FEATURES)] = of_file[file_of]
    put("generated", np.array([file.generated for file in files])[file_of])
    symbols = catalogue.symbols
    table[:, _columns(_SYMBOL_FEATURES)] = [
        query.unit(symbols[row]) for row in candidates.rows.tolist()
    ]
    is_type = _IS_TYPE[units["kind"]]
    put("module", units["kind"] == KINDS.index("module"))
    put("definition_type", table[:, _COLUMN["definition"]] * is_type)
    put("length", np.log1p(units["end_line"] - units["start_line"]))
    put("callable_action", _IS_CALLABLE[units["kind"]] & question.asks_for_action)
    put("length_file", np.log1p([file.units for file in files])[file_of])
    return table


def add_encoder_features(table: Floats, candidates: Candidates, catalogue: Catalogue) -> None:
    """Fill in the encoder's features.

    Args:
        table: features of the candidates, shape (n, len(FEATURES)), changed in place.
        candidates: with their `encoder` cosines.
        catalogue: where they are described.
    """
    cosine = candidates.encoder
    if cosine is None:
        raise ValueError("candidates without encoder cosines")
    _, file_of = np.unique(catalogue.units["file"][candidates.rows], return_inverse=True)
    of_file = np.full(int(file_of.max(initial=-1)) + 1, -1.0, np.float32)
    np.maximum.at(of_file, file_of, cosine)
    table[:, _columns(ENCODER_FEATURES)] = np.stack([cosine, of_file[file_of]], axis=1)


def _columns(names: tuple[str, ...]) -> list[int]:
    return [_COLUMN[name] for name in names]


def order(
    scores: NDArray[np.floating], files: NDArray[np.int64], same_file: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Order units, each further one of a file costing `same_file` more.

    Args:
        scores: score of each candidate, shape (n,).
        files: file of each candidate, shape (n,).
        same_file: cost of each unit already picked from the file; infinite for one per file.

    Returns:
        Positions among the candidates, best first, and the scores they were ordered by.
    """
    by_score = np.argsort(-scores, kind="stable")
    seen: dict[int, int] = {}
    cost = np.zeros(len(scores))
    for position in by_score.tolist():
        file = int(files[position])
        times = seen.get(file, 0)
        cost[position] = same_file * times if times else 0.0
        seen[file] = times + 1
    final = scores - cost
    picked = np.argsort(-final, kind="stable")
    return picked, final[picked]


def probabilities(table: NDArray[np.floating], calibration: Calibration) -> NDArray[np.float64]:
    """Return the probability of each unit that it, or one after it, answers the query.

    The first `DECIDING` units decide whether a question has a good match: a unit counts with the
    best evidence of each kind that it and those after it have. So no unit is likelier than the one
    before it, and the first one's probability does not depend on how many hits are asked for.
    Features that count mean the same in every query and repository: shares and cosines, not ranks.

    Args:
        table: features of the units, best-ranked first, shape (n, len(FEATURES)).
        calibration: fitted and cross-validated by `benchmarks/fit_ranking.py`; no weight of it is
            negative.
    """
    weights = np.array([calibration.weights.get(name, 0.0) for name in FEATURES])
    evidence = table.astype(np.float64)
    evidence[:DECIDING] = np.maximum.accumulate(evidence[:DECIDING][::-1])[::-1]
    logit = evidence @ weights + calibration.intercept
    chances = (1 + np.tanh(logit / 2)) / 2  # the logistic function, without overflow
    settled: NDArray[np.float64] = np.minimum.accumulate(chances)
    return settled
