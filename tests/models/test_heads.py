from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from diglot.errors import InputError, ModelError  # noqa: E402
from diglot.models.heads import PairHead, SequenceHead, TokenHead, freeze, load_head  # noqa: E402
from diglot.models.language_model import build_language_model  # noqa: E402

ARCHITECTURES = ("roberta", "bert", "modernbert", "gpt2", "llama")
SHAPE = {"layers": 3, "width": 32, "heads": 4, "length": 64}


@pytest.fixture(params=ARCHITECTURES)
def model(request, tokenizer):
    torch.manual_seed(3)
    return build_language_model({"architecture": request.param, **SHAPE}, tokenizer)


@pytest.mark.parametrize("up_to", [0, 1, 2, 3])
def test_frozen_parts_get_no_gradient_and_all_others_do(model, up_to):
    freeze(model, up_to)
    ids = torch.randint(model.vocabulary_size, (2, 7))
    states = model.hidden(ids, all_layers=True)
    # With the embeddings the tied decoder is frozen, so it takes a head to train the layers.
    TokenHead(model.width)(states[-1]).sum().backward()
    blocks = model.network.base_model.get_submodule(model.architecture.blocks)
    trained = [any(p.grad is not None for p in block.parameters()) for block in blocks]
    assert trained == [number >= up_to for number in range(3)]
    assert model.network.get_input_embeddings().weight.grad is None
    frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
    assert any("embed" in name or "wte" in name for name in frozen)
    norms = [p for name, p in model.network.base_model.named_parameters() if "final_norm" in name]
    assert all((p.grad is None) == (up_to == 3) for p in norms)


def test_thawing_is_freezing_less(model):
    freeze(model, 3)
    freeze(model, 1)
    blocks = model.network.base_model.get_submodule(model.architecture.blocks)
    assert [next(iter(block.parameters())).requires_grad for block in blocks] == [False, True, True]


def test_too_many_layers_to_freeze_are_refused(tokenizer):
    model = build_language_model({"architecture": "bert", **SHAPE}, tokenizer)
    with pytest.raises(InputError, match="freeze: 4 layers; the model has 3"):
        freeze(model, 4)


@pytest.mark.parametrize("layer", [0, 1, -1])
def test_a_probe_learns_from_any_layer_of_a_frozen_model(model, layer):
    """Whether a sequence begins with one token or another can be read off every layer."""
    freeze(model, model.layers)
    before = {name: value.clone() for name, value in model.named_parameters()}
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(10, 500, (32, 6), generator=generator)
    labels = torch.arange(32) % 2
    ids[:, 0] = 5 + labels
    torch.manual_seed(0)
    head = SequenceHead(model.width, 2, pooling="first", hidden_layer=False)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.1)
    with torch.no_grad():
        states = model.hidden(ids, all_layers=True)[layer]
        states = (states - states.mean((0, 1))) / states.std()
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(head(states, None), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (head(states, None).argmax(1) == labels).float().mean() > 0.95
    assert all(torch.equal(before[name], value) for name, value in model.named_parameters())


def test_shapes_and_pooling():
    hidden, lengths = torch.randn(3, 5, 8), torch.tensor([5, 2, 1])
    assert TokenHead(8)(hidden).shape == (3, 5)
    for pooling in ("first", "mean", "last"):
        head = SequenceHead(8, 4, pooling)
        scores = head(hidden, lengths)
        assert scores.shape == (3, 4)
        alone = head(hidden[1:2, :2], None)
        torch.testing.assert_close(scores[1:2], alone)
    assert PairHead(8, 2)(hidden[:, 0], hidden[:, 1]).shape == (3, 2)


def test_scores_by_hand():
    head = SequenceHead(2, 2, "last")
    with torch.no_grad():
        head.dense.weight.copy_(torch.tensor([[1.0, 0], [0, 2]]))
        head.score.weight.copy_(torch.tensor([[1.0, 1], [0, 3]]))
        head.score.bias.copy_(torch.tensor([0.5, 0]))
    x, y = torch.tanh(torch.tensor(0.3)), torch.tanh(torch.tensor(-0.8))
    expected = torch.tensor([[x + y + 0.5, 3 * y]])
    states = torch.tensor([[[9.0, 9], [0.3, -0.4], [7, 7]]])
    torch.testing.assert_close(head(states, torch.tensor([2])), expected)
    pair = PairHead(1, 1)
    with torch.no_grad():
        pair.score.weight.copy_(torch.tensor([[1.0, 10, 100]]))
    assert pair(torch.tensor([[2.0]]), torch.tensor([[5.0]])).item() == 2 + 50 + 300


def test_heads_are_saved_with_the_model(model, tokenizer, tmp_path: Path):
    heads = {
        "rtd": TokenHead(32),
        "defects": SequenceHead(32, 3, "mean", hidden_layer=False),
        "clones": PairHead(32, 2),
    }
    model.save(tmp_path / "model", tokenizer, extra=heads)
    assert json.loads((tmp_path / "model" / "diglot" / "defects.json").read_text()) == {
        "class": "SequenceHead",
        "width": 32,
        "classes": 3,
        "pooling": "mean",
        "hidden_layer": False,
    }
    for name, head in heads.items():
        again = load_head(tmp_path / "model", name)
        assert type(again) is type(head)
        for key, value in head.state_dict().items():
            assert torch.equal(again.state_dict()[key], value)
    again = load_head(tmp_path / "model", "defects")
    hidden = torch.randn(2, 4, 32)
    assert torch.equal(again(hidden, None), heads["defects"](hidden, None))


@pytest.mark.parametrize("content", ['{"class": "Linear"}', "{", '{"class": "TokenHead"}', "[]"])
def test_a_damaged_head_is_named(tmp_path: Path, content: str):
    with pytest.raises(ModelError, match=r"none\.json"):
        load_head(tmp_path, "none")
    (tmp_path / "diglot").mkdir()
    (tmp_path / "diglot" / "bad.json").write_text(content)
    (tmp_path / "diglot" / "bad.safetensors").write_bytes(b"\0" * 20)
    with pytest.raises(ModelError, match=r"bad\.json, .safetensors: no readable head"):
        load_head(tmp_path, "bad")
