"""Folders of language models: ours in `transformers`, theirs here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from diglot.errors import InputError, ModelError  # noqa: E402
from diglot.models.language_model import build_language_model  # noqa: E402
from diglot.tokenizer import adapt_tokenizer, load_tokenizer  # noqa: E402

ARCHITECTURES = ("roberta", "bert", "modernbert", "gpt2", "llama")
SHAPE = {"layers": 2, "width": 32, "heads": 4, "length": 64}


def built(name, tokenizer):
    torch.manual_seed(1)
    return build_language_model({"architecture": name, **SHAPE}, tokenizer).eval()


def scores(model, ids):
    with torch.no_grad():
        return model.logits(model.hidden(ids).flatten(0, 1)).unflatten(0, ids.shape)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_folder_is_loaded_without_diglot(tokenizer, tmp_path: Path, name):
    model = built(name, tokenizer)
    folder = tmp_path / "deep" / "model"
    model.save(folder, tokenizer, card="# A model\n")
    ids = torch.tensor([tokenizer.backend.encode("def add(a, b): return a + b").ids])
    loader = transformers.AutoModelForCausalLM if model.is_causal else None
    theirs, info = (loader or transformers.AutoModelForMaskedLM).from_pretrained(
        folder, output_loading_info=True
    )
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    with torch.no_grad():
        torch.testing.assert_close(theirs(input_ids=ids).logits, scores(model, ids))
        plain = transformers.AutoModel.from_pretrained(folder)
        states = plain(input_ids=ids).last_hidden_state
        torch.testing.assert_close(states, model.hidden(ids), rtol=0, atol=1e-6)
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    assert len(theirs) == tokenizer.size
    assert len(theirs("x " * 100, "y " * 100, truncation=True).input_ids) == 64
    assert load_tokenizer(folder).size == tokenizer.size
    assert (folder / "README.md").read_text() == "# A model\n"
    assert not list(folder.rglob("*.bin"))
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_folder_is_loaded_again(tokenizer, tmp_path: Path, name):
    model = built(name, tokenizer)
    model.save(tmp_path / "model", tokenizer)
    again = build_language_model({"from": str(tmp_path / "model")}, tokenizer, "eager").eval()
    assert again.notes == ()
    assert again.attention == "eager"
    ids = torch.randint(5, tokenizer.size, (2, 9))
    torch.testing.assert_close(scores(again, ids), scores(model, ids))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_larger_tokenizer_adds_rows(tokenizer, larger_tokenizer, tmp_path: Path, name):
    model = built(name, tokenizer)
    model.save(tmp_path / "model", tokenizer)
    larger = build_language_model({"from": str(tmp_path / "model")}, larger_tokenizer).eval()
    assert larger.notes == (f"{tmp_path / 'model'}: 40 rows added to an embedding of 600",)
    assert larger.vocabulary_size == 640
    ids = torch.randint(5, 600, (2, 9))
    torch.testing.assert_close(scores(larger, ids)[..., :600], scores(model, ids))
    rows = larger.network.get_input_embeddings().weight
    mean = rows[:600].mean(0).expand(40, -1)
    torch.testing.assert_close(rows[600:], mean, rtol=0, atol=0.1 * rows[:600].std().item())
    assert len(rows[600:].unique(dim=0)) == 40
    assert larger.network.get_output_embeddings().weight is rows
    larger.save(tmp_path / "larger", larger_tokenizer)
    again = build_language_model({"from": str(tmp_path / "larger")}, larger_tokenizer).eval()
    ids = torch.randint(5, 640, (2, 9))
    torch.testing.assert_close(scores(again, ids), scores(larger, ids))


def test_rows_beyond_the_tokenizer_stay(tokenizer, larger_tokenizer, tmp_path: Path):
    built("bert", larger_tokenizer).save(tmp_path / "model", larger_tokenizer)
    model = build_language_model({"from": str(tmp_path / "model")}, tokenizer)
    assert model.vocabulary_size == 640


def test_an_encoder_without_head_gets_a_new_one_and_says_so(tokenizer, tmp_path: Path):
    """As sentence-transformers' MiniLM: a BertModel with its pooler."""
    model = built("bert", tokenizer)
    transformers.BertModel(model.config).save_pretrained(tmp_path)
    loaded = build_language_model({"from": str(tmp_path)}, tokenizer).eval()
    new, unused = loaded.notes
    assert new.startswith(
        f"{tmp_path} has no language-model head: a new one, tied to the embedding"
    )
    assert "pooler.dense" in unused
    plain = transformers.BertModel.from_pretrained(tmp_path).eval()
    ids = torch.randint(5, tokenizer.size, (2, 9))
    with torch.no_grad():
        expected = plain(input_ids=ids).last_hidden_state
        torch.testing.assert_close(loaded.hidden(ids), expected, rtol=0, atol=1e-6)
    output = loaded.network.get_output_embeddings().weight
    assert output is loaded.network.get_input_embeddings().weight


