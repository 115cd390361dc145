from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from diglot.corpus.deduplicate import (
    Components,
    candidate_pairs,
    duplicate_components,
    join_sketches,
    read_components,
    survivors,
    verified_edges,
    write_sketches,
)
from diglot.corpus.minhash import Sketching, band_keys, fingerprints, signatures, similarity

SHINGLE = Sketching().shingle


def shingles(tokens):
    return {tuple(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1)}


def jaccard(one, other):
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def made_up(rng, length=120):
    return [f"w{rng.randrange(5000)}" for _ in range(length)]


def changed(rng, tokens, share):
    return [f"n{rng.randrange(5000)}" if rng.random() < share else token for token in tokens]


@pytest.fixture(scope="module")
def pairs():
    """Pairs of texts of all similarities, with their exact Jaccard similarity."""
    rng = random.Random(1)
    found = []
    for number in range(900):
        one = made_up(rng)
        other = changed(rng, one, share=rng.choice([0.01, 0.02, 0.04, 0.07, 0.15, 0.4, 1]))
        found.append((" ".join(one), "\n".join(other), jaccard(one, other), number))
    return found


@pytest.fixture(scope="module")
def components(pairs, tmp_path_factory):
    texts = [text for one, other, _, _ in pairs for text in (one, other)]
    return duplicate_components(texts, tmp_path_factory.mktemp("work") / "sketches")


def test_estimate_is_close_to_exact(pairs):
    left = fingerprints(signatures([one for one, *_ in pairs]))
    right = fingerprints(signatures([other for _, other, *_ in pairs]))
    exact = np.array([value for *_, value, _ in pairs])
    error = similarity(left, right) - exact
    expected = np.sqrt(exact * (1 - exact) / left.shape[1] + 1 / 256 / left.shape[1])
    assert abs(error.mean()) < 0.005  # unbiased
    assert (error / expected).std() < 1.05  # no noisier than independent permutations


def test_estimate_is_as_good_as_datasketch(pairs):
    left = fingerprints(signatures([one for one, *_ in pairs]))
    right = fingerprints(signatures([other for _, other, *_ in pairs]))
    ours, theirs = [], []
    for place, (one, other, exact, _) in enumerate(pairs[:200]):
        sketches = []
        for text in (one, other):
            sketch = MinHash(num_perm=left.shape[1], seed=1)
            sketch.update_batch([" ".join(s).encode() for s in shingles(text.split())])
            sketches.append(sketch)
        theirs.append(sketches[0].jaccard(sketches[1]) - exact)
        estimate = similarity(left[place : place + 1], right[place : place + 1])[0]
        ours.append(estimate - exact)
    assert np.std(ours) < 1.25 * np.std(theirs)


def test_recall_and_precision(pairs, components):
    together = components[0::2] == components[1::2]
    exact = np.array([value for *_, value, _ in pairs])
    alike, unlike = exact >= 0.8, exact < 0.6
    assert alike.sum() > 200
    assert unlike.sum() > 200
    assert together[alike].mean() >= 0.99
    assert together[unlike].mean() <= 0.01
    assert np.array_equal(components[0::2], np.arange(0, len(components), 2))  # none between pairs


def test_no_pair_without_candidate_is_far_below_theory(pairs):
    """Recall of the bands alone, at 0.75 to 0.85, against 1 - (1 - s^rows)^bands."""
    sketching = Sketching()
    left = band_keys(signatures([one for one, *_ in pairs]))
    right = band_keys(signatures([other for _, other, *_ in pairs]))
    exact = np.array([value for *_, value, _ in pairs])
    near = (exact > 0.5) & (exact < 0.85)
    theory = 1 - (1 - exact[near] ** sketching.band_rows) ** sketching.bands
    met = (left == right).any(axis=1)[near]
    spread = np.sqrt((theory * (1 - theory)).sum())
    assert abs(met.sum() - theory.sum()) < 4 * spread


def test_layout_does_not_count():
    code = "def f(a, b):\n    return [a + b, a - b]"
    found = signatures([code, "def f( a,b ):return[a+b,a-b]", code.replace("- b", "- c")])
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_short_texts_are_equal_or_not(tmp_path):
    texts = ["return x", "return  x", "return y", "x", "", " ", "x return", "return", "\n"]
    labels = duplicate_components(texts, tmp_path / "s")
    assert labels.tolist() == [0, 0, 2, 3, 4, 4, 6, 7, 4]


@pytest.mark.parametrize("count", [0, 1, 2, 3_000])
def test_all_the_same(tmp_path, count):
    labels = duplicate_components(["a = b + c * d - e / f ** g"] * count, tmp_path / "s")
    assert labels.dtype == np.uint32
    assert labels.tolist() == [0] * count
    assert not list(tmp_path.iterdir())
    keep = survivors(labels, np.zeros(count, dtype=np.uint8))
    assert keep.tolist() == [True] * (count > 0) + [False] * (count - 1)


