from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from diglot.models.biencoder import embed, save_biencoder  # noqa: E402
from diglot.models.language_model import build_language_model  # noqa: E402

SHAPE = {"layers": 2, "width": 32, "heads": 4, "length": 64}
TEXTS = ["def add(a, b): return a + b", "x", "for i in range(100): print(i)" * 9]
LENGTH = 40


def batch(tokenizer, texts):
    """Ids and lengths as a tokenizer with truncation makes them."""
    rows = [tokenizer.backend.encode(text).ids for text in texts]
    rows = [row if len(row) <= LENGTH else [*row[: LENGTH - 1], row[-1]] for row in rows]
    ids = torch.full((len(rows), max(map(len, rows))), tokenizer.mark_id("<pad>"))
    for target, row in zip(ids, rows, strict=True):
        target[: len(row)] = torch.tensor(row)
    return ids, torch.tensor([len(row) for row in rows])


def saved(architecture, pooling, tokenizer, folder):
    torch.manual_seed(5)
    model = build_language_model({"architecture": architecture, **SHAPE}, tokenizer).eval()
    save_biencoder(
        model, folder, tokenizer, length=LENGTH, pooling=pooling, query_prompt="Question: ",
        card="# A bi-encoder\n",
    )  # fmt: skip
    return model


@pytest.mark.parametrize("architecture", ["roberta", "bert", "modernbert", "gpt2", "llama"])
def test_transformers_alone_reads_the_folder(tokenizer, tmp_path: Path, architecture):
    model = saved(architecture, "mean", tokenizer, tmp_path / "model")
    ids, lengths = batch(tokenizer, TEXTS)
    inside = torch.arange(ids.shape[1]) < lengths[:, None]
    theirs, info = transformers.AutoModel.from_pretrained(
        tmp_path / "model", output_loading_info=True
    )
    assert not info["unexpected_keys"]
    assert {key.split(".")[0] for key in info["missing_keys"]} <= {"pooler"}
    with torch.no_grad():
        states = theirs(input_ids=ids, attention_mask=inside.long()).last_hidden_state
        sums = (states * inside[..., None]).sum(1)
        expected = torch.nn.functional.normalize(sums / lengths[:, None])
        ours = embed(model, ids, lengths)
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(ours.norm(dim=1), torch.ones(3))


def test_the_folder_says_what_the_pipeline_is(tokenizer, tmp_path: Path):
    saved("bert", "last", tokenizer, tmp_path / "model")
    files = {
        str(path.relative_to(tmp_path / "model"))
        for path in (tmp_path / "model").rglob("*")
        if path.is_file()
    }
    assert files >= {
        "README.md", "config.json", "model.safetensors", "tokenizer.json", "modules.json",
        "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json",
    }  # fmt: skip
    modules = json.loads((tmp_path / "model" / "modules.json").read_text())
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    assert kinds == ["Transformer", "Pooling", "Normalize"]
    assert all((tmp_path / "model" / module["path"]).is_dir() for module in modules)
    pooling = json.loads((tmp_path / "model" / "1_Pooling" / "config.json").read_text())
    assert pooling["word_embedding_dimension"] == 32
    assert [name for name, value in pooling.items() if value is True] == ["pooling_mode_lasttoken"]


def test_a_biencoder_is_trained_on(tokenizer, tmp_path: Path):
    model = saved("bert", "mean", tokenizer, tmp_path / "model")
    again = build_language_model({"from": str(tmp_path / "model")}, tokenizer).eval()
    assert "has no language-model head" in again.notes[0]
    ids, lengths = batch(tokenizer, TEXTS)
    with torch.no_grad():
        torch.testing.assert_close(embed(again, ids, lengths), embed(model, ids, lengths))


@pytest.mark.parametrize("pooling", ["mean", "first", "last"])
@pytest.mark.parametrize("architecture", ["roberta", "bert", "modernbert", "gpt2", "llama"])
def test_sentence_transformers_makes_the_same_vectors(
    tokenizer, tmp_path: Path, architecture, pooling
):
    library = pytest.importorskip("sentence_transformers")
    model = saved(architecture, pooling, tokenizer, tmp_path / "model")
    theirs = library.SentenceTransformer(str(tmp_path / "model"), device="cpu")
    assert theirs.max_seq_length == LENGTH
    with torch.no_grad():
        ours = embed(model, *batch(tokenizer, TEXTS), pooling)
        vectors = theirs.encode(TEXTS, convert_to_tensor=True)
        torch.testing.assert_close(vectors, ours, rtol=0, atol=1e-5)
        asked = theirs.encode("sum", prompt_name="query", convert_to_tensor=True)[None]
        expected = embed(model, *batch(tokenizer, ["Question: sum"]), pooling)
        torch.testing.assert_close(asked, expected, rtol=0, atol=1e-5)
