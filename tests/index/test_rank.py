from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from diglot.index.candidates import Candidates
from diglot.index.catalogue import KINDS, UNIT, Catalogue, FileEntry
from diglot.index.question import analyse
from diglot.index.rank import (
    DECIDING,
    EITHER_SIGN,
    ENCODER_FEATURES,
    EXACT,
    FEATURES,
    PENALTIES,
    STATIC_FEATURES,
    Calibration,
    Floats,
    Weights,
    add_encoder_features,
    features,
    order,
    probabilities,
    shipped_weights,
)
from diglot.index.segment import FIELDS

RANKS = ("lexical", "fast", "balanced")
UNITS = [
    # path, symbol, kind, first and last line
    ("src/cache/store.py", "Store", "class", 1, 30),
    ("src/cache/store.py", "Store.get_item", "method", 3, 5),
    ("tests/test_store.py", "test_get_item", "function", 1, 1),
    ("vendor/other.py", "", "module", 1, 4),
    ("examples/pkg/__init__.py", "get_item", "function", 2, 9),
]


def catalogue_of(units: list[tuple[str, str, str, int, int]]) -> Catalogue:
    counts = Counter(path for path, *_ in units)
    files = [
        FileEntry(path, 1, 1, 1, 1, units=count, generated=path.startswith("vendor"))
        for path, count in counts.items()
    ]
    rows = [
        (list(counts).index(path), start, end, KINDS.index(kind), row, b"")
        for row, (path, _, kind, start, end) in enumerate(units)
    ]
    return Catalogue(files, np.array(rows, UNIT), [symbol for _, symbol, *_ in units])


def candidates_of(count: int, **given: Any) -> Candidates:
    """The first units, with values for some columns; the others are 0."""
    columns = ("lexical", "coverage", "phrase", "exact", "cosine", "cosine_file", "encoder")
    values: dict[str, Any] = {name: np.zeros(count, np.float32) for name in columns[:-1]}
    values |= {"rows": np.arange(count), "best_lexical": 0.0, "attainable": 0.0}
    for name, value in given.items():
        values[name] = np.array(value, np.float32) if name in columns else value
    return Candidates(**values)


def described(query: str, rarity: list[float] | None = None) -> list[dict[str, float]]:
    """The features of UNITS, with lexical scores and cosines that are easy to follow."""
    catalogue, question = catalogue_of(UNITS), analyse(query)
    candidates = candidates_of(
        len(UNITS),
        lexical=[0, 4, 2, 0, 1],
        best_lexical=5.0,
        attainable=8.0,
        coverage=[0, 0.75, 0.5, 0, 0.25],
        phrase=[0, 1, 0, 0, 0.5],
        exact=[0, 2, 0, 0, 1.5],
        cosine=[0.1, 0.2, 0.3, 0.4, 0.5],
        cosine_file=[0.2, 0.2, 0.3, 0.4, 0.5],
    )
    given = np.array(rarity or [1.0] * len(question.words), np.float32)
    table = features(question, given, candidates, catalogue)
    assert table.shape == (len(UNITS), len(FEATURES))
    return [dict(zip(FEATURES, row, strict=True)) for row in table.tolist()]


def column(name: str, query: str, rarity: list[float] | None = None) -> list[float]:
    return [round(row[name], 4) for row in described(query, rarity)]


def test_matches_are_shares_of_the_attainable_and_of_the_best() -> None:
    assert column("lexical", "get item") == [0, 0.5, 0.25, 0, 0.125]
    assert column("lexical_relative", "get item") == [0, 0.8, 0.4, 0, 0.2]
    assert column("coverage", "get item") == [0, 0.75, 0.5, 0, 0.25]
    assert column("phrase", "get item") == [0, 1, 0, 0, 0.5]
    assert column("exact", "get item") == [0, 2, 0, 0, 1.5]
    assert column("cosine", "get item") == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert column("cosine_file", "get item") == [0.2, 0.2, 0.3, 0.4, 0.5]


def test_words_of_the_query_count_by_their_rarity_in_names() -> None:
    # get: 1, item: 2, cache: 5
    rarity = [1.0, 2.0, 5.0]
    assert column("symbol", "get item cache", rarity) == [0, 0.375, 0.375, 0, 0.375]
    assert column("path_folders", "get item cache", rarity) == [0.625, 0.625, 0, 0, 0]


def test_names_count_by_how_much_of_them_the_query_has() -> None:
    assert column("symbol_whole", "get stores") == [1, 0.5, round(1 / 3, 4), 0, 0.5]
    assert column("path_stem", "the store") == [1, 1, 0.5, 0, 0]


def test_a_query_that_is_a_symbol_finds_its_definition() -> None:
    assert column("definition", "get_item") == [0, 1, 0, 0, 1]
    assert column("definition", "Store.get_item") == [0, 1, 0, 0, 0.5]
    assert column("definition", "Other::get_item") == [0, 0.5, 0, 0, 0.5]
    assert column("definition", "how to get item") == [0, 0, 0, 0, 0]
    assert column("definition", "Store") == [1, 0, 0, 0, 0]
    assert column("definition_type", "Store") == [1, 0, 0, 0, 0]
    assert column("definition_type", "get_item") == [0, 0, 0, 0, 0]
    assert column("definition_file", "Store") == [1, 1, 0, 0, 0]