def test_same_in_blocks_or_at_once(pairs, tmp_path):
    texts = [text for one, other, _, _ in pairs[:60] for text in (one, other)]
    whole = signatures(texts)
    assert np.array_equal(whole, np.concatenate([signatures([text]) for text in texts]))
    write_sketches(texts, tmp_path / "whole")
    write_sketches(texts[:50], tmp_path / "a")
    write_sketches([], tmp_path / "b")
    write_sketches(iter(texts[50:]), tmp_path / "c")
    rows = join_sketches([tmp_path / name for name in "abc"], tmp_path / "joined")
    assert rows == len(texts)
    for file in (tmp_path / "whole").iterdir():
        assert file.read_bytes() == (tmp_path / "joined" / file.name).read_bytes()


def test_edges_band_by_band_give_the_same_components(pairs, components):
    """What an engine does that groups the keys itself."""
    texts = [text for one, other, _, _ in pairs for text in (one, other)]
    signature = signatures(texts)
    prints, keys = fingerprints(signature), band_keys(signature)
    found = Components(len(texts))
    for band in reversed(range(keys.shape[1])):
        for part in range(3):  # rows with the same key are in the same part
            rows = np.flatnonzero(keys[:, band] % np.uint64(3) == part).astype(np.uint32)
            edges = verified_edges(keys[rows, band], prints[rows])
            found.link(rows[edges[:, 0]], rows[edges[:, 1]])
    assert np.array_equal(found.labels(), components)


def test_signatures_do_not_depend_on_the_process():
    code = (
        "from diglot.corpus.minhash import signatures, band_keys\n"
        "import hashlib\n"
        "found = signatures(['def f(a):  return a + 1 # ' + str(n) for n in range(300)])\n"
        "print(hashlib.sha256(found.tobytes() + band_keys(found).tobytes()).hexdigest())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": seed, "PYTHONPATH": "src"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


@given(st.lists(st.integers(0, 6), max_size=60))
def test_candidates_of_small_groups_are_all_pairs(values):
    keys = np.array(values, dtype=np.uint64)
    found = {
        (int(a), int(b))
        for left, right in candidate_pairs(keys)
        for a, b in zip(left, right, strict=True)
    }
    for a, b in found:
        assert a < b
        assert values[a] == values[b]
    for value in set(values):
        group = [place for place, one in enumerate(values) if one == value]
        if len(group) <= 9:
            wanted = {(a, b) for a in group for b in group if a < b}
        else:
            wanted = {(group[0], b) for b in group[1:]}
        assert wanted <= found


def test_a_key_that_many_share_costs_linear_time():
    keys = np.zeros(100_000, dtype=np.uint64)
    assert sum(len(left) for left, _ in candidate_pairs(keys)) <= 9 * len(keys)


@settings(max_examples=200)
@given(
    st.integers(1, 40).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))
        )
    ),
    st.randoms(),
)
def test_components_are_the_lowest_reachable_row(graph, rng):
    rows, edges = graph
    wanted = list(range(rows))
    for _ in range(rows):
        for a, b in edges:
            wanted[a] = wanted[b] = min(wanted[a], wanted[b])
    rng.shuffle(edges)
    found = Components(rows)
    cut = len(edges) // 2
    for part in (edges[:cut], edges[cut:]):
        ends = np.array(part, dtype=np.uint32).reshape(-1, 2)
        found.link(ends[:, 0], ends[:, 1])
    assert found.labels().tolist() == wanted


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=60))
def test_one_survivor_of_the_best_rank(rows):
    first = {}
    for place, (group, _) in enumerate(rows):
        first.setdefault(group, place)
    labels = np.array([first[group] for group, _ in rows], dtype=np.uint32)
    ranks = np.array([rank for _, rank in rows], dtype=np.uint8)
    keep = survivors(labels, ranks)
    for label in set(labels.tolist()):
        members = np.flatnonzero(labels == label)
        best = min(members, key=lambda place: (ranks[place], place))
        assert members[keep[members]].tolist() == [best]


def test_full_disk_leaves_nothing(tmp_path):
    """A limit on the size of files stands for a disk that is full."""
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from diglot.corpus.deduplicate import write_sketches\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "texts = (f'value_{n} = f({n}) + g({n}) * {n} - h({n}) / {n}' for n in range(5_000))\n"
        "try:\n"
        "    write_sketches(texts, Path(sys.argv[1]) / 'sketches')\n"
        "except OSError as error:\n"
        "    print('failed with', error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "failed with 27\n"  # EFBIG
    assert not list(tmp_path.iterdir())


def test_an_error_in_the_texts_leaves_what_was_there(tmp_path):
    def texts():
        yield "a"
        raise KeyError("b")

    write_sketches(["x", "y"], tmp_path / "s")
    with pytest.raises(KeyError):
        write_sketches(texts(), tmp_path / "s")
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    assert read_components(tmp_path / "s", 2).tolist() == [0, 1]
