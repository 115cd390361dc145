from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from model2vec import StaticModel
from tokenizers import Tokenizer, models, pre_tokenizers

from diglot.errors import InputError, ModelError
from diglot.inference.static import StaticEncoder
from diglot.metrics.ranking import mean_reciprocal_rank, tied_ranks
from diglot.models import resolve_model
from diglot.models.static_table import (
    StaticTable,
    load_static_table,
    new_static_table,
    stored,
)
from diglot.objectives.base import Example, Tokens
from diglot.objectives.contrastive import ContrastiveSettings
from diglot.objectives.settings import Context
from diglot.objectives.vocabulary import TokenizerInfo
from diglot.tokenizer import CodeTokenizer, load_tokenizer
from diglot.tokenizer.folder import wrap
from diglot.tokenizer.words import encode_words
from diglot.training.cached_gradients import cached_backward

SHIPPED = resolve_model("static")
TEXTS = [
    "where do we parse memory strings like 512m",
    "def read_lines(path):\n    return [line for line in open(path)]\n",
    "getUserById user_by_id getUser HTTPServer 0x7f",
    "读取文件 naïve unhyphenated zxqv",
    "for row in rows: total += row.price * row.quantity\n" * 20,
    "x",
]
# A single vector's cosine to its float32 self, at worst; figures of the shipped table's texts.
COSINE = {"float32": 1 - 1e-9, "float16": 1 - 1e-6, "int8": 1 - 1e-4}


@pytest.fixture(scope="module")
def shipped() -> CodeTokenizer:
    return load_tokenizer(SHIPPED.path)


