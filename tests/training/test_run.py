from __future__ import annotations

import json
import os
import resource
import shutil
import signal

import numpy as np
import pytest
import torch

from diglot.errors import InputError, ModelError, TrainingError
from diglot.tokenizer import train_tokenizer
from diglot.training import loop
from diglot.training.loop import InterruptedTraining
from diglot.training.run import run_recipe
from diglot.training.state import read_weights
from diglot.training.tracking import Tracker, read_metrics


@pytest.fixture
def train(tiny_corpus, token_cache, tmp_path):
    def run(recipe, output="run", **more):
        corpus = more.pop("corpus", tiny_corpus)
        return run_recipe(recipe, corpus, tmp_path / output, cache=token_cache, **more)

    return run


def lines_of(folder, kind="train"):
    return [line for line in read_metrics(folder) if line["kind"] == kind]


def test_a_run_leaves_a_model_and_its_record(train, recipe_of, tmp_path) -> None:
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    recipe = recipe_of(optimizer={"steps": 60, "lr": 5e-3}, run={"evaluate_every": 30})
    model = train(recipe)
    folder = tmp_path / "run"
    assert model == folder / "model"
    found = lines_of(folder)
    assert [line["step"] for line in found] == list(range(1, 61))
    assert found[-1]["loss"] < found[0]["loss"] - 0.5
    assert [line["step"] for line in lines_of(folder, "validation")] == [30, 60]
    loaded = AutoModelForMaskedLM.from_pretrained(model)
    tokenizer = AutoTokenizer.from_pretrained(model)
    weights = read_weights(sorted((folder / "checkpoints").iterdir())[-1])
    own = loaded.state_dict()["roberta.embeddings.word_embeddings.weight"]
    assert torch.equal(own, weights["model.network.roberta.embeddings.word_embeddings.weight"])
    assert tokenizer("def f")["input_ids"]
    record = json.loads((folder / "run.json").read_text())
    for text in ((folder / "report.html").read_text(), (model / "README.md").read_text()):
        assert record["corpus_hash"] in text
        assert record["tokenizer_hash"] in text
        assert record["environment"]["torch"] in text
        assert "[[objectives]]" in text
    assert (folder / "report.html").read_text().count("<svg") >= 5


def test_validation_has_the_mean_rank_of_pairs(train, recipe_of, tmp_path) -> None:
    data = {"view": "pairs"}
    train(recipe_of(data=data, objectives=[{"name": "contrastive"}]))
    (line,) = lines_of(tmp_path / "run", "validation")
    pairs = 68
    chance = np.mean(1 / np.arange(1, pairs))
    assert chance / 2 < line["contrastive.mrr"] < 1
    rank = [{"name": "rank", "text_length": 16, "length": 64}]
    train(recipe_of(data=data | {"others": 4}, objectives=rank), "rank")
    (line,) = lines_of(tmp_path / "rank", "validation")
    assert 1 / 32 <= line["rank.mrr"] <= 1