def test_a_name_inside_a_query_is_a_mention() -> None:
    assert column("mention", "who calls get_item here") == [0, 1, 0, 0, 1]
    assert column("mention", "what does Store.get_item do") == [0, 1, 0, 0, 1]
    assert column("mention", "who calls them") == [0, 0, 0, 0, 0]
    assert column("mention_file", "what is in test_store") == [0, 0, 1, 0, 0]


def test_places_count_against_a_unit_unless_they_are_asked_for() -> None:
    assert column("test", "get item") == [0, 0, 1, 0, 0]
    assert column("test", "test of get item") == [0, 0, 0, 0, 0]
    assert column("example", "get item") == [0, 0, 0, 0, 1]
    assert column("example", "example of get item") == [0, 0, 0, 0, 0]
    assert column("foreign", "get item") == [0, 0, 0, 1, 0]
    assert column("generated", "get item") == [0, 0, 0, 1, 0]
    assert column("reexport", "get item") == [0, 0, 0, 0, 1]


def test_size_and_kind_are_told() -> None:
    lengths = [round(math.log1p(lines), 4) for lines in (29, 2, 0, 3, 7)]
    assert column("length", "get item") == lengths
    assert column("length_file", "a") == [round(math.log1p(n), 4) for n in (2, 2, 1, 1, 1)]
    assert column("module", "get item") == [0, 0, 0, 1, 0]


def test_a_question_without_words_and_no_candidates_have_features() -> None:
    assert all(row["symbol"] == 0 for row in described("!!!"))
    table = features(analyse("a"), np.ones(1, np.float32), candidates_of(0), Catalogue())
    assert table.shape == (0, len(FEATURES))


def test_the_encoder_adds_its_cosine_and_the_best_of_the_file() -> None:
    catalogue = catalogue_of(UNITS)
    cosine = np.array([-0.5, 0.3, 0.1], np.float32)
    candidates = candidates_of(3, rows=np.array([0, 1, 4]), encoder=cosine)
    table = np.zeros((3, len(FEATURES)), np.float32)
    add_encoder_features(table, candidates, catalogue)
    columns = [FEATURES.index(name) for name in ENCODER_FEATURES]
    np.testing.assert_array_equal(table[:, columns].T, [cosine, np.float32([0.3, 0.3, 0.1])])
    assert not np.delete(table, columns, axis=1).any()
    with pytest.raises(ValueError, match="encoder"):
        add_encoder_features(table, candidates_of(1), catalogue)


scored = st.lists(
    st.tuples(st.floats(-50, 50, width=16), st.integers(0, 4)), min_size=1, max_size=12
)


@given(scored, st.floats(0, 20, width=16))
def test_units_are_picked_one_by_one(units: list[tuple[float, int]], same_file: float) -> None:
    scores = np.array([score for score, _ in units], np.float32)
    files = np.array([file for _, file in units])
    picked, final = order(scores, files, same_file)

    # The slow way: take what is best now, then make its file dearer.
    left, taken, expected = list(range(len(units))), Counter[int](), []
    while left:
        now = {i: scores[i] - np.float32(same_file * taken[int(files[i])]) for i in left}
        best = max(left, key=lambda i: now[i])
        taken[int(files[best])] += 1
        left.remove(best)
        expected.append(float(now[best]))
    assert final.tolist() == pytest.approx(expected, abs=1e-3)
    assert len(set(picked.tolist())) == len(picked) == len(units)
    assert (np.diff(final) <= 0).all()


@given(scored)
def test_without_a_cost_the_order_is_that_of_the_scores(units: list[tuple[float, int]]) -> None:
    scores = np.array([score for score, _ in units], np.float32)
    picked, final = order(scores, np.array([file for _, file in units]), 0.0)
    assert final.tolist() == sorted(scores.tolist(), reverse=True)
    assert scores[picked].tolist() == final.tolist()


@given(scored)
def test_an_infinite_cost_puts_the_best_of_each_file_first(units: list[tuple[float, int]]) -> None:
    scores = np.array([score for score, _ in units], np.float32)
    files = np.array([file for _, file in units])
    picked, final = order(scores, files, math.inf)
    count = len(set(files.tolist()))
    first = picked[:count]
    assert sorted(files[first].tolist()) == sorted(set(files.tolist()))
    assert all(scores[i] == scores[files == files[i]].max() for i in first.tolist())
    assert np.isfinite(final[:count]).all()
    assert np.isneginf(final[count:]).all()


def table_of(values: list[float]) -> Floats:
    table = np.zeros((len(values), len(FEATURES)), np.float32)
    table[:, FEATURES.index("cosine")] = values
    return table


