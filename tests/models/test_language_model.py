from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from diglot.errors import InputError  # noqa: E402
from diglot.models.attention import reset_positions  # noqa: E402
from diglot.models.language_model import LanguageModel, build_language_model  # noqa: E402

ARCHITECTURES = ("roberta", "bert", "modernbert", "gpt2", "llama")
SHAPE = {"layers": 4, "width": 32, "heads": 4, "length": 64}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def models(tokenizer) -> dict[str, LanguageModel]:
    built = {}
    for number, name in enumerate(ARCHITECTURES):
        torch.manual_seed(number)
        built[name] = build_language_model({"architecture": name, **SHAPE}, tokenizer).eval()
        with torch.no_grad():  # fresh biases are zero and would hide that one is left out
            for key, parameter in built[name].named_parameters():
                if key.endswith("bias"):
                    parameter.normal_(std=0.1)
    modernbert = built["modernbert"]  # with a window narrower than documents
    modernbert.config.local_attention = 8
    for block in modernbert.network.base_model.layers:
        if block.attn.sliding_window:
            block.attn.sliding_window = 4 + 1
    return built


def each_document(query, key, value, begins, key_begins, longest, _, *, scale, window_size, **__):
    """What the kernel behind `flash`, which needs a GPU, computes: by its documentation, slowly."""
    assert query.dtype == value.dtype
    assert torch.equal(begins, key_begins)
    assert begins.dtype == torch.int32
    outputs = []
    for begin, end in pairwise(begins.tolist()):
        assert end - begin <= longest
        rows = torch.arange(end - begin)
        away = rows[:, None] - rows
        left, right = (reach if reach >= 0 else len(rows) for reach in window_size)
        scores = torch.einsum("qhd,khd->hqk", query[begin:end], key[begin:end]) * scale
        scores = scores.masked_fill((away > left) | (-away > right), -torch.inf)
        outputs.append(torch.einsum("hqk,khd->qhd", scores.softmax(-1), value[begin:end]))
    return torch.cat(outputs)


@pytest.fixture(
    params=[(name, how) for name in ARCHITECTURES for how in ("eager", "sdpa", "flash")]
)
def model(request, models, monkeypatch) -> Iterator[LanguageModel]:
    name, attention = request.param
    if attention == "flash":
        monkeypatch.setattr("torch.cuda.is_available", lambda: True)
        monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", each_document)
        monkeypatch.setattr("diglot.models.varlen.HALF", (torch.float32,))
    models[name].attention = attention
    yield models[name]
    models[name].attention = "sdpa"


LENGTHS = st.lists(st.integers(1, 20), min_size=1, max_size=5).filter(lambda all: sum(all) <= 60)
GENEROUS = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def documents(model: LanguageModel, lengths: list[int], seed: int = 0) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(model.vocabulary_size, (n,), generator=generator) for n in lengths]


@GENEROUS
@given(LENGTHS, st.integers(0, 4), st.integers(0, 9))
def test_documents_packed_apart_are_read_as_if_alone(model, lengths, padding, seed):
    alone = documents(model, lengths, seed)
    ids = torch.cat([*alone, torch.ones(padding, dtype=torch.long)])
    numbers = [torch.full((n,), number) for number, n in enumerate(lengths)]
    numbers = torch.cat([*numbers, torch.full((padding,), -1)])
    with torch.no_grad():
        packed = model.hidden(ids[None], documents=numbers[None])[0]
        assert packed.isfinite().all()
        for number, document in enumerate(alone):
            expected = model.hidden(document[None])[0]
            torch.testing.assert_close(packed[numbers == number], expected, rtol=0, atol=1e-5)


@GENEROUS
@given(LENGTHS, st.integers(0, 3), st.integers(0, 9))
def test_padding_changes_nothing(model, lengths, padding, seed):
    alone = documents(model, lengths, seed)
    ids = torch.ones(len(alone), max(lengths) + padding, dtype=torch.long)
    for row, document in zip(ids, alone, strict=True):
        row[: len(document)] = document
    with torch.no_grad():
        hidden = model.hidden(ids, lengths=torch.tensor(lengths))
        for row, document in zip(hidden, alone, strict=True):
            expected = model.hidden(document[None])[0]
            torch.testing.assert_close(row[: len(document)], expected, rtol=0, atol=1e-5)