def test_the_result_may_be_an_average_and_go_back_to_the_start(train, recipe_of, tmp_path) -> None:
    name = "model.network.roberta.encoder.layer.0.output.dense.weight"
    steps = {"optimizer": {"steps": 6}}
    saving = {"save_every": 2, "keep": 4}
    last = train(recipe_of(**steps, run=saving))
    mean = train(recipe_of(**steps, run=saving | {"average": 2}), "mean")
    start = train(recipe_of(**steps, run=saving | {"start_share": 1.0}), "start")
    half = train(recipe_of(**steps, run=saving | {"start_share": 0.5}), "half")

    from safetensors.torch import load_file

    saved = [read_weights(path)[name] for path in sorted((tmp_path / "run/checkpoints").iterdir())]
    key = name.removeprefix("model.network.")
    end, averaged, began, between = (
        load_file(path / "model.safetensors")[key] for path in (last, mean, start, half)
    )
    assert torch.equal(end, saved[-1])
    torch.testing.assert_close(averaged, (saved[-1] + saved[-2]) / 2)
    assert (began - end).abs().max() > 1e-4
    torch.testing.assert_close(between, (began + end) / 2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_stops(train, recipe_of, tmp_path, monkeypatch, number) -> None:
    advance = Tracker.advance

    def interrupted(tracker, step):
        advance(tracker, step)
        if step == 2:
            os.kill(os.getpid(), number)

    recipe = recipe_of()
    whole = train(recipe, "whole")
    with monkeypatch.context() as patch:
        patch.setattr(Tracker, "advance", interrupted)
        with pytest.raises(InterruptedTraining, match=r"step 3.*--resume"):
            train(recipe)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert train(recipe, resume=True).is_dir()
    assert (whole / "model.safetensors").read_bytes() == (
        tmp_path / "run/model/model.safetensors"
    ).read_bytes()


@pytest.mark.parametrize("ill", ["nan", "diverged"])
def test_an_ill_loss_stops_and_names_the_last_good_checkpoint(
    train, recipe_of, tmp_path, monkeypatch, ill
) -> None:
    add = loop.add_gradients
    calls = []

    def spoilt(accelerator, wrapped, terms, window, **more):
        found = add(accelerator, wrapped, terms, window, **more)
        calls.append(found)
        if len(calls) == 5:
            found.sums["mlm"].mul_(float("nan") if ill == "nan" else 50)
        return found

    monkeypatch.setattr(loop, "add_gradients", spoilt)
    with pytest.raises(TrainingError, match=r"step 5.*step-00000004"):
        train(recipe_of(run={"save_every": 2}))
    monkeypatch.undo()
    assert train(recipe_of(run={"save_every": 2}), resume=True).is_dir()


def test_a_first_batch_without_items_of_a_term_says_nothing_of_divergence(
    train, recipe_of, monkeypatch
) -> None:
    add = loop.add_gradients
    calls = []

    def empty_at_first(accelerator, wrapped, terms, window, **more):
        found = add(accelerator, wrapped, terms, window, **more)
        calls.append(found)
        if len(calls) == 1:
            found.counts["mlm"] = 0
        return found

    monkeypatch.setattr(loop, "add_gradients", empty_at_first)
    assert train(recipe_of(run={"log_every": 1})).is_dir()


def test_a_learning_rate_that_is_far_too_high_is_noticed(train, recipe_of) -> None:
    with pytest.raises(TrainingError, match=r"step .*diverged"):
        train(recipe_of(optimizer={"lr": 30.0, "clip": 0.0, "steps": 100}))


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"objectives": [{"name": "mml"}]}, ["mml", "mlm"]),
        ({"objectives": [{"name": "mlm", "rat": 0.1}]}, ["rat", "rate"]),
        ({"model": {"architecture": "roberto"}}, ["roberto", "roberta"]),
        ({"objectives": [{"name": "causal"}]}, ["causal", "gpt2"]),
        ({"objectives": [{"name": "contrastive"}]}, ["contrastive", "pairs"]),
        ({"objectives": [{"name": "nsp"}]}, ["nsp", "sentences"]),
        ({"data": {"languages": ["go"], "tables": ["files"]}}, ["blocks", "go"]),
        ({"data": {"view": "pairs", "languages": ["go"]}}, ["pairs", "go"]),
        ({"tokenizer": {"from": "/nowhere/at all"}}, ["/nowhere/at all"]),
        ({"tokenizer": {"from": "model"}}, ["model", "starts from nothing"]),
        ({"data": {"view": "labelled", "file": "/nowhere.jsonl"}}, ["/nowhere.jsonl"]),
        ({"objectives": [{"name": "rank"}], "data": {"view": "pairs"}}, ["rank", "pairs"]),
        (
            {
                "model": {"architecture": "nbow", "languages": ["python", "go"]},
                "data": {"view": "pairs", "languages": ["python"]},
                "objectives": [{"name": "contrastive", "marks": False}],
            },
            ["model.languages", "data.languages", "go"],
        ),
    ],
)
def test_bad_input_is_an_error_before_the_first_step(
    train, recipe_of, tmp_path, tables, words
) -> None:
    with pytest.raises(InputError) as error:
        train(recipe_of(**tables))
    for word in words:
        assert word in str(error.value)
    # Nothing is in the way of another try.
    assert [path.name for path in tmp_path.iterdir() if "run" in path.name] == []