def test_roberta_refuses_another_pad(tokenizer, tmp_path: Path):
    built("roberta", tokenizer).save(tmp_path / "model", tokenizer)
    settings = json.loads((tmp_path / "model" / "config.json").read_text())
    settings["pad_token_id"] = 0
    (tmp_path / "model" / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match="pads with token 0 and counts positions from it"):
        build_language_model({"from": str(tmp_path / "model")}, tokenizer)


def test_gpt2_takes_the_pad_that_its_tokenizer_was_given(tokenizer, tmp_path: Path):
    """OpenAI's GPT-2 has neither pad nor mask."""
    config = transformers.GPT2Config(
        vocab_size=400, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    adapted = adapt_tokenizer(tokenizer).tokenizer
    model = build_language_model({"from": str(tmp_path)}, adapted)
    assert model.config.pad_token_id == adapted.mark_id("<pad>")
    assert model.vocabulary_size == adapted.size


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "config.json").unlink(), r"config\.json: missing"),
        (
            lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
            r"model\.safetensors: missing; weights are read from safetensors alone",
        ),
        (
            lambda folder: (folder / "model.safetensors").write_bytes(b"\x80\x02cposix\nsystem"),
            "accepted are a folder and a name on the hub",
        ),
        (lambda folder: (folder / "config.json").write_text("{"), "accepted are a folder"),
        (
            lambda folder: (folder / "config.json").write_text('{"model_type": "t5"}'),
            "architecture 't5', accepted are roberta, bert, modernbert, gpt2, llama",
        ),
        (
            lambda folder: (folder / "config.json").write_text(
                json.dumps(
                    {
                        "model_type": "custom",
                        "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"},
                    }
                )
            ),
            "accepted are a folder",
        ),
    ],
)
def test_a_damaged_folder_is_named(tokenizer, tmp_path: Path, damage, message):
    folder = tmp_path / "model"
    built("bert", tokenizer).save(folder, tokenizer)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')")
    damage(folder)
    with pytest.raises(ModelError, match=message) as caught:
        build_language_model({"from": str(folder)}, tokenizer)
    assert str(folder) in str(caught.value)
    assert not (tmp_path / "executed").exists()


def test_weights_that_lack_a_layer_are_refused(tokenizer, tmp_path: Path):
    built("bert", tokenizer).save(tmp_path / "model", tokenizer)
    settings = json.loads((tmp_path / "model" / "config.json").read_text())
    settings["num_hidden_layers"] = 3
    (tmp_path / "model" / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match=re.escape("lack bert.encoder.layer.2.attention")):
        build_language_model({"from": str(tmp_path / "model")}, tokenizer)


def test_a_name_that_cannot_be_found_is_an_error(tokenizer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="no model 'no-such/model': accepted are"):
        build_language_model({"from": "no-such/model"}, tokenizer)
    with pytest.raises(ModelError, match="is a file"):
        build_language_model({"from": __file__}, tokenizer)


def test_saving_replaces_a_model_and_nothing_else(tokenizer, tmp_path: Path):
    model = built("gpt2", tokenizer)
    model.save(tmp_path / "model", tokenizer, extra={"probe": torch.nn.Linear(2, 3)})
    assert (tmp_path / "model" / "diglot" / "probe.safetensors").is_file()
    model.save(tmp_path / "model", tokenizer)
    assert not (tmp_path / "model" / "diglot").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="exists and is no model folder"):
        model.save(tmp_path / "mine", tokenizer)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_save_that_fails_leaves_the_old_model(tokenizer, tmp_path: Path, monkeypatch):
    model = built("gpt2", tokenizer)
    model.save(tmp_path / "model", tokenizer, card="old")
    before = (tmp_path / "model" / "model.safetensors").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tokenizer), "save", full)
    with pytest.raises(OSError, match="No space"):
        model.save(tmp_path / "model", tokenizer, card="new")
    assert (tmp_path / "model" / "README.md").read_text() == "old"
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