def test_probabilities_are_the_logistic_of_the_weighted_features() -> None:
    calibration = Calibration(-1.0, {"cosine": 2.0}, 0.1)
    expected = [1 / (1 + math.exp(-1)), 0.5, 1 / (1 + math.exp(1))]
    assert probabilities(table_of([1, 0.5, 0]), calibration) == pytest.approx(expected)


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=2, max_size=20), st.floats(0, 100))
@example([1193.0, 0.0], 1e-10)  # logits that differ by one digit
def test_probabilities_never_ascend(values: list[float], weight: float) -> None:
    chances = probabilities(table_of(values), Calibration(-3.0, {"cosine": weight}, 0.1))
    assert chances.shape == (len(values),)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances) <= 0).all()


@given(
    st.lists(
        st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32)), min_size=1, max_size=25
    )
)
def test_the_best_evidence_of_each_kind_among_the_first_hits_decides(
    units: list[tuple[float, float]],
) -> None:
    table = np.zeros((len(units), len(FEATURES)), np.float32)
    table[:, FEATURES.index("cosine")] = [cosine for cosine, _ in units]
    table[:, FEATURES.index("coverage")] = [coverage for _, coverage in units]
    calibration = Calibration(-1.0, {"cosine": 2.0, "coverage": 3.0}, 0.1)
    chances = probabilities(table, calibration)

    def chance(cosine: float, coverage: float) -> float:
        return 1 / (1 + math.exp(1 - 2 * cosine - 3 * coverage))

    least = 1.0
    for place, unit in enumerate(units):
        after = units[place:DECIDING] or [unit]
        least = min(least, chance(max(a for a, _ in after), max(b for _, b in after)))
        assert chances[place] == pytest.approx(least, abs=1e-6)


@given(st.lists(st.floats(0, 1, width=32), min_size=DECIDING, max_size=20), st.integers(0, 9))
def test_what_follows_the_deciding_hits_changes_none_of_them(
    values: list[float], more: int
) -> None:
    calibration = Calibration(-1.0, {"cosine": 2.0}, 0.1)
    first = probabilities(table_of(values[:DECIDING]), calibration)
    longer = probabilities(table_of(values + [1.0] * more), calibration)
    assert longer[:DECIDING].tolist() == first.tolist()


@pytest.mark.parametrize(
    ("query", "cost"),
    [("parse the header of a file", 0.5), ("Returns the parsed header", 0.5), ("header parser", 2)],
)
def test_further_functions_of_a_file_cost_less_where_the_query_says_what_one_does(
    query: str, cost: float
) -> None:
    weights = Weights({}, {}, {"fast": 2.0}, {"fast": 0.5}, {})
    assert weights.further_unit_cost("fast", analyse(query)) == cost


# The weights that are shipped


def test_weights_survive_json() -> None:
    weights = shipped_weights()
    assert Weights.from_json(weights.to_json()) == weights


def test_shipped_weights_name_what_there_is() -> None:
    weights = shipped_weights()
    assert set(weights.fields) <= set(FIELDS)
    assert all(weight >= 0 for weight in weights.fields.values())
    assert any(weight > 0 for weight in weights.fields.values())
    costs = (weights.same_file, weights.same_file_action)
    for ranks in (weights.features, *costs, weights.probability):
        assert set(ranks) == set(RANKS)
    for rank, chosen in weights.features.items():
        assert set(chosen) <= set(FEATURES)
        assert set(weights.probability[rank].weights) <= set(FEATURES)
        by_name = dict(zip(FEATURES, weights.vector(rank).tolist(), strict=True))
        assert by_name.pop("exact") == EXACT
        assert {name: value for name, value in by_name.items() if value} == {
            name: value for name, value in chosen.items() if value and name != "exact"
        }


@pytest.mark.parametrize("rank", RANKS)
def test_no_fitted_weights_add_up_to_a_step_of_exact_evidence(rank: str) -> None:
    vector = dict(zip(FEATURES, shipped_weights().vector(rank).tolist(), strict=True))
    del vector["exact"]
    longest = 10.0  # logarithms of lines and units
    most = {name: longest if name.startswith("length") else 1.0 for name in FEATURES}
    sizes = [abs(value) * most[name] for name, value in vector.items()]
    assert sum(sizes) < EXACT


@pytest.mark.parametrize("rank", RANKS)
def test_no_evidence_makes_an_answer_less_likely(rank: str) -> None:
    assert min(shipped_weights().probability[rank].weights.values()) >= 0


@pytest.mark.parametrize("rank", RANKS)
def test_shipped_weights_keep_to_their_signs(rank: str) -> None:
    weights = shipped_weights()
    for chosen in (weights.features[rank], weights.probability[rank].weights):
        for name, weight in chosen.items():
            if name in PENALTIES:
                assert weight <= 0, name
            elif name not in EITHER_SIGN:
                assert weight >= 0, name
    assert weights.same_file[rank] >= weights.same_file_action[rank] >= 0
    assert 0 < weights.probability[rank].threshold < 1


@pytest.mark.parametrize(
    ("rank", "unknown"),
    [("fast", ENCODER_FEATURES), ("lexical", (*ENCODER_FEATURES, *STATIC_FEATURES))],
)
def test_shipped_weights_need_no_model_that_is_not_asked(rank: str, unknown: set[str]) -> None:
    weights = shipped_weights()
    used = {*weights.features[rank], *weights.probability[rank].weights}
    assert used.isdisjoint(unknown)