def test_documents_packed_together_see_each_other_and_apart_they_do_not(model):
    first, last = documents(model, [9, 9])
    other = last.roll(1) if model.is_causal else first.roll(1)
    ids = torch.cat([first, last])[None]
    changed = torch.cat([first, last])[None].clone()
    where = slice(0, 9) if model.is_causal else slice(9, 18)
    seen_from = slice(9, 18) if model.is_causal else slice(0, 9)
    changed[0, where] = other[:9]
    apart = torch.tensor([[0] * 9 + [1] * 9])
    with torch.no_grad():
        together = model.hidden(ids)[0, seen_from] - model.hidden(changed)[0, seen_from]
        apart = (
            model.hidden(ids, documents=apart)[0, seen_from]
            - model.hidden(changed, documents=apart)[0, seen_from]
        )
    assert together.abs().max() > 1e-4
    assert apart.abs().max() < 1e-6


def test_a_decoder_does_not_look_ahead_and_an_encoder_does(model):
    (ids,) = documents(model, [10])
    changed = ids.clone()
    changed[-1] = (ids[-1] + 1) % model.vocabulary_size
    with torch.no_grad():
        difference = (model.hidden(ids[None]) - model.hidden(changed[None]))[0, 6:9]
    assert (difference.abs().max() < 1e-6) == model.is_causal


def in_transformers(model, **inputs):
    """What the network says when diglot has no part in it."""
    ours, model.attention = model.attention, "sdpa"
    output = model.network(**inputs)
    model.attention = ours
    return output


def test_a_padded_batch_is_read_as_transformers_reads_it(model, tokenizer):
    lengths = [12, 5, 1]
    ids = torch.full((3, 12), tokenizer.mark_id("<pad>"))
    for row, document in zip(ids, documents(model, lengths), strict=True):
        row[: len(document)] = document.clamp(min=5)  # RoBERTa takes any pad for padding
    inside = torch.arange(12) < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        theirs = in_transformers(model, input_ids=ids, attention_mask=inside.long())
        hidden = model.hidden(ids, lengths=torch.tensor(lengths))
        ours = model.logits(hidden[inside])
    assert ours.shape == (sum(lengths), tokenizer.size)
    torch.testing.assert_close(ours, theirs.logits[inside], rtol=0, atol=1e-5)


def test_all_layers_are_those_of_transformers(model):
    ids = torch.stack(documents(model, [7, 7]))
    with torch.no_grad():
        ours = model.hidden(ids, all_layers=True)
        theirs = in_transformers(model, input_ids=ids, output_hidden_states=True).hidden_states
        last = model.hidden(ids)
    assert ours.shape == (model.layers + 1, 2, 7, model.width)
    torch.testing.assert_close(ours, torch.stack(theirs), rtol=0, atol=1e-5)
    assert torch.equal(ours[-1], last)


def test_gradients_reach_every_parameter(model):
    ids = torch.stack(documents(model, [9, 9]))
    model.zero_grad()
    model.logits(model.hidden(ids, lengths=torch.tensor([9, 4]))[:, :3].flatten(0, 1)).logsumexp(
        1
    ).sum().backward()
    without = [name for name, value in model.named_parameters() if value.grad is None]
    assert without == []
    model.zero_grad()


def test_segments_count_for_bert_alone(models):
    for name, model in models.items():
        ids = documents(model, [8])[0][None]
        segments = torch.tensor([[0] * 4 + [1] * 4])
        with torch.no_grad():
            same = torch.equal(model.hidden(ids), model.hidden(ids, segments=segments))
        assert same == (name != "bert")


@pytest.mark.parametrize("how", ["mean", "first", "last"])
def test_pooling_ignores_padding(models, how):
    model = models["bert"]
    hidden = torch.randn(2, 5, 32)
    lengths = torch.tensor([5, 2])
    hidden[1, 2:] = float("inf")
    expected = {
        "mean": [hidden[0].mean(0), hidden[1, :2].mean(0)],
        "first": [hidden[0, 0], hidden[1, 0]],
        "last": [hidden[0, 4], hidden[1, 1]],
    }[how]
    torch.testing.assert_close(model.pooled(hidden, lengths, how), torch.stack(expected))
    full = model.pooled(hidden[:1], None, how)
    torch.testing.assert_close(full, expected[0][None])


def test_a_sequence_that_is_too_long_is_refused(models):
    for name in ("roberta", "bert", "gpt2"):
        with pytest.raises(InputError, match="65 tokens; the model reads 64"):
            models[name].hidden(torch.ones(1, 65, dtype=torch.long))
        assert models[name].hidden(torch.ones(1, 64, dtype=torch.long)).shape == (1, 64, 32)


