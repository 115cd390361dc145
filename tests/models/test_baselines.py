"""CodeSearchNet's baselines against a forward pass written by hand in NumPy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from diglot.errors import InputError, ModelError  # noqa: E402
from diglot.models.baselines import Baseline, BaselineSettings, load_baseline  # noqa: E402

KINDS = ("nbow", "cnn", "birnn", "selfatt")


def built(tokenizer, seed=0, **settings) -> Baseline:
    torch.manual_seed(seed)
    model = Baseline(tokenizer.size, BaselineSettings(**{"length": 40, **settings})).eval()
    with torch.no_grad():  # zeros would hide a bias that is left out
        for name, parameter in model.named_parameters():
            if "bias" in name:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def pooled(parameters, states):
    weights = sigmoid(states @ parameters["weight.weight"][0])
    return (states * weights[:, None]).sum(0) / (weights.sum() + 1e-8)


def nbow(parameters, ids):
    return parameters["table"][ids]


def cnn(parameters, ids):
    states = parameters["table"][ids] + parameters["positions"][: len(ids)]
    for layer in range(3):
        kernel = parameters[f"layers.{layer}.weight"]  # (out, in, 16)
        result = np.tile(parameters[f"layers.{layer}.bias"], (len(ids), 1))
        for position in range(len(ids)):
            for offset in range(16):
                source = position + offset - 7
                if 0 <= source < len(ids):
                    result[position] += kernel[:, :, offset] @ states[source]
        states = np.tanh(result + states if layer else result)
    return states


def lstm(parameters, stack, states):
    for layer in range(2):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w_in, w_state, b_in, b_state = (parameters[f"{stack}.{n}_l{layer}"] for n in names)
        output, cell, outputs = np.zeros(64), np.zeros(64), []
        for state in states:
            gates = w_in @ state + b_in + w_state @ output + b_state
            take, forget, new, give = np.split(gates, 4)
            cell = sigmoid(forget) * cell + sigmoid(take) * np.tanh(new)
            output = sigmoid(give) * np.tanh(cell)
            outputs.append(output)
        states = np.array(outputs)
    return states


def birnn(parameters, ids):
    embedded = parameters["table"][ids]
    back = lstm(parameters, "backwards", embedded[::-1])[::-1]
    return np.concatenate([lstm(parameters, "forwards", embedded), back], axis=1)


@pytest.mark.parametrize("forward", [nbow, cnn, birnn])
@pytest.mark.parametrize("modality", [0, 1])
def test_vectors_by_hand(tokenizer, forward, modality):
    model = built(tokenizer, architecture=forward.__name__)
    encoder = model.code[0] if modality else model.query
    parameters = {name: value.double().numpy() for name, value in encoder.state_dict().items()}
    lengths = [9, 4, 1, 33]
    ids = torch.randint(tokenizer.size, (4, 33))
    with torch.no_grad():
        found = model.vectors(ids, torch.tensor(lengths), modality=modality)
    for row, length, vector in zip(ids.numpy(), lengths, found.numpy(), strict=True):
        expected = pooled(parameters, forward(parameters, row[:length]))
        np.testing.assert_allclose(vector, expected, atol=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(tokenizer, kind):
    model = built(tokenizer, architecture=kind)
    ids = torch.randint(tokenizer.size, (3, 20))
    lengths = torch.tensor([20, 7, 1])
    with torch.no_grad():
        found = model.vectors(ids, lengths)
        assert found.shape == (3, model.width) == (3, 128)
        for row, length, vector in zip(ids, lengths, found, strict=True):
            alone = model.vectors(row[None, :length], None)[0]
            torch.testing.assert_close(vector, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["nbow", "cnn", "birnn"])
def test_an_empty_row_has_zeros(tokenizer, kind):
    model = built(tokenizer, architecture=kind)
    with torch.no_grad():
        found = model.vectors(torch.ones(2, 5, dtype=torch.long), torch.tensor([0, 5]))
    assert found[0].abs().max() == 0
    assert found[1].abs().max() > 0


def test_each_language_has_its_encoder(tokenizer):
    model = built(tokenizer, architecture="nbow", languages=("python", "go", "ruby"))
    ids = torch.randint(tokenizer.size, (5, 8))
    languages = torch.tensor([2, 0, 2, 1, 0])
    with torch.no_grad():
        found = model.vectors(ids, None, modality=1, languages=languages)
        for row, language, vector in zip(ids, languages, found, strict=True):
            expected = model.code[int(language)](row[None], torch.tensor([8]))[0]
            torch.testing.assert_close(vector, expected)
    with pytest.raises(InputError, match="needs each row's language"):
        model.vectors(ids, None, modality=1)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_every_parameter(tokenizer, kind):
    model = built(tokenizer, architecture=kind, languages=("python", "go"))
    ids = torch.randint(tokenizer.size, (4, 8))
    languages = torch.tensor([0, 1, 1, 0])
    text = model.vectors(ids, None)
    code = model.vectors(ids, None, modality=1, languages=languages)
    (text @ code.T).logsumexp(1).sum().backward()
    assert [name for name, value in model.named_parameters() if value.grad is None] == []


def test_query_and_code_may_differ(tokenizer):
    model = built(tokenizer, architecture="nbow", query="selfatt")
    assert type(model.query).__name__ == "SelfAttention"
    assert type(model.code[0]).__name__ == "NeuralBagOfWords"


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_is_for_training(tokenizer, kind):
    ids = torch.randint(tokenizer.size, (2, 8))
    for dropout in (0.0, 0.1):
        model = built(tokenizer, architecture=kind, dropout=dropout)
        assert torch.equal(model.vectors(ids, None), model.vectors(ids, None))
        model.train()
        assert torch.equal(model.vectors(ids, None), model.vectors(ids, None)) == (dropout == 0)


def test_sizes_are_those_of_the_paper(tokenizer):
    table = tokenizer.size * 128
    expected = {
        "nbow": table + 128,
        "cnn": table + 128 + 200 * 128 + 3 * (128 * 128 * 16 + 128),
        "birnn": table + 128 + 2 * (4 * 64 * (128 + 64 + 2) + 4 * 64 * (64 + 64 + 2)),
    }
    for kind, size in expected.items():
        model = built(tokenizer, architecture=kind, length=200)
        assert sum(value.numel() for value in model.query.parameters()) == size


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_loaded_again(tokenizer, tmp_path: Path, kind):
    model = built(tokenizer, architecture=kind, query="nbow", languages=("go", "php"), dropout=0.2)
    model.save(tmp_path / "model", tokenizer, card="# A baseline\n")
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= names
    again = load_baseline(tmp_path / "model").eval()
    assert again.settings == model.settings
    ids = torch.randint(tokenizer.size, (3, 9))
    where = {"modality": 1, "languages": torch.tensor([1, 0, 1])}
    with torch.no_grad():
        assert torch.equal(again.vectors(ids, None), model.vectors(ids, None))
        assert torch.equal(again.vectors(ids, None, **where), model.vectors(ids, None, **where))


def test_the_same_seed_gives_the_same_weights(tokenizer):
    first, second = (built(tokenizer, seed=4, architecture="birnn") for _ in range(2))
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"architecture": "rnn"}, "model.architecture: 'rnn', accepted are nbow, cnn, birnn"),
        ({"architecture": "cnn", "query": "x"}, "model.query: 'x', accepted are nbow"),
        ({"architecture": "cnn", "width": 3}, "model.width: unknown, accepted are architecture"),
        ({"architecture": "cnn", "length": 0}, "model.length: 0, accepted is 1 or more"),
        ({"architecture": "cnn", "length": "9"}, "model.length: '9' is no integer"),
        ({"architecture": "cnn", "dropout": 1.0}, "model.dropout: 1.0, accepted is 0 to"),
        ({"architecture": "cnn", "languages": ["go", "go"]}, "a language is named twice"),
        ({"architecture": "cnn", "languages": "go"}, "model.languages: 'go' is no list"),
        ({}, "model.architecture: missing"),
    ],
)
def test_settings_that_are_refused(table, message):
    with pytest.raises(InputError, match=message):
        BaselineSettings.of(table)


def test_sequences_that_are_too_long_are_refused(tokenizer):
    with pytest.raises(InputError, match="41 tokens; the model reads 40"):
        built(tokenizer, architecture="cnn").vectors(torch.ones(1, 41, dtype=torch.long), None)


def test_a_folder_of_another_kind_is_named(tokenizer, tmp_path: Path):
    with pytest.raises(ModelError, match="not a readable baseline"):
        load_baseline(tmp_path)
    built(tokenizer, architecture="nbow").save(tmp_path / "model", tokenizer)
    record = json.loads((tmp_path / "model" / "config.json").read_text())
    for change in ({"model_type": "bert"}, {"vocabulary": 7}, {"depth": 1}, {"length": "x"}):
        (tmp_path / "model" / "config.json").write_text(json.dumps(record | change))
        with pytest.raises(ModelError, match="baseline"):
            load_baseline(tmp_path / "model")
