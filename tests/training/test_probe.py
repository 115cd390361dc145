from __future__ import annotations

import os
import time

import pytest
import torch

from diglot.models.language_model import build_language_model
from diglot.training.probe import _fastest, choose, matrix_peak, seconds_per_step, thread_counts

CPU = torch.device("cpu")


@pytest.fixture
def model(tiny_tokenizer):
    shape = {"architecture": "roberta", "layers": 1, "width": 32, "heads": 2, "length": 64}
    return build_language_model(shape, tiny_tokenizer)


def test_the_fastest_of_each_kind_is_chosen_though_disturbed_once(model, monkeypatch) -> None:
    times = {"float32": 3, "bfloat16": 1, "eager": 2, "sdpa": 1, 1: 5, 2: 1}
    asked = []

    def measured(model, device, length, choice):
        asked.append(choice)
        seconds = times[choice.dtype] + times[choice.attention] + times[choice.threads]
        disturbed = asked.index(choice) == len(asked) - 1 and choice.dtype == "bfloat16"
        return seconds / (10 if disturbed else 20)

    monkeypatch.setattr("diglot.training.probe.seconds_per_step", measured)
    monkeypatch.setattr("diglot.training.probe._product_seconds", lambda *_: 1.0)
    options = {"dtypes": ("float32", "bfloat16"), "attentions": ("eager", "sdpa")}
    best = choose(model, CPU, 64, **options, threads=[2, 1])
    assert (best.dtype, best.attention, best.threads) == ("bfloat16", "sdpa", 2)
    assert len(asked) == 18  # three rounds
    asked.clear()
    times |= {1: 100}
    choose(model, CPU, 64, dtypes=("float32",), attentions=("sdpa",), threads=[2, 1])
    assert len(asked) == 4  # a slow one is not measured again
    asked.clear()
    given = {"dtypes": ("float32",), "attentions": ("eager",), "threads": [1]}
    assert choose(model, CPU, 64, **given).threads == 1
    assert asked == []  # what is given is not measured


def test_steps_in_a_dtype_whose_products_are_hopelessly_slow_are_not_measured(
    model, monkeypatch
) -> None:
    products = {"float32": 1.0, "bfloat16": 60.0}
    tried = []

    def measured(model, device, length, choice):
        tried.append(choice.dtype)
        return {"float32": 0.2, "bfloat16": 0.1}[choice.dtype]

    monkeypatch.setattr("diglot.training.probe.seconds_per_step", measured)
    monkeypatch.setattr("diglot.training.probe._product_seconds", lambda _, one, __: products[one])
    options = {"attentions": ("eager", "sdpa"), "threads": [1]}
    best = choose(model, CPU, 64, dtypes=("bfloat16", "float32"), **options)
    assert best.dtype == "float32"
    assert set(tried) == {"float32"}
    products["bfloat16"] = 2.0  # steps decide then, whatever products are like
    assert choose(model, CPU, 64, dtypes=("float32", "bfloat16"), **options).dtype == "bfloat16"


def test_measuring_leaves_the_generator_and_the_threads_alone(model) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    threads = torch.get_num_threads()
    dtypes, attentions = ("float32", "bfloat16"), ("eager", "sdpa")
    choose(model, CPU, 64, dtypes=dtypes, attentions=attentions, threads=[1])
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_fast_choice_is_measured_several_times_and_a_slow_one_once(monkeypatch) -> None:
    clock, calls = [0.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def step(seconds: float) -> float:
        def run() -> None:
            clock[0] += seconds
            calls.append(seconds)

        calls.clear()
        return _fastest(run, CPU)

    assert step(0.05) == pytest.approx(0.05)
    assert len(calls) == 3  # one to warm up
    assert step(30.0) == pytest.approx(30.0)
    assert len(calls) == 1


def test_what_a_device_cannot_do_is_never_the_fastest(model) -> None:
    flash = choose(model, CPU, 64, dtypes=("float32",), attentions=("flash", "eager"), threads=[1])
    assert flash.attention == "eager"
    assert seconds_per_step(model, CPU, 64, flash) < float("inf")


def test_numbers_of_threads_are_from_one_to_all() -> None:
    counts = thread_counts()
    assert counts == sorted(set(counts))
    assert counts[0] == 1
    assert counts[-1] <= (os.cpu_count() or 1)


def test_the_peak_is_that_of_a_matrix_product() -> None:
    peak = matrix_peak(CPU, "float32")
    matrix = torch.ones(512, 512)
    start = time.perf_counter()
    matrix @ matrix
    assert peak > 0.1 * 2 * 512**3 / (time.perf_counter() - start) > 0