def test_positions_start_anew_in_each_document():
    numbers = torch.tensor([[0, 0, 0, 1, 2, 2, -1], [3, 3, 4, 4, 4, 4, 4]])
    expected = torch.tensor([[0, 1, 2, 0, 0, 1, 0], [0, 1, 0, 1, 2, 3, 4]])
    assert torch.equal(reset_positions(numbers), expected)


def test_operations_by_hand(models, tokenizer):
    """A RoBERTa of 4 layers, 32 wide, feed-forward 128, counted on paper."""
    layer = 4 * (32 * 32 + 32) + (32 * 128 + 128) + (128 * 32 + 32) + 2 * 2 * 32
    body = 4 * layer + 2 * 32  # and the normalisation of the embeddings
    head = (32 * 32 + 32) + 2 * 32 + tokenizer.size * 32 + tokenizer.size
    attention = 12 * 4 * 64 * 32
    expected = 6 * (body + 0.15 * head) + attention
    assert models["roberta"].flops_per_token(64, 0.15) == pytest.approx(expected)
    assert models["roberta"].flops_per_token(64, 0) == 6 * body + attention


def test_operations_of_roberta_base():
    """0.601 GFLOP a token at length 512 with the head on 15%, 0.798 with the head on all."""
    with torch.device("meta"):
        model = LanguageModel(transformers.RobertaForMaskedLM(transformers.RobertaConfig()))
    assert model.flops_per_token(512, 0.15) == pytest.approx(0.601e9, rel=0.003)
    assert model.flops_per_token(512, 1) == pytest.approx(0.798e9, rel=0.01)


def test_bfloat16_is_near(model):
    if model.attention == "flash":
        pytest.skip("the kernel is not this machine's")
    alone = documents(model, [12, 5])
    ids, numbers = torch.cat(alone)[None], torch.tensor([[0] * 12 + [1] * 5])
    with torch.no_grad():
        exact = model.hidden(ids, documents=numbers)
        with torch.autocast("cpu", torch.bfloat16):
            near = model.hidden(ids, documents=numbers)
            apart = model.hidden(alone[1][None])
    assert (near - exact).abs().max() < 0.1
    assert (near[0, 12:] - apart[0]).abs().max() < 0.1


def test_dropout_is_off_unless_asked_for(tokenizer):
    for name in ARCHITECTURES:
        ids = torch.randint(tokenizer.size, (2, 16))
        for dropout in (0.0, 0.5):
            settings = {"architecture": name, **SHAPE, "dropout": dropout}
            model = build_language_model(settings, tokenizer).train()
            same = torch.equal(model.hidden(ids), model.hidden(ids))
            assert same == (dropout == 0)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize(("given", "expected"), [(0.0, 0.02), (0.08, 0.08)])
def test_new_weights_have_the_spread_asked_for(tokenizer, name, given, expected):
    table = {"architecture": name, **SHAPE, "initializer_range": given}
    network = build_language_model(table, tokenizer).network
    spread = network.get_input_embeddings().weight.std().item()
    assert spread == pytest.approx(expected, rel=0.2)  # ModernBERT cuts off the tails


def test_flash_says_what_it_needs(tokenizer, monkeypatch):
    model = build_language_model({"architecture": "gpt2", **SHAPE, "dropout": 0.1}, tokenizer)
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="'flash' needs a CUDA device"):
            model.attention = "flash"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    model.attention = "flash"
    ids = torch.ones(1, 4, dtype=torch.long)
    with pytest.raises(InputError, match="'flash' has no dropout"):
        model.hidden(ids)
    with pytest.raises(InputError, match=r"'flash' needs run\.dtype"):
        model.eval().hidden(ids)


def test_an_attention_that_there_is_not_is_refused(models):
    with pytest.raises(InputError, match="attention: 'fast', accepted are eager"):
        models["bert"].attention = "fast"
    with pytest.raises(InputError, match="gpt2 has no 'flex'"):
        models["gpt2"].attention = "flex"


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_same_seed_gives_the_same_weights(models, tokenizer, tmp_path: Path, name):
    contents = []
    for number in range(2):
        torch.manual_seed(7)
        model = build_language_model({"architecture": name, **SHAPE}, tokenizer)
        model.save(tmp_path / str(number), tokenizer)
        contents.append((tmp_path / str(number) / "model.safetensors").read_bytes())
    assert contents[0] == contents[1]
