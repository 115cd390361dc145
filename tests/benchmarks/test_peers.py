from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("semble", reason="the bench extra is not installed")

from benchmarks.peers import PathOnly, Semble, systems
from model2vec import StaticModel
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

WORDS = ["[UNK]", "read", "settings", "color", "blend", "pixels", "file", "def", "return"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model2vec folder whose words are orthogonal."""
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    folder = tmp_path_factory.mktemp("model")
    vectors = np.eye(len(WORDS), dtype=np.float32)
    StaticModel(vectors, tokenizer).save_pretrained(str(folder))
    return folder


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMBLE_CACHE_LOCATION", str(tmp_path / "cache"))
    monkeypatch.setenv("DIGLOT_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "tree"
    (root / "graphics").mkdir(parents=True)
    (root / "graphics" / "paint.py").write_text("def blend(color):\n    return color + pixels\n")
    (root / "startup.py").write_text("def read():\n    return settings\n")
    return root


@pytest.mark.parametrize("name", ["diglot-fast", "semble", "semble-lexical", "bm25"])
def test_code_is_found_by_its_words_with_paths_relative_to_the_root(name, model, tree):
    search = systems(model)[name].open(tree)
    assert search("blend the color", 10)[0].path == "graphics/paint.py"
    best = search("read settings", 10)[0]
    assert (best.path, best.start_line) == ("startup.py", 1)
    assert best.end_line >= 2
    assert len(search("read settings", 1)) == 1


def test_path_only_reads_no_code(tree):
    search = PathOnly().open(tree)
    assert search("blend the color", 10) == []
    assert [found.path for found in search("graphics paint", 10)] == ["graphics/paint.py"]
    assert [found.path for found in search("startup", 10)] == ["startup.py"]


def test_lexical_only_leaves_out_the_vectors(model, tree):
    # No word of the query is in the files, so only vectors can bring them in.
    whole = Semble("semble", model).open(tree)
    lexical = Semble("semble-lexical", model, lexical_only=True).open(tree)
    assert whole("file", 10)
    assert lexical("file", 10) == []


def test_settings_tell_systems_apart(model):
    known = systems(model)
    semble = [known[name].settings() for name in ("semble", "semble-lexical", "bm25")]
    assert len({json.dumps(settings) for settings in semble}) == 3
    assert len({settings["model_sha256"] for settings in semble}) == 1
