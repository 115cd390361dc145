"""Attention by documents against the same under masks, and rows that are left out against all."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from diglot.models import backbone  # noqa: E402
from diglot.models.by_document import attending, sort_by_length  # noqa: E402
from diglot.models.language_model import LanguageModel, build_language_model  # noqa: E402
from diglot.models.varlen import lay_out  # noqa: E402

SHAPE = {"layers": 3, "width": 32, "heads": 4, "length": 64}
LENGTHS = torch.tensor([7, 30, 1, 7, 22, 40])
ATTENTIONS = ("eager", "sdpa")


@pytest.fixture(params=["roberta", "bert", "modernbert", "gpt2", "llama"])
def model(request, tokenizer) -> LanguageModel:
    torch.manual_seed(0)
    model = build_language_model({"architecture": request.param, **SHAPE}, tokenizer)
    if request.param == "modernbert":  # a window narrower than some documents
        model.config.local_attention = 16
        for block in model.network.base_model.layers:
            if block.attn.sliding_window:
                block.attn.sliding_window = 8 + 1
    if request.param == "llama":  # fewer keys than queries
        for block in model.network.base_model.layers:
            attention = block.self_attn
            attention.num_key_value_groups = 2
            for name in ("k_proj", "v_proj"):
                setattr(attention, name, torch.nn.Linear(32, 16, bias=False))
    return model


def gradients(model: LanguageModel, loss: torch.Tensor) -> torch.Tensor:
    model.zero_grad()
    loss.backward()
    found = [one.grad.flatten() for one in model.parameters() if one.grad is not None]
    return torch.cat(found)


def test_documents_of_one_length_come_together():
    documents = torch.tensor([[0, 0, 1, 1, 1, -1], [0, 1, 1, 2, 2, 2]])
    rows, runs = sort_by_length(lay_out(documents))
    assert rows.tolist() == [6, 0, 1, 7, 8, 2, 3, 4, 9, 10, 11]
    assert runs == [(1, 1), (2, 2), (2, 3)]


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("packed", [False, True])
def test_states_and_gradients_are_those_under_a_mask(model, attention, packed):
    model.attention = attention
    ids = torch.randint(5, model.vocabulary_size, (len(LENGTHS), 40))
    inside = torch.arange(40) < LENGTHS[:, None]
    documents = (torch.arange(40) // 13).expand_as(ids).where(inside, -1) if packed else None
    lengths = None if packed else LENGTHS
    masked = backbone.read_masked(model.network, backbone.Asked(ids, documents, lengths))
    apart = model.hidden(ids, documents, lengths)
    torch.testing.assert_close(apart[inside], masked[inside], rtol=0, atol=1e-5)
    assert not apart[~inside].any()  # as only reading without padding has it
    one = gradients(model, masked[inside].pow(3).sum())
    other = gradients(model, apart[inside].pow(3).sum())
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("padded", [False, True])
def test_states_of_some_tokens_are_those_of_all(model, attention, padded):
    model.attention = attention
    ids = torch.randint(5, model.vocabulary_size, (len(LENGTHS), 40))
    lengths = LENGTHS if padded else None
    at = torch.tensor([3, 41, 40, 69, 80, 239])  # tokens, the first and the last of rows among them
    everything = model.hidden(ids, lengths=lengths).flatten(0, 1)[at]
    some = model.hidden(ids, lengths=lengths, at=at)
    torch.testing.assert_close(some, everything, rtol=0, atol=1e-5)
    one = gradients(model, everything.pow(3).sum())
    other = gradients(model, some.pow(3).sum())
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)
    # And no trace of having been asked is left.
    torch.testing.assert_close(model.hidden(ids, lengths=lengths).flatten(0, 1)[at], everything)
    assert model.attention == attention


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_dropout_leaves_out_that_share_of_weights(tokenizer, attention):
    """Values are 1, so what a token gets is the share of weights kept over what is to be kept."""
    settings = {"architecture": "bert", "layers": 1, "width": 8, "heads": 2, "length": 512}
    model = build_language_model(settings | {"dropout": 0.25}, tokenizer).train()
    model.attention = attention
    layer = model.network.base_model.encoder.layer[0].attention.self
    with torch.no_grad(), attending(model.config):
        for part in (layer.query, layer.key, layer.value):
            part.weight.zero_()
            part.bias.fill_(1)
        states, _ = layer(torch.randn(1, 1000, 8), runs=[(2, 500)])
    assert states.mean().item() == pytest.approx(1, abs=0.01)
    # Weights are 1/500; the variance of their sum is (1 / .75 - 1) / 500.
    assert states.var().item() == pytest.approx((1 / 0.75 - 1) / 500, rel=0.2)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_layers_that_are_compiled_are_not_given_what_changes(tokenizer, monkeypatch):
    model = build_language_model({"architecture": "bert", **SHAPE}, tokenizer)
    ways = []
    for way in ("read_by_document", "read_masked"):
        monkeypatch.setattr(backbone, way, lambda *_, way=way: ways.append(way))
    ids = torch.ones(2, 10, dtype=torch.long)
    model.hidden(ids, lengths=torch.tensor([10, 3]))
    model.hidden(ids)
    for block in model.network.base_model.encoder.layer:
        block.compile()
    model.hidden(ids, lengths=torch.tensor([10, 3]))
    assert ways == ["read_by_document", "read_masked", "read_masked"]


def test_the_last_layer_computes_what_is_asked_for_and_no_more(tokenizer):
    model = build_language_model({"architecture": "bert", **SHAPE}, tokenizer)
    seen: list[list[int]] = []
    for block in model.network.base_model.encoder.layer:
        block.intermediate.register_forward_hook(
            lambda _, inputs, __: seen.append(list(inputs[0].shape))
        )
    model.hidden(torch.ones(2, 10, dtype=torch.long), at=torch.tensor([0, 10, 11]))
    assert seen == [[2, 10, 32], [2, 10, 32], [3, 32]]