@pytest.mark.parametrize("split", ["file", "validation_file"])
def test_every_labelled_line_is_checked_before_the_first_step(
    train, recipe_of, tmp_path, split
) -> None:
    files = {name: tmp_path / f"{name}.jsonl" for name in ("file", "validation_file")}
    for name, path in files.items():
        labels = [0] * 50 + [2 if name == split else 1]
        path.write_text("\n".join(json.dumps({"text": "a", "label": one}) for one in labels))
    data = {"view": "labelled"} | {name: str(path) for name, path in files.items()}
    recipe = recipe_of(data=data, objectives=[{"name": "classify"}])
    with pytest.raises(InputError, match=r"example 50 has label 2: accepted is 0 to 1"):
        train(recipe)
    assert not (tmp_path / "run").exists()


def test_a_model_that_is_not_there_is_an_error(train, recipe_of, tmp_path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        train(recipe_of(model={"from": str(tmp_path / "nowhere")}))


def test_what_loading_a_model_says_is_printed_once_where_it_matters(
    train, recipe_of, tmp_path, capsys
) -> None:
    pairs = {"data": {"view": "pairs"}, "objectives": [{"name": "contrastive"}]}
    train(recipe_of(**pairs), "headless")
    start = {"model": {"from": str(tmp_path / "headless" / "model")}, "tokenizer": {"from": ""}}
    capsys.readouterr()
    train(recipe_of(**start), "tokens")
    assert capsys.readouterr().err.count("has no language-model head") == 1
    train(recipe_of(**start), "tokens", resume=True)
    model = train(recipe_of(**start, **pairs), "vectors")
    assert "language-model head" not in capsys.readouterr().err
    assert "language-model head" not in (model / "README.md").read_text()


def test_a_tokenizer_gets_the_marks_that_it_lacks(train, recipe_of, tmp_path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    plain = Tokenizer(models.WordLevel({"def": 0, "return": 1, "?": 2}, unk_token="?"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    (tmp_path / "plain").mkdir()
    plain.save(str(tmp_path / "plain" / "tokenizer.json"))
    recipe = recipe_of(tokenizer={"from": str(tmp_path / "plain"), "whitespace": False})
    assert train(recipe).is_dir()


def test_a_static_table_takes_its_tokenizer_as_it_is(train, recipe_of, tmp_path) -> None:
    from tokenizers import Tokenizer, models

    (tmp_path / "plain").mkdir()
    plain = Tokenizer(models.WordLevel({"def": 0, "?": 1}, unk_token="?"))
    plain.save(str(tmp_path / "plain" / "tokenizer.json"))
    tables = {
        "model": {"architecture": "static", "width": 16},
        "data": {"view": "pairs"},
        "tokenizer": {"from": str(tmp_path / "plain")},
    }
    with pytest.raises(InputError, match="<s>"):
        train(recipe_of(**tables, objectives=[{"name": "contrastive"}]))


def test_a_run_is_not_overwritten(train, recipe_of, tmp_path) -> None:
    train(recipe_of())
    with pytest.raises(InputError, match="--resume"):
        train(recipe_of())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("")
    with pytest.raises(InputError, match="not empty"):
        train(recipe_of(), "other")


def test_there_must_be_a_run_to_resume(train, recipe_of) -> None:
    with pytest.raises(InputError, match="no run to resume"):
        train(recipe_of(), resume=True)


def test_a_run_is_resumed_with_the_same_corpus_tokenizer_and_recipe(
    train, recipe_of, tiny_corpus, tmp_path
) -> None:
    train(recipe_of())
    with pytest.raises(InputError, match=r"optimizer\.lr is 0\.5, was 0\.001"):
        train(recipe_of(optimizer={"lr": 0.5}), resume=True)
    with pytest.raises(InputError, match=r"objectives\.0\.rate is 0\.2, was None"):
        train(recipe_of(objectives=[{"name": "mlm", "rate": 0.2}]), resume=True)
    other = tmp_path / "corpus"
    shutil.copytree(tiny_corpus, other)
    sheet = json.loads((other / "datasheet.json").read_text())
    (other / "datasheet.json").write_text(json.dumps(sheet | {"corpus_hash": "0" * 32}))
    with pytest.raises(InputError, match="another corpus"):
        train(recipe_of(), resume=True, corpus=other)
    train_tokenizer(["of another text"], vocabulary_size=600).save(tmp_path / "run" / "tokenizer")
    with pytest.raises(InputError, match="another tokenizer"):
        train(recipe_of(), resume=True)


def test_a_damaged_checkpoint_is_an_error_and_the_one_before_serves(
    train, recipe_of, tmp_path
) -> None:
    recipe = recipe_of(run={"save_every": 3})
    whole = train(recipe, "whole")
    train(recipe)
    first, last = sorted((tmp_path / "run/checkpoints").iterdir())
    (last / "weights.safetensors").write_bytes(b"nonsense")
    with pytest.raises(TrainingError) as error:
        train(recipe, resume=True)
    assert str(first) in str(error.value)
    shutil.rmtree(last)
    model = train(recipe, resume=True)
    assert (model / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


@pytest.mark.parametrize("name", ["run.json", "tokenizer/tokenizer.json"])
def test_a_damaged_file_of_a_run_is_named(train, recipe_of, tmp_path, name) -> None:
    train(recipe_of())
    path = tmp_path / "run" / name
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=str(path)):
        train(recipe_of(), resume=True)


def test_a_full_disk_stops_a_run_that_goes_on_later(
    train, recipe_of, tmp_path, monkeypatch
) -> None:
    """Here no file may grow beyond some size, which is what a checkpoint then meets."""
    advance = Tracker.advance
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def filled(tracker, step):
        advance(tracker, step)
        if step == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))

    recipe = recipe_of(run={"save_every": 2})
    whole = train(recipe, "whole")
    monkeypatch.setattr(Tracker, "advance", filled)
    try:
        with pytest.raises(TrainingError, match=r"step-00000004 cannot be written.*step-00000002"):
            train(recipe)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        monkeypatch.undo()
    left = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert left == ["step-00000002"]
    model = train(recipe, resume=True)
    assert (model / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_metrics_that_cannot_be_written_stop_a_run_with_what_is_kept(
    train, recipe_of, tmp_path, monkeypatch
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    advance = Tracker.advance

    def filled(tracker, step):
        advance(tracker, step)
        if step == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))

    monkeypatch.setattr(Tracker, "advance", filled)
    try:
        with pytest.raises(TrainingError, match=r"File too large.*step-00000002"):
            train(recipe_of(run={"save_every": 2}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        monkeypatch.undo()
    assert train(recipe_of(run={"save_every": 2}), resume=True).is_dir()


def test_what_is_left_open_is_measured_and_kept(train, recipe_of, tmp_path) -> None:
    recipe = recipe_of(run={"dtype": "auto", "attention": "auto", "threads": 0})
    threads = torch.get_num_threads()
    try:
        train(recipe)
        resolved = json.loads((tmp_path / "run/run.json").read_text())["resolved"]["run"]
        assert resolved["dtype"] in ("float32", "bfloat16")
        assert resolved["attention"] in ("eager", "sdpa")
        assert resolved["threads"] >= 1
        train(recipe, resume=True)
    finally:
        torch.set_num_threads(threads)
