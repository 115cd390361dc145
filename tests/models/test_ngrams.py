from __future__ import annotations

import numpy as np
import pytest

from diglot.errors import InputError, ModelError
from diglot.models.ngrams import FILE, Generators, NgramGenerator

SIZE = 24
ORDINARY = np.arange(4, SIZE, dtype=np.int32)  # 0 to 3 are marks


def documents(count=40, length=60, seed=0):
    """Tokens that depend on the one before, so that there is something to learn."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        steps = rng.choice([1, 2, 7], length, p=[0.6, 0.3, 0.1])
        yield (4 + (rng.integers(20) + np.cumsum(steps)) % 20).astype(np.int32)


def fit(texts, **settings):
    return NgramGenerator.fit(texts, ORDINARY, SIZE, **settings)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_probabilities_add_up_and_marks_have_none(order):
    model = fit(documents(), order=order)
    ids = next(documents(seed=9)).astype(np.int64)
    ids[[0, 10, 11, 30, 32, 59]] = -1
    ids[20] = 2  # a mark
    found = model.probabilities(ids, np.arange(60))
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-12)
    assert (found[:, :4] == 0).all()
    assert (found[:, 4:] > 0).all()


def test_probabilities_by_hand():
    a, b, c = 4, 5, 6
    model = fit([np.array([a, b, a, c])], order=2, discount=0.5)
    uniform = 1 / 20
    unigram = {t: (n - 0.5) / 4 + 0.5 * 3 / 4 * uniform for t, n in ((a, 2), (b, 1), (c, 1))}
    other = 0.5 * 3 / 4 * uniform
    # Before `_ c`: the token after the boundary is `a` (once), that before `c` is `a` (once).
    by_left = {a: 0.5 + 0.5 * unigram[a], b: 0.5 * unigram[b], 7: 0.5 * other}
    by_right = {a: 0.5 + 0.5 * unigram[a], b: 0.5 * unigram[b], 7: 0.5 * other}
    found = model.probabilities(np.array([-1, c]), np.array([0]))[0]
    for token in (a, b, 7):
        assert found[token] == pytest.approx((by_left[token] + by_right[token]) / 2)
    # After `b` comes `a`; before `b` stands `a` too, and `b` itself was never after `b`.
    found = model.probabilities(np.array([b, -1]), np.array([1]))[0]
    end = {c: 0.5 + 0.5 * unigram[c], a: 0.5 * unigram[a]}
    left = {c: 0.5 * unigram[c], a: 0.5 + 0.5 * unigram[a]}
    for token in (a, c):
        assert found[token] == pytest.approx((end[token] + left[token]) / 2)


def test_a_context_ends_before_an_unknown_token():
    model = fit(documents(), order=3)
    ids = next(documents(seed=3)).astype(np.int64)
    ids[[9, 11]] = -1
    far = ids.copy()
    far[[8, 12]] = 15
    alone = model.probabilities(ids, np.array([10]))
    assert (alone == model.probabilities(far, np.array([10]))).all()
    unigram = fit(documents(), order=1).probabilities(ids, np.array([10]))
    np.testing.assert_allclose(alone, unigram, rtol=1e-12)


def test_what_stands_at_the_position_does_not_matter():
    model = fit(documents(), order=3)
    ids = next(documents(seed=3)).astype(np.int64)
    first = model.probabilities(ids, np.array([10]))
    ids[10] = -1
    assert (first == model.probabilities(ids, np.array([10]))).all()


@pytest.mark.parametrize("order", [1, 2, 3])
def test_samples_have_these_probabilities(order):
    model = fit(documents(), order=order)
    ids = next(documents(seed=5)).astype(np.int64)
    ids[[7, 21]] = -1
    places = np.array([0, 6, 7, 20, 30, 59])
    draws = 100_000
    rng = np.random.default_rng(0)
    drawn = model.sample(ids, np.repeat(places, draws), rng).reshape(len(places), draws)
    for row, shares in zip(drawn, model.probabilities(ids, places), strict=True):
        counts = np.bincount(row, minlength=SIZE)
        assert counts[:4].sum() == 0
        common = shares * draws > 5
        counts = np.append(counts[common], counts[~common].sum())
        expected = np.append(shares[common], shares[~common].sum()) * draws
        statistic = ((counts - expected) ** 2 / np.maximum(expected, 1)).sum()
        freedom = len(counts) - 1
        assert statistic < freedom + 8 * np.sqrt(2 * freedom)


def test_both_sides_matter():
    model = fit(documents(), order=3)
    ids = next(documents(seed=5)).astype(np.int64)
    reference = model.probabilities(ids, np.array([30]))[0]
    for neighbour in (28, 29, 31, 32):
        changed = ids.copy()
        changed[neighbour] = 4 + (ids[neighbour] + 9) % 20
        moved = np.abs(model.probabilities(changed, np.array([30]))[0] - reference).sum() / 2
        assert moved > 0.005, neighbour


def test_contexts_help():
    """Perplexity falls with the order, on documents that were not counted."""
    means = []
    for order in (1, 2, 3):
        model = fit(documents(400), order=order)
        scores = [
            np.log(model.probabilities(ids, np.arange(60))[np.arange(60), ids]).mean()
            for ids in documents(20, seed=77)
        ]
        means.append(np.mean(scores))
    assert means[0] < means[1] - 0.3 < means[2] - 0.4


def test_no_n_gram_reaches_from_one_document_into_the_next():
    model = fit([np.array([4, 5]), np.array([6, 7])], order=2)
    after = model.probabilities(np.array([5, -1, 9]), np.array([1]))[0]
    assert after[6] == after[4]  # 6 came after 5, but in another document


def test_the_same_generator_draws_the_same():
    model = fit(documents(), order=3)
    ids = next(documents(seed=5))
    drawn = [model.sample(ids, np.arange(60), np.random.default_rng(s)) for s in (1, 1, 2)]
    assert drawn[0].tolist() == drawn[1].tolist() != drawn[2].tolist()


def test_chunks_do_not_change_the_counts(monkeypatch):
    whole = fit(documents(), order=3)
    monkeypatch.setattr("diglot.models.ngram_counts._CHUNK", 100)
    parts = fit(documents(), order=3)
    assert (whole.keys == parts.keys).all()
    assert (whole.counts == parts.counts).all()
    # Windows end at each token and at the two boundaries after a document.
    assert whole.counts.sum() == 40 * (60 + 2)


def test_a_limit_stops_reading():
    read = []

    def counted():
        for document in documents():
            read.append(len(document))
            yield document

    model = fit(counted(), order=1, limit=150)
    assert sum(read) == 180
    assert model.counts.sum() == 180


def test_without_documents_all_tokens_are_equal():
    model = fit([], order=3)
    found = model.probabilities(np.array([4, -1, 5]), np.array([1]))[0]
    np.testing.assert_allclose(found[4:], 1 / 20)
    assert set(model.sample(np.full(200, -1), np.arange(200), np.random.default_rng(0))) == set(
        ORDINARY
    )


def test_saved_and_loaded_it_is_the_same(tmp_path):
    saved = Generators(text=fit(documents()), code=fit(documents(seed=1)))
    saved.save(tmp_path / "diglot")
    assert [path.name for path in (tmp_path / "diglot").iterdir()] == [FILE]
    loaded = Generators.load(tmp_path / "diglot")
    ids = next(documents(seed=5))
    for name in ("text", "code"):
        drawn = [
            getattr(pair, name).sample(ids, np.arange(60), np.random.default_rng(0))
            for pair in (saved, loaded)
        ]
        assert (drawn[0] == drawn[1]).all()


def test_a_file_cut_short_is_an_error(tmp_path):
    Generators(text=fit(documents()), code=fit([])).save(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ModelError, match=FILE):
        Generators.load(tmp_path)
    with pytest.raises(ModelError):
        Generators.load(tmp_path / "nowhere")


def test_settings_out_of_range_are_refused():
    with pytest.raises(
        InputError, match="order = 5: accepted is 1 to 4 with a vocabulary of 50000"
    ):
        NgramGenerator.fit([], ORDINARY, 50_000, order=5)
    with pytest.raises(InputError, match="discount = 1"):
        fit([], discount=1)