def word(kind: str, number: int) -> str:
    return kind + "abcdefgh"[number // 8] + "ijklmnop"[number % 8]


@pytest.fixture
def toy() -> CodeTokenizer:
    words = ["[PAD]", "[UNK]", *(word(kind, n) for kind in "tc" for n in range(40))]
    numbers = {name: n for n, name in enumerate(words)}
    backend = Tokenizer(models.WordPiece(vocab=numbers, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return wrap(backend, name="toy")


def parts(tokenizer: CodeTokenizer, texts) -> list[Tokens]:
    """What a view of split words gives."""
    encoded = encode_words(tokenizer, texts)
    found = []
    for start, end in zip(encoded.starts, encoded.starts[1:], strict=False):
        zeros = np.zeros(end - start, np.int32)
        words = np.cumsum(encoded.word_starts[start:end], dtype=np.int32)
        ids = encoded.ids[start:end]
        found.append(Tokens(ids, zeros.astype(np.uint8), zeros == 0, words, zeros - 1, zeros))
    return found


def table_objective(tokenizer: CodeTokenizer, **settings):
    info = TokenizerInfo.of(tokenizer)
    return ContrastiveSettings(marks=False, damped=True, **settings).build(Context(info))


def vectors(model: StaticTable, tokenizer: CodeTokenizer, texts) -> np.ndarray:
    """Vectors of texts as training computes them, scaled to length 1."""
    objective = table_objective(tokenizer)
    examples = [Example(n, (part, part)) for n, part in enumerate(parts(tokenizer, texts))]
    rows = [objective.prepare(example, np.random.default_rng(0)) for example in examples]
    with torch.no_grad():
        found = objective.encode(model, None, objective.collate(rows).tensors)
    return torch.nn.functional.normalize(found[:, 0], dim=-1).numpy()


def test_the_shipped_table_gives_the_vectors_that_search_uses(shipped):
    model = load_static_table(SHIPPED, shipped)
    expected = StaticEncoder(SHIPPED).encode_queries(TEXTS)
    np.testing.assert_allclose(vectors(model, shipped, TEXTS), expected, atol=1e-6)


@pytest.mark.parametrize("precision", ["int8", "float16", "float32"])
def test_search_loads_what_is_saved_and_agrees(shipped, tmp_path: Path, precision):
    model = load_static_table(SHIPPED, shipped)
    with torch.no_grad():  # as training leaves it: rows and weights of their own
        generator = torch.Generator().manual_seed(0)
        model.rows += torch.randn(model.rows.shape, generator=generator) * model.rows.std() / 4
        model.weights += torch.rand(model.weights.shape, generator=generator)
    model.save(tmp_path / "model", shipped, card="# A card\n", precision=precision)
    folder = resolve_model(str(tmp_path / "model"))
    folder.verify()
    assert folder.card == "# A card\n"
    ours, theirs = vectors(model, shipped, TEXTS), StaticEncoder(folder).encode_queries(TEXTS)
    assert (ours * theirs).sum(1).min() >= COSINE[precision] - 2e-7
    if precision == "float32":
        np.testing.assert_allclose(theirs, ours, atol=1e-5)
    # What is stored, exactly: training from the folder gives the vectors that search gives.
    again = load_static_table(folder, shipped)
    np.testing.assert_allclose(vectors(again, shipped, TEXTS), theirs, atol=1e-5)


@pytest.mark.parametrize("precision", ["int8", "float16"])
def test_rounding_is_within_the_stated_bound(shipped, precision):
    table = np.random.default_rng(0).standard_normal((50, 16)).astype(np.float32)
    table[3] = 0
    tensors = stored(table, precision)
    found = tensors["embeddings"].astype(np.float32)
    found *= tensors.get("weights", np.ones(50, np.float32))[:, None]
    largest = np.abs(table).max(1, keepdims=True)
    bound = largest / 254 if precision == "int8" else np.abs(table) / 2048
    assert (np.abs(found - table) <= bound * 1.0001).all()


def test_model2vec_loads_what_is_saved(shipped, tmp_path: Path):
    load_static_table(SHIPPED, shipped).save(tmp_path / "model", shipped)
    ours = StaticEncoder(resolve_model(str(tmp_path / "model")))
    theirs = StaticModel.from_pretrained(tmp_path / "model")
    plain = ["where do we parse memory strings", "retry request exponential backoff"]
    expected = theirs.encode(plain)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert (ours.encode_queries(plain) * expected).sum(1).min() > 0.99999


def test_saving_is_the_same_to_the_byte(toy, tmp_path: Path):
    for name in ("one", "two"):
        torch.manual_seed(0)
        new_static_table(toy, 8).save(tmp_path / name, toy)
    for file in ("config.json", "model.safetensors", "tokenizer.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_embedding_bag_is_the_weighted_sum(toy):
    torch.manual_seed(0)
    model = new_static_table(toy, 5).double()
    with torch.no_grad():
        model.weights.uniform_()
    ids = torch.tensor([[2, 3, 2, 0], [1, 4, 0, 0], [5, 0, 0, 0]])
    lengths = torch.tensor([3, 2, 0])
    factors = torch.rand(3, 4, dtype=torch.float64)
    found = model.vectors(ids, lengths, factors=factors)
    expected = torch.zeros(3, 5, dtype=torch.float64)
    for row, length in enumerate(lengths):
        for column in range(length):
            number = ids[row, column]
            if number != 1:  # the unknown piece
                weight = model.weights[number] * factors[row, column]
                expected[row] += weight * model.rows[number]
    torch.testing.assert_close(found, expected)
    assert not found[2].any()
    gradients = torch.autograd.grad(found.square().sum(), [model.rows, model.weights])
    others = torch.autograd.grad(expected.square().sum(), [model.rows, model.weights])
    torch.testing.assert_close(gradients, others)


def test_training_finds_what_belongs_together(toy):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    model, objective = new_static_table(toy, 32), table_objective(toy, temperature=0.1)

    def draw(count):
        """Texts of three concepts each, and their code: other words, the same concepts."""
        concepts = [rng.choice(40, 3, replace=False) for _ in range(count)]
        texts, codes = (
            parts(toy, [" ".join(word(kind, n) for n in row) for row in concepts]) for kind in "tc"
        )
        return [Example(n, pair) for n, pair in enumerate(zip(texts, codes, strict=True))]

    def tensors(examples):
        return objective.collate(
            [objective.prepare(example, np.random.default_rng(0)) for example in examples]
        ).tensors

    def mrr(held_out):
        with torch.no_grad():
            found = objective.encode(model, None, tensors(held_out))
        text, code = torch.nn.functional.normalize(found, dim=-1).unbind(1)
        return mean_reciprocal_rank(tied_ranks((text @ code.T).numpy(), np.arange(len(text))))

    held_out = draw(100)
    chance = (1 / np.arange(1, 101)).mean()
    assert mrr(held_out) < 3 * chance
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(60):
        optimizer.zero_grad()
        cached_backward(
            lambda batch: objective.encode(model, None, batch),
            objective.losses,
            [tensors(draw(64))],
            factors={"contrastive": 1 / 64},
        )
        optimizer.step()
    assert mrr(held_out) > 0.8
    assert (model.weights != 1).any()


def test_folders_of_other_kinds_and_tokenizers_are_refused(shipped, toy):
    with pytest.raises(ModelError, match="a model of kind onnx, accepted is static"):
        load_static_table(resolve_model("encoder"), shipped)
    with pytest.raises(ModelError, match="tokenizer toy has 82 pieces, the table 30522"):
        load_static_table(SHIPPED, toy)


def test_pieces_that_share_a_row_have_one_each(toy, tmp_path: Path):
    from safetensors.numpy import save_file

    folder = tmp_path / "shared"
    folder.mkdir()
    rows = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    mapping = np.arange(82) % 4
    weights = np.linspace(0, 1, 82, dtype=np.float32)
    tensors = {"embeddings": rows, "mapping": mapping, "weights": weights}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text(toy.backend.to_str())
    model = load_static_table(resolve_model(str(folder)), toy)
    np.testing.assert_allclose(model.rows.detach(), rows[mapping] * weights[:, None])


def test_what_cannot_be_saved_is_refused_and_leaves_nothing(toy, tmp_path: Path):
    model = new_static_table(toy, 4)
    with pytest.raises(InputError, match="precision: 'int4', accepted are int8, float16, float32"):
        model.save(tmp_path / "model", toy, precision="int4")
    with torch.no_grad():
        model.rows[2, 0] = torch.nan
    for precision in ("int8", "float16", "float32"):
        with pytest.raises(ModelError, match=f"components that {precision} cannot"):
            model.save(tmp_path / "model", toy, precision=precision)
    with torch.no_grad():
        model.rows[2, 0] = 1e5
    with pytest.raises(ModelError, match="components that float16 cannot"):
        model.save(tmp_path / "model", toy, precision="float16")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_says_what_it_is(toy, tmp_path: Path):
    new_static_table(toy, 4).save(tmp_path / "model", toy, precision="float16")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["model_type"] == "model2vec"
    assert config["embedding_dtype"] == "float16"
    assert resolve_model(str(tmp_path / "model")).dimension == 4
